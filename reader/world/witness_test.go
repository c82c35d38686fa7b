// SPDX-License-Identifier: MIT

//go:build kernel

package world_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cilium/ebpf/asm"
	"github.com/go-quicktest/qt"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

var ignoreOrder = cmpopts.SortSlices(func(a, b string) bool { return a < b })

var passes = asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}

// compareWithTools compares the own namespace with what ip, tc and bpftool say of it.
func compareWithTools(t *testing.T, found world.World) {
	t.Helper()
	own := found.Namespaces[0]
	qt.Check(t, qt.DeepEquals(linksOf(own), linksByIP(t)))
	qt.Check(t, qt.CmpEquals(attachmentsOf(own), attachmentsByBPFTool(t), ignoreOrder))
	qt.Check(t, qt.CmpEquals(qdiscsOf(own), qdiscsByTC(t), ignoreOrder))
	for _, device := range own.Devices {
		for direction, side := range []string{"ingress", "egress"} {
			if device.Clsact {
				qt.Check(t, qt.DeepEquals(filtersOf(device.Filters[direction]), filtersByTC(t, device.Name, side)))
			}
		}
	}
}

func linksOf(namespace world.Namespace) (lines []string) {
	for _, device := range namespace.Devices {
		lines = append(lines, fmt.Sprintln(device.Index, device.Name, device.Kind, device.Alias, device.AltNames,
			device.Up, device.GSOMaxSegs))
	}
	slices.Sort(lines)
	return lines
}

func linksByIP(t *testing.T) (lines []string) {
	t.Helper()
	type link struct {
		Ifindex    int
		Ifname     string
		Ifalias    string
		Altnames   []string
		Flags      []string
		GSOMaxSegs uint32 `json:"gso_max_segs"`
		Linkinfo   struct {
			Kind string `json:"info_kind"`
		}
	}
	for _, link := range answer[[]link](t, "ip -j -d link show") {
		lines = append(lines, fmt.Sprintln(link.Ifindex, link.Ifname, link.Linkinfo.Kind, link.Ifalias, link.Altnames,
			slices.Contains(link.Flags, "UP"), link.GSOMaxSegs))
	}
	slices.Sort(lines)
	return lines
}

func attachmentsOf(namespace world.Namespace) (lines []string) {
	for _, device := range namespace.Devices {
		for _, xdp := range device.XDP {
			lines = append(lines, fmt.Sprintln(device.Index, xdp.Mode, xdp.Program))
		}
		for direction, filters := range device.Filters {
			for _, filter := range filters {
				if filter.Program != 0 {
					lines = append(lines, fmt.Sprintln(device.Index, abi.Direction(direction), filter.Program))
				}
			}
		}
	}
	return lines
}

func attachmentsByBPFTool(t *testing.T) (lines []string) {
	t.Helper()
	type attachment struct {
		Ifindex    int
		Mode, Kind string
		ID         uint32
	}
	type all struct{ XDP, TC []attachment }
	modes := map[string]string{"generic": "xdpgeneric", "driver": "xdpdrv", "offload": "xdpoffload"}
	directions := map[string]string{"clsact/ingress": "in", "clsact/egress": "out"}
	for _, all := range answer[[]all](t, "bpftool -j net show") {
		for _, xdp := range all.XDP {
			lines = append(lines, fmt.Sprintln(xdp.Ifindex, modes[xdp.Mode], xdp.ID))
		}
		for _, filter := range all.TC {
			if filter.ID == 0 { // a program of the first kind of BPF
				continue
			}
			lines = append(lines, fmt.Sprintln(filter.Ifindex, directions[filter.Kind], filter.ID))
		}
	}
	return lines
}

func qdiscsOf(namespace world.Namespace) (lines []string) {
	for _, device := range namespace.Devices {
		if device.Root.Kind != "" {
			lines = append(lines, fmt.Sprintf("%s %s %x: %d", device.Name, device.Root.Kind, device.Root.Handle>>16, device.Root.Waiting))
		}
		if device.Clsact {
			lines = append(lines, device.Name+" clsact")
		}
		if device.Ingress {
			lines = append(lines, device.Name+" ingress")
		}
	}
	return lines
}

func qdiscsByTC(t *testing.T) (lines []string) {
	t.Helper()
	type qdisc struct {
		Kind, Dev, Handle string
		Root              bool
		Qlen              int
	}
	for _, qdisc := range answer[[]qdisc](t, "tc -j -s qdisc show") {
		if qdisc.Root {
			lines = append(lines, fmt.Sprintf("%s %s %s %d", qdisc.Dev, qdisc.Kind, qdisc.Handle, qdisc.Qlen))
		} else {
			lines = append(lines, qdisc.Dev+" "+qdisc.Kind)
		}
	}
	return lines
}

func filtersOf(filters []world.Filter) (lines []string) {
	for _, filter := range filters {
		lines = append(lines, fmt.Sprintf("%d %s %d", filter.Pref, filter.Kind, filter.Program))
	}
	return lines
}

func filtersByTC(t *testing.T, device, side string) (lines []string) {
	t.Helper()
	type filter struct {
		Pref    int
		Kind    string
		Options *struct{ Prog struct{ ID int } }
	}
	for _, filter := range answer[[]filter](t, "tc -j filter show dev %s %s", device, side) {
		if filter.Options != nil {
			lines = append(lines, fmt.Sprintf("%d %s %d", filter.Pref, filter.Kind, filter.Options.Prog.ID))
		}
	}
	return lines
}
