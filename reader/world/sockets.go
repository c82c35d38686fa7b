// SPDX-License-Identifier: MIT

package world

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// socketsOf are the inodes of the sockets of all processes with one of these names, as far as this process may see them.
func socketsOf(names []string) map[uint32]bool {
	inodes := make(map[uint32]bool)
	processes, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, comm := range processes {
		name, err := os.ReadFile(comm)
		if err != nil || !slices.Contains(names, strings.TrimSuffix(string(name), "\n")) {
			continue // it is gone, or another one
		}
		files, _ := filepath.Glob(filepath.Join(filepath.Dir(comm), "fd", "*"))
		for _, file := range files {
			var inode uint32
			if target, err := os.Readlink(file); err == nil {
				if n, _ := fmt.Sscanf(target, "socket:[%d]", &inode); n == 1 {
					inodes[inode] = true
				}
			}
		}
	}
	return inodes
}

// Of linux/wireguard.h.
const (
	wireguardGetDevice  = 0
	wireguardVersion    = 1
	wireguardIfindex    = 1
	wireguardListenPort = 6
)

// wireguardPort is the port that a device of wireguard listens on; 0: none.
func wireguardPort(index int) (port uint16, err error) {
	family, err := netlink.GenlFamilyGet("wireguard")
	if err != nil {
		return 0, err
	}
	request := nl.NewNetlinkRequest(int(family.ID), unix.NLM_F_DUMP)
	request.AddData(&nl.Genlmsg{Command: wireguardGetDevice, Version: wireguardVersion})
	request.AddData(nl.NewRtAttr(wireguardIfindex, nl.Uint32Attr(uint32(index))))
	messages, err := request.Execute(unix.NETLINK_GENERIC, 0)
	if err != nil {
		return 0, err
	}
	for _, message := range messages {
		attributes, err := nl.ParseRouteAttr(message[nl.SizeofGenlmsg:])
		if err != nil {
			return 0, err
		}
		for _, attribute := range attributes {
			if attribute.Attr.Type == wireguardListenPort && len(attribute.Value) >= 2 {
				port = nl.NativeEndian().Uint16(attribute.Value)
			}
		}
	}
	return port, nil
}
