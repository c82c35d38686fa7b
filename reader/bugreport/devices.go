// SPDX-License-Identifier: MIT

package bugreport

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

func (r *report) devices(ctx context.Context, found world.World) {
	for _, namespace := range found.Namespaces {
		if namespace.Error != "" {
			r.line("not read%s: %s", namespace.In(), namespace.Error)
		}
		for _, device := range namespace.Devices {
			if hasPrograms(device) {
				r.device(ctx, found, namespace, device)
			}
		}
	}
}

func hasPrograms(device world.Device) bool {
	hasProgram := func(filter world.Filter) bool { return filter.Program != 0 }
	return len(device.XDP) > 0 || slices.ContainsFunc(device.Filters[abi.DirectionIn], hasProgram) ||
		slices.ContainsFunc(device.Filters[abi.DirectionOut], hasProgram)
}

func (r *report) device(ctx context.Context, found world.World, namespace world.Namespace, device world.Device) {
	var parts []string
	for _, xdp := range device.XDP {
		name := cmp.Or(ours(found, xdp.Program), xdp.Name, "?")
		parts = append(parts, fmt.Sprintf("XDP %s: %s (%d)", strings.TrimPrefix(xdp.Mode, "xdp"), name, xdp.Program))
	}
	parts = append(parts, "kind "+cmp.Or(device.Kind, "a network card"), fmt.Sprintf("mtu %d", device.MTU),
		fmt.Sprintf("gso_max_size %d", device.GSOMaxSize), fmt.Sprintf("gso_max_segs %d", device.GSOMaxSegs))
	r.field(device.Name+namespace.In(), strings.Join(parts, ", "))
	r.field("  driver", driver(device))
	r.field("  offloads", offloads(ctx, namespace, device.Name))
	r.field("  qdiscs", qdiscs(device))
	r.field("  ingress", filters(device, abi.DirectionIn))
	r.field("  egress", filters(device, abi.DirectionOut))
}

// ours returns the name of a program of ours.
func ours(found world.World, id uint32) string {
	for _, program := range found.Programs {
		if program.ID == id {
			return program.Name
		}
	}
	return ""
}

// driver returns that of a network card.
func driver(device world.Device) string {
	link, err := os.Readlink(filepath.Join("/sys/bus", device.Parent, "driver"))
	if device.Parent == "" || err != nil {
		return "that of its kind"
	}
	return filepath.Base(link)
}

// offloads returns those that are on.
func offloads(ctx context.Context, namespace world.Namespace, device string) string {
	if find("ethtool") == "" {
		return "not known: ethtool is not here"
	}
	command := []string{"ethtool", "-k", device}
	if !namespace.Own {
		command = append([]string{"nsenter", "--net=" + namespace.Path, "--"}, command...)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	said, err := exec.CommandContext(ctx, command[0], command[1:]...).Output()
	if err != nil {
		return fmt.Sprintf("cannot be read: %v", err)
	}
	var on []string
	for line := range strings.Lines(string(said)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if strings.HasPrefix(value, "on") {
			on = append(on, name)
		}
	}
	return words(on)
}

func qdiscs(device world.Device) string {
	list := []string{cmp.Or(device.Root.Kind, "none at the root")}
	if device.Clsact {
		list = append(list, "clsact")
	}
	if device.Ingress {
		list = append(list, "ingress")
	}
	return strings.Join(list, " ")
}

func filters(device world.Device, direction abi.Direction) string {
	if device.Error != "" {
		return "cannot be read: " + device.Error
	}
	var list []string
	for _, filter := range device.Filters[direction] {
		list = append(list, strings.TrimSpace(filter.Kind+" "+filter.Object)+fmt.Sprintf(" pref %d", filter.Pref))
	}
	return cmp.Or(strings.Join(list, ", "), "none")
}
