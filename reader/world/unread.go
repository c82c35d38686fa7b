// SPDX-License-Identifier: MIT

package world

import "fmt"

// Unread lists what could not be read, and why.
func (w World) Unread() (parts []string) {
	note := func(what, why string) {
		if why != "" {
			parts = append(parts, what+": "+why)
		}
	}
	for _, directory := range w.directories() {
		note(directory.Name, directory.Error)
		if directory.Control != nil {
			note(directory.Name+"/control", directory.Control.Error)
		}
	}
	note("bpf file systems", w.BPFFS.OpenError)
	note("programs", w.ProgramsError)
	note("network namespaces", w.NamespacesError)
	for _, namespace := range w.Namespaces {
		note(namespace.Path, namespace.Error)
		for _, device := range namespace.Devices {
			note(fmt.Sprintf("%s: %s", namespace.Path, device.Name), device.Error)
		}
	}
	if w.Guards != nil {
		note("ssh connections", w.Guards.Error)
		note("conntrack", w.Guards.Untranslated)
		for _, tunnel := range w.Guards.Tunnels {
			note("tunnel "+tunnel.Kind, tunnel.Error)
		}
	}
	return parts
}
