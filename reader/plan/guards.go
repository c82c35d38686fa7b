// SPDX-License-Identifier: MIT

package plan

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"dilih/reader/fault"
	"dilih/reader/world"
)

// Guards let packets pass that no fault may touch, so that an experiment on a host does not cost the host. There is room
// for 24: two are for ARP and neighbour discovery, and the others are shared out here, so that no number of ssh
// connections takes the place of what GUARD asks for. If a fault is for outgoing packets, each guard gets a mirror image,
// and there is room for half as many.
func (c *completion) guards() ([]fault.Fault, error) {
	if strings.TrimSpace(c.Guards) == "off" {
		return nil, nil
	}
	mostSSH, mostAsked := 8, 14
	if slices.ContainsFunc(c.Faults, fault.Fault.Out) {
		mostSSH, mostAsked = 4, 6
	}
	texts := []string{"arp", "nd"}
	ways, err := c.sshWays()
	if err != nil {
		return nil, err
	}
	texts = append(texts, sumUp(ways, mostSSH)...)
	asked, err := askedGuards(c.Guards, c.guardsOfWorld())
	if err != nil {
		return nil, err
	}
	if len(asked) > mostAsked {
		return nil, refuse(failed, "", fmt.Sprintf("GUARD asks for %d guards: at most %d fit, leave out %d", len(asked), mostAsked, len(asked)-mostAsked), "")
	}
	return fault.ParseGuards(strings.Join(append(texts, asked...), "\n"))
}

func (c *completion) guardsOfWorld() world.Guards {
	if c.World.Guards == nil {
		return world.Guards{}
	}
	return *c.World.Guards
}

// guardText is what a guard was read from.
func guardText(guard fault.Fault) string {
	return strings.TrimSpace(strings.TrimPrefix(guard.String(), "pass"))
}

// way is how the packets of an ssh connection come in: from a peer to a port.
type way struct {
	peer netip.Addr
	port uint16
}

// connection is one of ssh, as its socket has it.
type connection struct {
	peer netip.AddrPort
	port uint16
}

// sshWays are the ways of all ssh connections, sorted. Where this host translates the packets of a connection, what
// stands in these is not what its socket knows.
func (c *completion) sshWays() ([]way, error) {
	if c.World.Guards == nil {
		return nil, refuse(failed, "", "it was not looked which ssh connections to spare", "")
	}
	known := c.guardsOfWorld()
	if known.Error != "" {
		return nil, refuse(failed, "", "cannot tell which ssh connections to spare: "+known.Error, Named("GUARD", "off")+" spares none")
	}
	connections := sshConnections(known.Sockets)
	if typed, ok := typedOver(c.SSHConnection); ok {
		connections = append(connections, typed)
	}
	c.warnOfHiddenSSH(known, len(connections) > 0)
	var ways []way
	for _, connection := range connections {
		ways = append(ways, way{connection.peer.Addr(), connection.port})
	}
	for _, t := range known.Translations {
		if t.Source == t.SocketPeer.Addr() && t.Port == t.SocketPort {
			continue
		}
		if slices.ContainsFunc(connections, func(s connection) bool { return s.peer.Port() == t.SocketPeer.Port() && s.port == t.SocketPort }) {
			ways = append(ways, way{t.Source, t.Port})
		}
	}
	slices.SortFunc(ways, func(a, b way) int { return cmp.Or(cmp.Compare(a.port, b.port), a.peer.Compare(b.peer)) })
	return slices.Compact(ways), nil
}

// warnOfHiddenSSH says which connections cannot be known.
func (c *completion) warnOfHiddenSSH(known world.Guards, found bool) {
	connected := slices.ContainsFunc(known.Sockets, func(s world.Socket) bool { return !s.Listening })
	if connected && len(c.Rights.Lacking("CAP_SYS_PTRACE")) > 0 {
		c.warn("without CAP_SYS_PTRACE this root cannot see which sockets are of sshd: only ssh to port 22 has a guard. For another port add %s",
			Named("GUARD", "tcp dport N"))
	}
	if found && known.Untranslated != "" {
		c.warn("cannot ask conntrack which ports lead to sshd (%s): name such a port with %s", known.Untranslated, Named("GUARD", "tcp dport N"))
	}
}

// typedOver is the connection that the verb was typed over. The variable may hold anything.
func typedOver(variable string) (connection, bool) {
	words := strings.Fields(variable)
	if len(words) != 4 {
		return connection{}, false
	}
	peer, err := netip.ParseAddr(words[0])
	host, err2 := netip.ParseAddr(words[2])
	peerPort, err3 := strconv.ParseUint(words[1], 10, 16)
	port, err4 := strconv.ParseUint(words[3], 10, 16)
	peer, host = plain(peer), plain(host)
	if cmp.Or(err, err2, err3, err4) != nil || peer.Is4() != host.Is4() {
		return connection{}, false
	}
	return connection{netip.AddrPortFrom(peer, uint16(peerPort)), uint16(port)}, true
}

// plain is an address as packets have it.
func plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }

// sshConnections are what is connected to port 22, to another port that sshd listens on, or to an sshd that systemd has
// listened for. To a port that nobody listens on, sshd itself has connected, to forward somebody's port.
func sshConnections(sockets []world.Socket) (connections []connection) {
	listening, ssh := map[uint16]bool{}, map[uint16]bool{22: true}
	for _, socket := range sockets {
		if socket.Listening {
			listening[socket.Local.Port()] = true
			ssh[socket.Local.Port()] = ssh[socket.Local.Port()] || socket.SSH
		}
	}
	for _, socket := range sockets {
		port := socket.Local.Port()
		if !socket.Listening && (ssh[port] || socket.SSH && listening[port]) {
			connections = append(connections, connection{netip.AddrPortFrom(plain(socket.Peer.Addr()), socket.Peer.Port()), port})
		}
	}
	return connections
}

// sumUp makes at most so many guards of ways, which are sorted by port. The more peers a port has, the sooner it gets
// one guard for all of them; and if the ports are too many, those that lie closest get one for their range.
func sumUp(ways []way, most int) []string {
	if len(ways) == 0 {
		return nil
	}
	peers := map[uint16]int{}
	for _, way := range ways {
		peers[way.port]++
	}
	each := most
	for each > 0 && guardsFor(peers, each) > most {
		each--
	}
	if each == 0 {
		return portRanges(peers, most)
	}
	var texts []string
	for i, way := range ways {
		switch {
		case peers[way.port] <= each:
			texts = append(texts, fmt.Sprintf("tcp from %s dport %d", way.peer, way.port))
		case i == 0 || ways[i-1].port != way.port:
			texts = append(texts, fmt.Sprintf("tcp dport %d", way.port))
		}
	}
	return texts
}

// guardsFor counts the guards if a port with more than so many peers gets one for all of them.
func guardsFor(peers map[uint16]int, each int) (sum int) {
	for _, n := range peers {
		if n > each {
			n = 1
		}
		sum += n
	}
	return sum
}

// portRanges are as many ranges of ports, parted at the widest gaps.
func portRanges(peers map[uint16]int, most int) (texts []string) {
	var ports []uint16
	for port := range peers {
		ports = append(ports, port)
	}
	slices.Sort(ports)
	var gaps []int
	for i := 1; i < len(ports); i++ {
		if ports[i]-ports[i-1] > 1 {
			gaps = append(gaps, i)
		}
	}
	slices.SortStableFunc(gaps, func(a, b int) int {
		return cmp.Compare(ports[b]-ports[b-1], ports[a]-ports[a-1])
	})
	starts := append([]int{0, len(ports)}, gaps[:min(most-1, len(gaps))]...)
	slices.Sort(starts)
	for i := 1; i < len(starts); i++ {
		texts = append(texts, fmt.Sprintf("tcp dport %d-%d", ports[starts[i-1]], ports[starts[i]-1]))
	}
	return texts
}
