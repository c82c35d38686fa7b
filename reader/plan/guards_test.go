// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/world"
)

func established(local, peer string, ssh bool) world.Socket {
	return world.Socket{Local: netip.MustParseAddrPort(local), Peer: netip.MustParseAddrPort(peer), SSH: ssh}
}

func listening(port uint16, ssh bool) world.Socket {
	return world.Socket{Listening: true, Local: netip.AddrPortFrom(netip.IPv4Unspecified(), port), SSH: ssh}
}

// guardsFrom are the guards that a request gets, without those of ARP and neighbour discovery.
func guardsFrom(t *testing.T, known world.Guards, change func(*Request)) []string {
	t.Helper()
	w, r := bed()
	w.Guards, r.Guards = &known, ""
	change(&r)
	wish, _, err := Complete(w, r)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.DeepEquals(wish.Guards[:2], []string{"arp", "nd"}))
	return wish.Guards[2:]
}

func TestSSHGuards(t *testing.T) {
	for _, test := range []struct {
		name         string
		sockets      []world.Socket
		translations []world.Translation
		variable     string
		want         []string
	}{
		{name: "none"},
		{name: "port 22", sockets: []world.Socket{established("192.0.2.1:22", "192.0.2.2:5000", false)},
			want: []string{"tcp dport 22 from 192.0.2.2"}},
		{name: "IPv4 in IPv6, with a zone", sockets: []world.Socket{
			established("[::ffff:192.0.2.1]:22", "[::ffff:192.0.2.2]:5000", false),
			established("[fe80::1%eth0]:22", "[fe80::2%eth0]:5000", false),
		}, want: []string{"tcp dport 22 from 192.0.2.2", "tcp dport 22 from fe80::2"}},
		{name: "another port of sshd", sockets: []world.Socket{listening(2222, true), established("192.0.2.1:2222", "192.0.2.2:5000", false)},
			want: []string{"tcp dport 2222 from 192.0.2.2"}},
		{name: "listened for by systemd", sockets: []world.Socket{listening(2222, false), established("192.0.2.1:2222", "192.0.2.2:5000", true)},
			want: []string{"tcp dport 2222 from 192.0.2.2"}},
		{name: "forwarded by sshd", sockets: []world.Socket{listening(2222, true), established("192.0.2.1:40000", "192.0.2.2:5432", true)}},
		{name: "of somebody else", sockets: []world.Socket{listening(80, false), established("192.0.2.1:80", "192.0.2.2:5000", false)}},
		{name: "typed over", variable: "::ffff:198.51.100.7 50000 ::ffff:192.0.2.1 2222", want: []string{"tcp dport 2222 from 198.51.100.7"}},
		{name: "no connection", variable: "UNKNOWN 65535 UNKNOWN 65535"},
		{name: "port beyond all", variable: "192.0.2.2 70000 192.0.2.1 22"},
		{name: "two families", variable: "192.0.2.2 5000 2001:db8::1 22"},
		{name: "typed over one that is known", variable: "192.0.2.2 5000 192.0.2.1 22",
			sockets: []world.Socket{established("192.0.2.1:22", "192.0.2.2:5000", true)}, want: []string{"tcp dport 22 from 192.0.2.2"}},
		{name: "redirected", sockets: []world.Socket{established("192.0.2.1:22", "192.0.2.2:5000", true)},
			translations: []world.Translation{
				{Source: netip.MustParseAddr("192.0.2.2"), Port: 2222, SocketPeer: netip.MustParseAddrPort("192.0.2.2:5000"), SocketPort: 22},
				{Source: netip.MustParseAddr("192.0.2.9"), Port: 80, SocketPeer: netip.MustParseAddrPort("192.0.2.9:5001"), SocketPort: 8080},
			}, want: []string{"tcp dport 22 from 192.0.2.2", "tcp dport 2222 from 192.0.2.2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := guardsFrom(t, world.Guards{Sockets: test.sockets, Translations: test.translations},
				func(r *Request) { r.SSHConnection = test.variable })
			qt.Check(t, qt.DeepEquals(got, append([]string{}, test.want...)))
		})
	}
}

// Any number of connections fits, and leaves room for what GUARD asks for.
func TestSSHGuardsAreSummedUp(t *testing.T) {
	ways := func(peers, ports int) (ways []way) {
		for port := range ports {
			for peer := range peers {
				ways = append(ways, way{netip.AddrFrom4([4]byte{10, 0, byte(peer >> 8), byte(peer)}), uint16(2000 + 10*port)})
			}
		}
		return ways
	}
	qt.Check(t, qt.DeepEquals(sumUp(ways(2, 1), 8), []string{"tcp from 10.0.0.0 dport 2000", "tcp from 10.0.0.1 dport 2000"}))
	qt.Check(t, qt.DeepEquals(sumUp(ways(200, 1), 8), []string{"tcp dport 2000"}))
	mixed := append(ways(3, 1), way{netip.MustParseAddr("10.9.9.9"), 2010}, way{netip.MustParseAddr("10.9.9.8"), 2020})
	qt.Check(t, qt.HasLen(sumUp(mixed, 4), 3), qt.Commentf("one for the port with three peers: %v", sumUp(mixed, 4)))
	qt.Check(t, qt.DeepEquals(sumUp(append(ways(1, 3), way{netip.MustParseAddr("10.0.0.1"), 60000}), 2),
		[]string{"tcp dport 2000-2020", "tcp dport 60000-60000"}), qt.Commentf("parted at the widest gap"))
	for _, most := range []int{4, 8} {
		for _, ports := range []int{1, 7, 8, 9, 100, 1000} {
			all := ways(3, ports)
			texts := sumUp(all, most)
			qt.Check(t, qt.IsTrue(len(texts) <= most), qt.Commentf("%d ports: %v", ports, texts))
			for _, way := range all {
				qt.Assert(t, qt.IsTrue(slices.ContainsFunc(texts, func(text string) bool { return spares(text, way) })), qt.Commentf("%v", way))
			}
		}
	}
}

// spares reports whether the guard is for the way.
func spares(text string, w way) bool {
	text = strings.Replace(text, "from "+w.peer.String()+" ", "", 1)
	var first, last uint16
	if n, _ := fmt.Sscanf(text, "tcp dport %d-%d", &first, &last); n == 1 {
		last = first
	}
	return first <= w.port && w.port <= last && !strings.Contains(text, "from")
}

func TestAskedGuards(t *testing.T) {
	known := world.Guards{Tunnels: []world.Tunnel{
		{Kind: "vxlan", Port: 4790}, {Kind: "gre"}, {Kind: "erspan"}, {Kind: "ipip"}, {Kind: "sit"}, {Kind: "ip6tnl"},
		{Kind: "wireguard", Port: 51821}, {Kind: "wireguard"}, {Kind: "veth"}, {Kind: "ipsec"}, {Kind: "openvpn", Port: 1194},
	}}
	got, err := askedGuards("dhcp; mld # and all that\ntunnels;udp dport 51820; udp dport 68\n", known)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.DeepEquals(got, []string{
		"udp dport 68", "udp dport 546", "proto 2", "icmp6", "udp dport 4790", "proto 47", "proto 4", "proto 41", "udp dport 51821",
		"proto 50", "proto 51", "udp dport 500", "udp dport 4500", "udp dport 1194", "udp dport 51820",
	}))
}

// A fault for outgoing packets gives each guard a mirror image, and there is room for half as many.
func TestGuardsGoBothWays(t *testing.T) {
	got := guardsFrom(t, world.Guards{Sockets: []world.Socket{established("192.0.2.1:22", "192.0.2.2:5000", true)}},
		func(r *Request) { r.Faults = faultsOf("drop 5% out") })
	qt.Check(t, qt.DeepEquals(got, []string{"tcp dport 22 from 192.0.2.2", "out arp", "out nd", "out tcp sport 22 to 192.0.2.2"}))
	w, r := bed()
	w.Guards, r.Guards, r.Faults = &world.Guards{}, "udp dport 1; udp dport 2; udp dport 3; udp dport 4; udp dport 5; udp dport 6; udp dport 7",
		faultsOf("drop 5% out")
	checkRefusal(t, w, r, 2, "GUARD asks for 7 guards: at most 6 fit, leave out 1")
}

// What cannot be known is said, where it matters.
func TestHiddenSSHIsTold(t *testing.T) {
	w, r := bed()
	w.Guards = &world.Guards{Sockets: []world.Socket{established("192.0.2.1:22", "192.0.2.2:5000", false)}, Untranslated: "no such command"}
	w.Rights.Capabilities &^= 1 << 19
	r.Guards = ""
	_, notes, err := Complete(w, r)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(notes, 2))
	qt.Check(t, qt.StringContains(notes[0].Text, "without CAP_SYS_PTRACE this root cannot see which sockets are of sshd"))
	qt.Check(t, qt.StringContains(notes[1].Text, "cannot ask conntrack which ports lead to sshd (no such command)"))
}
