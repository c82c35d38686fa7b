// SPDX-License-Identifier: MIT

package world

import (
	"bytes"
	"fmt"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
)

// linksQuestion asks for network devices without their statistics.
func linksQuestion() *nl.RtAttr {
	const skipStatistics = 1 << 3 // RTEXT_FILTER_SKIP_STATS
	return nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(skipStatistics))
}

// devices lists the devices of the namespace, without what tc has there.
func (r route) devices() ([]Device, error) {
	messages, err := r.list(unix.RTM_GETLINK, unix.RTM_NEWLINK, nl.NewIfInfomsg(unix.AF_UNSPEC), linksQuestion())
	if err != nil {
		return nil, fmt.Errorf("list the network devices: %w", err)
	}
	devices := make([]Device, 0, len(messages))
	for _, message := range messages {
		device, err := parseDevice(message)
		if err != nil {
			return nil, fmt.Errorf("read a network device: %w", err)
		}
		devices = append(devices, device)
	}
	return devices, nil
}

func parseDevice(message []byte) (device Device, err error) {
	if len(message) < unix.SizeofIfInfomsg {
		return device, unix.EINVAL
	}
	head := nl.DeserializeIfInfomsg(message)
	attributes, err := attributesOf(message[head.Len():])
	if err != nil {
		return device, err
	}
	device = Device{
		Index: int(head.Index),
		Name:  textOf(attributes[unix.IFLA_IFNAME]),
		Alias: textOf(attributes[unix.IFLA_IFALIAS]),
		Up:    head.Flags&unix.IFF_UP != 0,
		Ether: head.Type == unix.ARPHRD_ETHER || head.Type == unix.ARPHRD_LOOPBACK,

		MTU:        numberOf(attributes[unix.IFLA_MTU]),
		GSOMaxSegs: numberOf(attributes[unix.IFLA_GSO_MAX_SEGS]),
		GSOMaxSize: numberOf(attributes[unix.IFLA_GSO_MAX_SIZE]),
	}
	if bus := textOf(attributes[unix.IFLA_PARENT_DEV_BUS_NAME]); bus != "" {
		device.Parent = bus + "/devices/" + textOf(attributes[unix.IFLA_PARENT_DEV_NAME])
	}
	if device.AltNames, err = parseAltNames(attributes[unix.IFLA_PROP_LIST]); err != nil {
		return device, err
	}
	if device.XDP, err = parseXDP(attributes[unix.IFLA_XDP]); err != nil {
		return device, err
	}
	return device, device.takeInfo(attributes[unix.IFLA_LINKINFO])
}

func parseAltNames(list []byte) (names []string, err error) {
	attributes, err := parseAttributes(list)
	for _, attribute := range attributes {
		if attribute.Attr.Type == unix.IFLA_ALT_IFNAME {
			names = append(names, textOf(attribute.Value))
		}
	}
	return names, err
}

// xdpModes are the modes of XDP in the order in which a packet meets them. A device can have one program in each.
var xdpModes = []struct {
	attribute uint16
	mode      string
}{
	{unix.IFLA_XDP_HW_PROG_ID, "xdpoffload"},
	{unix.IFLA_XDP_DRV_PROG_ID, "xdpdrv"},
	{unix.IFLA_XDP_SKB_PROG_ID, "xdpgeneric"},
}

func parseXDP(attribute []byte) (attached []XDP, err error) {
	attributes, err := attributesOf(attribute)
	for _, at := range xdpModes {
		if id := numberOf(attributes[at.attribute]); id != 0 {
			attached = append(attached, XDP{Mode: at.mode, Program: id})
		}
	}
	return attached, err
}

// takeInfo notes the kind of the device, and what follows from it.
func (d *Device) takeInfo(info []byte) error {
	attributes, err := attributesOf(info)
	if err != nil {
		return err
	}
	d.Kind = textOf(attributes[nl.IFLA_INFO_KIND])
	data := map[uint16][]byte{}
	switch d.Kind {
	case "ipvlan", "gre", "ip6gre": // the data of other kinds need not be attributes
		if data, err = attributesOf(attributes[nl.IFLA_INFO_DATA]); err != nil {
			return err
		}
	}
	if mode := data[nl.IFLA_IPVLAN_MODE]; d.Kind == "ipvlan" && len(mode) >= 2 {
		d.Mode = ipvlanModes[nl.NativeEndian().Uint16(mode)]
	}
	d.Entry = d.entry(data[nl.IFLA_GRE_REMOTE])
	return nil
}

var ipvlanModes = map[uint16]string{0: "l2", 1: "l3", 2: "l3s"}

// entry returns the XDP program that fits the device. The packets of a gre device without a remote address begin with
// the outer header, and those of xfrm with Ethernet's, although neither is of type ether.
func (d *Device) entry(remote []byte) string {
	switch {
	case d.Ether:
		return abi.Programs[abi.HookXDP]
	case d.Kind == "gre" || d.Kind == "ip6gre":
		if len(bytes.Trim(remote, "\x00")) == 0 {
			return ""
		}
		return abi.Programs[abi.HookXDPL3]
	}
	switch d.Kind {
	case "tun", "wireguard", "ipip", "sit", "ip6tnl":
		return abi.Programs[abi.HookXDPL3]
	}
	return ""
}
