// SPDX-License-Identifier: MIT

package world

import (
	"fmt"
	"os"
	"slices"
)

// Holding returns the other network namespaces where a program of ours is attached.
func (w World) Holding() (namespaces []Namespace) {
	isOurs := func(id uint32) bool {
		return slices.ContainsFunc(w.Programs, func(program Program) bool { return program.ID == id })
	}
	holds := func(device Device) bool {
		found := slices.ContainsFunc(device.XDP, func(xdp XDP) bool { return isOurs(xdp.Program) })
		for _, filters := range device.Filters {
			found = found || slices.ContainsFunc(filters, func(filter Filter) bool { return isOurs(filter.Program) })
		}
		return found
	}
	for _, namespace := range w.Namespaces {
		if !namespace.Own && slices.ContainsFunc(namespace.Devices, holds) {
			namespaces = append(namespaces, namespace)
		}
	}
	return namespaces
}

// Open opens the namespace, so that it can be entered. Another one at its path is an error.
func (n Namespace) Open() (*os.File, error) {
	opened, id, err := openNamespace(n.Path)
	if err != nil {
		return nil, fmt.Errorf("open the network namespace %s: %w", n.Path, err)
	}
	if id.inode != n.Inode {
		opened.Close()
		return nil, fmt.Errorf("open the network namespace %s: there is another one now", n.Path)
	}
	return opened, nil
}
