// SPDX-License-Identifier: MIT

package world

import (
	"fmt"
	"path/filepath"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/printable"
)

// Summary describes the world for people: what is loaded, where programs are attached, and what could not be read.
func (w World) Summary() string {
	var text strings.Builder
	for _, directory := range w.directories() {
		if directory.Type != Absent || directory.Name == w.Pinned.Name {
			fmt.Fprintf(&text, "%s: %s\n", printable.Text(directory.Name), directory.state())
		}
	}
	without := 0
	for _, namespace := range w.Namespaces {
		lines := w.devicesOf(namespace)
		if len(lines) == 0 && namespace.Error == "" {
			without++
			continue
		}
		fmt.Fprintf(&text, "%s:\n%s", namespace.title(), strings.Join(lines, ""))
	}
	fmt.Fprintf(&text, "%s without BPF programs\n", counted(without, "network namespace"))
	if unread := w.Unread(); len(unread) > 0 {
		fmt.Fprintf(&text, "could not be read:\n")
		for _, part := range unread {
			fmt.Fprintf(&text, "  %s\n", printable.Text(part))
		}
	}
	return text.String()
}

// state says what the directory is, and which faults are active.
func (d Directory) state() string {
	switch {
	case d.Error != "" && d.Control == nil:
		return "could not be read"
	case d.Type == Absent:
		return "nothing is loaded"
	case d.Type != Dir || d.UID != 0:
		return fmt.Sprintf("a %s of user %d, which is not dilih's", d.Type, d.UID)
	case d.Control == nil:
		return "a directory without the pins of dilih"
	case !d.Control.Active:
		return "loaded, no faults are active yet"
	case d.Control.Error != "":
		return fmt.Sprintf("loaded, ABI %d", d.Control.ABI)
	}
	guards := 0
	for _, rule := range d.Control.Rules {
		guards += int(rule.Guard)
	}
	return fmt.Sprintf("loaded, %s and %s are active (generation %d, seed %d)",
		counted(len(d.Control.Rules)-guards, "fault"), counted(guards, "guard"), d.Control.Generation, d.Control.Set.Seed)
}

// Title names the namespace as people know it.
func (n Namespace) Title() string {
	if rest, isProcess := strings.CutPrefix(n.Path, "/proc/"); isProcess {
		process, _, _ := strings.Cut(rest, "/")
		return "the network namespace of process " + process
	}
	return filepath.Base(n.Path)
}

// In is what to say after the name of a device: where it is, if that is another namespace.
func (n Namespace) In() string {
	if n.Own {
		return ""
	}
	return " in " + n.Title()
}

func (n Namespace) title() string {
	title := "network namespace " + printable.Text(n.Path)
	if n.Own {
		title = "this network namespace"
	}
	if n.Error != "" {
		title += " could not be read"
	}
	return title
}

// devicesOf returns a line for each device that has programs, and for each queue of ours.
func (w World) devicesOf(namespace Namespace) (lines []string) {
	for _, device := range namespace.Devices {
		var parts []string
		for _, xdp := range device.XDP {
			parts = append(parts, fmt.Sprintf("%s %s", xdp.Mode, w.nameOf(xdp.Program, xdp.Name)))
		}
		for direction, filters := range device.Filters {
			for _, filter := range filters {
				if filter.Program != 0 {
					parts = append(parts, fmt.Sprintf("%v %s", abi.Direction(direction), w.nameOf(filter.Program, filter.Object)))
				}
			}
		}
		if device.Kind == "ifb" && device.Alias == "dilih "+w.Pinned.Name {
			parts = append(parts, fmt.Sprintf("queue, %s waiting", counted(int(device.Root.Waiting), "packet")))
		}
		if len(parts) > 0 {
			lines = append(lines, fmt.Sprintf("  %s: %s\n", printable.Text(device.Name), strings.Join(parts, ", ")))
		}
	}
	return lines
}

// nameOf names a program, and says if it is not one of ours.
func (w World) nameOf(id uint32, name string) string {
	for _, program := range w.Programs {
		if program.ID == id {
			return program.Name
		}
	}
	return fmt.Sprintf("%s (other program, id %d)", printable.Text(name), id)
}

func counted(count int, noun string) string {
	if count == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", count, noun)
}
