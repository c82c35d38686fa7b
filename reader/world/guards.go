// SPDX-License-Identifier: MIT

package world

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The names of the processes that sockets are looked up for. sshd has had several since OpenSSH 9.8.
var (
	sshProcesses = []string{"sshd", "sshd-session", "sshd-auth", "dropbear"}
	vpnProcesses = []string{"openvpn"}
)

// readGuards reads what has to be known to spare what a host cannot do without, in the own network namespace.
func readGuards() *Guards {
	var guards Guards
	sockets, err := readSockets()
	if err != nil {
		guards.Error = fmt.Sprintf("list the TCP sockets: %v", err)
	}
	guards.Sockets = sockets
	if slices.ContainsFunc(sockets, func(s Socket) bool { return !s.Listening }) {
		guards.Translations, err = readTranslations()
		guards.Untranslated = textOfError(err)
	}
	guards.Tunnels = readTunnels()
	return &guards
}

// readSockets lists the sockets of TCP that listen or are connected. Whose they are is looked up only if one is
// connected, because it takes a look at all processes.
func readSockets() (sockets []Socket, err error) {
	const established, listen = 1, 10 // TCP_ESTABLISHED and TCP_LISTEN
	var inodes []uint32
	connected := false
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		list, err := settled(func() ([]*netlink.Socket, error) { return netlink.SocketDiagTCP(family) })
		if err != nil {
			return nil, err
		}
		for _, socket := range list {
			if socket.State != established && socket.State != listen {
				continue
			}
			connected = connected || socket.State == established
			sockets = append(sockets, Socket{
				Listening: socket.State == listen,
				Local:     endpoint(socket.ID.Source, socket.ID.SourcePort),
				Peer:      endpoint(socket.ID.Destination, socket.ID.DestinationPort),
			})
			inodes = append(inodes, socket.INode)
		}
	}
	if !connected {
		return sockets, nil
	}
	owned := socketsOf(sshProcesses)
	for i, inode := range inodes {
		sockets[i].SSH = owned[inode]
	}
	return sockets, nil
}

func endpoint(ip net.IP, port uint16) netip.AddrPort { return netip.AddrPortFrom(address(ip), port) }

func address(ip net.IP) netip.Addr {
	known, _ := netip.AddrFromSlice(ip)
	return known.Unmap()
}

// readTranslations lists the connections of TCP that conntrack knows, if it is in use.
func readTranslations() (translations []Translation, err error) {
	if !exists("/proc/sys/net/netfilter/nf_conntrack_count") {
		return nil, nil
	}
	for _, family := range []netlink.InetFamily{unix.AF_INET, unix.AF_INET6} {
		flows, err := settled(func() ([]*netlink.ConntrackFlow, error) {
			return netlink.ConntrackTableList(netlink.ConntrackTable, family)
		})
		if err != nil {
			return nil, err
		}
		for _, flow := range flows {
			translation := Translation{
				Source: address(flow.Forward.SrcIP), Port: flow.Forward.DstPort,
				SocketPeer: endpoint(flow.Reverse.DstIP, flow.Reverse.DstPort), SocketPort: flow.Reverse.SrcPort,
			}
			if flow.Forward.Protocol == unix.IPPROTO_TCP && translation.differs() {
				translations = append(translations, translation)
			}
		}
	}
	return translations, nil
}

// differs reports whether the packets say something else than the socket.
func (t Translation) differs() bool { return t.Source != t.SocketPeer.Addr() || t.Port != t.SocketPort }

// readTunnels lists what sends packets in packets.
func readTunnels() (tunnels []Tunnel) {
	links, err := settled(func() ([]netlink.Link, error) { return netlink.LinkList() })
	if err != nil {
		tunnels = append(tunnels, Tunnel{Error: fmt.Sprintf("list the network devices: %v", err)})
	}
	for _, link := range links {
		if link.Attrs().Flags&net.FlagUp != 0 {
			tunnels = append(tunnels, tunnelOf(link))
		}
	}
	tunnels = append(tunnels, readIPsec()...)
	return append(tunnels, readOpenVPN()...)
}

func tunnelOf(link netlink.Link) Tunnel {
	tunnel := Tunnel{Kind: link.Type()}
	switch link := link.(type) {
	case *netlink.Vxlan:
		tunnel.Port = uint16(link.Port)
	case *netlink.Geneve:
		tunnel.Port = link.Dport
	case *netlink.Wireguard:
		port, err := wireguardPort(link.Index)
		tunnel.Port = port
		if err != nil {
			tunnel.Error = fmt.Sprintf("the port of wireguard cannot be read: %v", err)
		}
	}
	return tunnel
}

func readIPsec() []Tunnel {
	if !exists("/proc/sys/net/core/xfrm_acq_expires") { // the kernel has none
		return nil
	}
	states, err := settled(func() ([]netlink.XfrmState, error) { return netlink.XfrmStateList(netlink.FAMILY_ALL) })
	switch {
	case errors.Is(err, unix.EPROTONOSUPPORT):
	case err != nil:
		return []Tunnel{{Kind: "ipsec", Error: fmt.Sprintf("whether there is IPsec cannot be read: %v", err)}}
	case len(states) > 0:
		return []Tunnel{{Kind: "ipsec"}}
	}
	return nil
}

func readOpenVPN() (tunnels []Tunnel) {
	owned := socketsOf(vpnProcesses)
	if len(owned) == 0 {
		return nil
	}
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		list, err := settled(func() ([]*netlink.Socket, error) { return netlink.SocketDiagUDP(family) })
		if err != nil {
			return append(tunnels, Tunnel{Kind: "openvpn", Error: fmt.Sprintf("the ports of openvpn cannot be read: %v", err)})
		}
		for _, socket := range list {
			if owned[socket.INode] {
				tunnels = append(tunnels, Tunnel{Kind: "openvpn", Port: socket.ID.SourcePort})
			}
		}
	}
	return tunnels
}

// settled reads a list until it has not changed meanwhile.
func settled[T any](read func() (T, error)) (list T, err error) {
	for range 10 {
		if list, err = read(); !errors.Is(err, netlink.ErrDumpInterrupted) {
			return list, err
		}
	}
	return list, err
}
