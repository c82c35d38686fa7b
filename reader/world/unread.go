// SPDX-License-Identifier: MIT

package world

import (
	"errors"
	"fmt"
)

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

// ErrUnread means that a World is not complete.
var ErrUnread = errors.New("not everything could be read")

// ErrRights means that a World is not complete because this process lacks rights. It wraps ErrUnread.
var ErrRights = fmt.Errorf("%w without the rights of root", ErrUnread)

// Err returns ErrRights or ErrUnread if something could not be read.
func (w World) Err() error {
	switch {
	case len(w.Unread()) == 0:
		return nil
	case !w.Rights.full():
		return ErrRights
	}
	return ErrUnread
}
