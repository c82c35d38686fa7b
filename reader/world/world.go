// SPDX-License-Identifier: MIT

// Package world describes the state of a host, as far as dilih depends on it: what is pinned, loaded and attached,
// ours and foreign, in which network namespace.
//
// Look(Question) reads it once, and changes nothing. Package plan compares it with what a verb wishes for.
//
//   - A World is a value: it has no open files, and is the same after it was written as JSON and read again, except
//     that JSON cannot hold a name that is no UTF-8.
//   - Whatever could not be read has an Error beside it. An empty list means that there is nothing, never that it could
//     not be read. One namespace that cannot be read leaves the others complete.
//   - A program is ours if it uses the control map that is pinned at PIN, PIN-new or PIN-old: it is in Programs then,
//     wherever it is attached. Nothing is known by its name alone.
//   - Devices are known by namespace and index. Name and Alias are the very bytes that the kernel has: whoever shows
//     them makes them printable.
//   - Look visits its own namespace, those with a name in /run/netns, and those that a mark names and a process is in.
//     If one of Programs is neither pinned nor attached in any of these, it visits the namespaces of all processes.
package world

import (
	"net/netip"

	"dilih/bpf/abi"
)

// Question says what to look for.
type Question struct {
	PIN    string // absolute and clean
	Guards bool   // fill in Guards, which takes time
}

// World is what there is.
type World struct {
	Now    uint64 // ns of CLOCK_BOOTTIME
	Nonce  string // 16 random hexadecimal digits, new in each World: for names that nobody else can foresee
	Kernel string // its release, as uname says it
	HasIFB bool   // the module ifb is loaded or built in

	Rights Rights
	BPFFS  BPFFS
	Lock   Entry // the writers' lock: BPFFS.Path + "/dilih-lock"

	// PIN, PIN-new and PIN-old.
	Pinned, New, Old Directory

	Programs        []Program // ours, by id
	ProgramsError   string    `json:",omitempty"` // why there may be more
	Namespaces      []Namespace
	NamespacesError string `json:",omitempty"` // why there may be more

	Guards *Guards `json:",omitempty"` // nil: not asked for
}

// Rights are those of this process.
type Rights struct {
	UID           int
	Capabilities  uint64 // effective, a bit for each
	UserNamespace bool   // not the host's: capabilities count for nothing in BPF
}

// BPFFS is where PIN is, or would be.
type BPFFS struct {
	Path     string // the directory that PIN is in
	Mounted  bool   // it is on a bpf file system
	ReadOnly bool
	Private  bool // this mount namespace is not that of process 1
	// Way are the directories on the way, from / to Path, as far as they exist.
	Way []Entry
	// Open is a directory on some bpf file system in which others than root may make names; "" if there is none.
	Open      string
	OpenError string `json:",omitempty"`
	// Unprivileged: any user may load programs (kernel.unprivileged_bpf_disabled is 0).
	Unprivileged bool
}

// Type is what a name on a file system stands for.
type Type string

// The types. A symbolic link is not followed.
const (
	Absent Type = "absent"
	Dir    Type = "directory"
	File   Type = "file" // on a bpf file system: a pinned program, map or link
	Link   Type = "symlink"
)

// Entry is a name on a file system.
type Entry struct {
	Name     string // in a Directory the last part, otherwise the whole path
	Type     Type
	UID, GID uint32
	Mode     uint32 // permission bits, with setuid, setgid and sticky

	// Of a pin: which program or map it is; 0: not one, or not known.
	Program, Map uint32 `json:",omitempty"`
	Object       string `json:",omitempty"` // the name of the program or map
	Frozen       bool   `json:",omitempty"` // nobody can write to the map any more
}

// Directory is one of the directories of pins.
type Directory struct {
	Entry         // its Name is the path
	Inode  uint64 // tells it from one that takes its place
	Age    uint64 // ns since a name in it came or went last
	Error  string `json:",omitempty"` // why Entries or Control could not be read
	Inside []Entry
	// Control is what the map named control that is pinned there says; nil: there is none.
	Control *Control `json:",omitempty"`
}

// Control is a control map of ours, and the faults that it makes active.
type Control struct {
	Map         uint32 // its id
	abi.Control        // of another ABI only ABI and Generation are known
	// Active: faults have been made active since the load. Set and Rules are those of the active bank.
	Active bool
	Set    abi.FaultSet
	Rules  []abi.Rule
	Error  string `json:",omitempty"` // why Set and Rules are not known, such as another ABI
}

// Program is a loaded program of ours.
type Program struct {
	ID      uint32
	Name    string
	Tag     string
	Control uint32   // the id of the control map that it uses
	Maps    []uint32 // the ids of all its maps
	Events  uint32   // the id of the one of these that is named output_map; 0: none
}

// Namespace is a network namespace.
type Namespace struct {
	Inode   uint64 // of /proc/PID/ns/net
	Own     bool   // this process is in it
	Path    string // by which it can be entered: /run/netns/NAME or /proc/PID/ns/net
	Error   string `json:",omitempty"` // why its devices could not be read
	Devices []Device
}

// Device is a network device.
type Device struct {
	Index    int
	Creation uint64 // another one for a device that was made again with the same index; 0: not known
	Name     string
	AltNames []string `json:",omitempty"`
	Alias    string   `json:",omitempty"`
	Kind     string   `json:",omitempty"` // as in ip -d link: veth, ifb, vrf...
	Mode     string   `json:",omitempty"` // of an ipvlan: l2, l3, l3s
	Up       bool
	Ether    bool // of link type ether or loopback
	// Entry is the XDP program that fits the device, xdp_dilih or xdp_dilih_l3; "": it is not known how its packets begin.
	Entry      string
	MTU        uint32
	GSOMaxSegs uint32
	GSOMaxSize uint32
	Parent     string `json:",omitempty"` // of a network card: BUS/devices/NAME in /sys/bus

	XDP     []XDP  `json:",omitempty"`
	Clsact  bool   `json:",omitempty"`
	Ingress bool   `json:",omitempty"` // another ingress qdisc takes the place of clsact
	Root    Qdisc  // the one at its root
	Error   string `json:",omitempty"` // why Filters could not be read
	// Filters are those at clsact, by direction, in their order.
	Filters [abi.Directions][]Filter
}

// XDP is a program attached to a device.
type XDP struct {
	Mode    string // as bpftool has it: xdpgeneric, xdpdrv, xdpoffload
	Program uint32 // its id; is it ours?: see World.Programs

	// Of a program that is not ours.
	Name   string `json:",omitempty"`
	Pinned string `json:",omitempty"` // of another dilih: the directory of its pins
	Link   uint32 `json:",omitempty"` // the BPF link that has attached it, which alone can detach it; 0: none
}

// Qdisc is a queueing discipline.
type Qdisc struct {
	Kind             string `json:",omitempty"`
	Handle           uint32 `json:",omitempty"`
	Waiting, Dropped uint64 `json:",omitempty"` // packets
}

// Filter is a filter of tc.
type Filter struct {
	Pref     uint16
	Handle   uint32
	Protocol uint16 // ETH_P_ALL is 3
	Kind     string // bpf, flower...
	Program  uint32 `json:",omitempty"` // the id of the program that it runs
	Object   string `json:",omitempty"` // the name of that
	Target   int    `json:",omitempty"` // the index of the device that its action redirects packets to
}

// Guards is what has to be known to spare what a host cannot do without.
type Guards struct {
	Error        string        `json:",omitempty"` // why Sockets are not known
	Sockets      []Socket      // of TCP, listening and established, that an sshd may have to do with
	Translations []Translation // by conntrack; empty if it has none
	// Untranslated is why conntrack could not be asked, although it is in use.
	Untranslated string `json:",omitempty"`
	Tunnels      []Tunnel
}

// Socket is a socket of TCP that listens or is connected. Addresses of IPv4 in IPv6 are written as IPv4, without zones.
type Socket struct {
	Listening bool           `json:",omitempty"`
	Local     netip.AddrPort // to a listener only the port matters
	Peer      netip.AddrPort
	SSH       bool `json:",omitempty"` // a process named sshd, sshd-session, sshd-auth or dropbear has it
}

// Translation is a connection of TCP in whose packets stands something else than its socket knows.
type Translation struct {
	Source     netip.Addr     // of its packets that arrive
	Port       uint16         // their destination port
	SocketPeer netip.AddrPort // of its socket
	SocketPort uint16         // the socket's own port
}

// Tunnel is something that sends packets in packets.
type Tunnel struct {
	Kind  string // of a device that is up: wireguard, vxlan, geneve, gre, ipip...; or ipsec, openvpn
	Port  uint16 `json:",omitempty"` // that the outer packets go to; 0 if it has none
	Error string `json:",omitempty"` // why the port is not known, or whether there are any
}
