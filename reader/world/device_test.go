// SPDX-License-Identifier: MIT

package world

import (
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// linkMessage is what the kernel answers about a device.
func linkMessage(kind uint16, attributes ...*nl.RtAttr) []byte {
	head := nl.NewIfInfomsg(unix.AF_UNSPEC)
	head.Index, head.Type, head.Flags = 7, kind, unix.IFF_UP
	message := head.Serialize()
	for _, attribute := range attributes {
		message = append(message, attribute.Serialize()...)
	}
	return message
}

func text(kind int, value string) *nl.RtAttr { return nl.NewRtAttr(kind, nl.ZeroTerminated(value)) }

func info(kind string, data ...*nl.RtAttr) *nl.RtAttr {
	attribute := nl.NewRtAttr(unix.IFLA_LINKINFO, nil)
	attribute.AddChild(text(nl.IFLA_INFO_KIND, kind))
	inner := attribute.AddRtAttr(nl.IFLA_INFO_DATA, nil)
	for _, one := range data {
		inner.AddChild(one)
	}
	return attribute
}

func TestParseDevice(t *testing.T) {
	names := nl.NewRtAttr(unix.IFLA_PROP_LIST|unix.NLA_F_NESTED, nil)
	names.AddChild(text(unix.IFLA_ALT_IFNAME, "one"))
	names.AddChild(text(unix.IFLA_ALT_IFNAME, "t\vwo"))
	xdp := nl.NewRtAttr(unix.IFLA_XDP|unix.NLA_F_NESTED, nil)
	xdp.AddRtAttr(unix.IFLA_XDP_ATTACHED, []byte{nl.XDP_ATTACHED_SKB + 2}) // several
	xdp.AddRtAttr(unix.IFLA_XDP_SKB_PROG_ID, nl.Uint32Attr(5))
	xdp.AddRtAttr(unix.IFLA_XDP_DRV_PROG_ID, nl.Uint32Attr(6))
	xdp.AddRtAttr(unix.IFLA_XDP_HW_PROG_ID, nl.Uint32Attr(9))
	device, err := parseDevice(linkMessage(unix.ARPHRD_ETHER, text(unix.IFLA_IFNAME, "we\\b0\x1b"),
		text(unix.IFLA_IFALIAS, "a\vb"), nl.NewRtAttr(unix.IFLA_GSO_MAX_SEGS, nl.Uint32Attr(1)), names, xdp, info("veth")))
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.DeepEquals(device, Device{
		Index: 7, Name: "we\\b0\x1b", AltNames: []string{"one", "t\vwo"}, Alias: "a\vb", Kind: "veth", Up: true,
		Ether: true, Entry: "xdp_dilih", GSOMaxSegs: 1,
		XDP: []XDP{{Mode: "xdpoffload", Program: 9}, {Mode: "xdpdrv", Program: 6}, {Mode: "xdpgeneric", Program: 5}},
	}))
}

// Which program fits which device.
func TestEntry(t *testing.T) {
	remote := func(address ...byte) *nl.RtAttr { return nl.NewRtAttr(nl.IFLA_GRE_REMOTE, address) }
	mode := nl.NewRtAttr(nl.IFLA_IPVLAN_MODE, nl.Uint16Attr(2))
	for _, test := range []struct {
		kind        uint16
		info        *nl.RtAttr
		entry, mode string
	}{
		{unix.ARPHRD_ETHER, info("bond"), "xdp_dilih", ""},
		{unix.ARPHRD_LOOPBACK, info(""), "xdp_dilih", ""},
		{unix.ARPHRD_ETHER, info("ipvlan", mode), "xdp_dilih", "l3s"},
		{unix.ARPHRD_NONE, info("tun"), "xdp_dilih_l3", ""},
		{unix.ARPHRD_NONE, info("wireguard"), "xdp_dilih_l3", ""},
		{unix.ARPHRD_TUNNEL, info("ipip"), "xdp_dilih_l3", ""},
		{unix.ARPHRD_IPGRE, info("gre", remote(10, 0, 0, 1)), "xdp_dilih_l3", ""},
		{unix.ARPHRD_IPGRE, info("gre", remote(0, 0, 0, 0)), "", ""},
		{unix.ARPHRD_IPGRE, info("gre"), "", ""},
		{unix.ARPHRD_IP6GRE, info("ip6gre", remote(0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), "xdp_dilih_l3", ""},
		{unix.ARPHRD_NONE, info("xfrm"), "", ""},
		{unix.ARPHRD_CAN, info("vcan"), "", ""},
	} {
		device, err := parseDevice(linkMessage(test.kind, test.info))
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(device.Entry, test.entry), qt.Commentf("%s", device.Kind))
		qt.Check(t, qt.Equals(device.Mode, test.mode))
	}
}

// Nothing that a kernel could answer makes it panic.
func FuzzParse(f *testing.F) {
	f.Add(linkMessage(unix.ARPHRD_ETHER, text(unix.IFLA_IFNAME, "eth0"), info("gre")))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, message []byte) {
		parseDevice(message)
		parseFilters([][]byte{message})
		if head, attributes, err := parseTC(message); err == nil {
			new(Device).takeQdisc(head, attributes)
		}
		redirectTarget(message)
		bpfMount(string(message))
	})
}
