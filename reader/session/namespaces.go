// SPDX-License-Identifier: MIT

package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"dilih/bpf/abi"
	"dilih/reader/devices"
	"dilih/reader/printable"
	"dilih/reader/world"
)

// namespaces are the other network namespaces that have programs of ours, and what could not be read in them.
type namespaces struct {
	open   []*devices.Namespace
	closed []string // why some could not be opened
}

// openNamespaces opens those that hold programs of ours now: later there may be no right to.
func openNamespaces(pin string) (n namespaces) {
	path, err := filepath.Abs(pin)
	if err != nil {
		return n
	}
	found, err := world.Look(context.Background(), world.Question{PIN: path})
	if err != nil {
		return n
	}
	if !errors.Is(found.Err(), world.ErrRights) { // or else nobody expects to see others
		n.closed = unreadIn(found)
	}
	for _, holding := range found.Holding() {
		if err := n.add(holding); err != nil {
			n.closed = append(n.closed, err.Error())
		}
	}
	return n
}

// unreadIn says which other namespaces could not be read, and may hold something of ours.
func unreadIn(found world.World) (unread []string) {
	for _, namespace := range found.Namespaces {
		if !namespace.Own && namespace.Error != "" {
			unread = append(unread, printable.Text(fmt.Sprintf("network namespace %s: %s", namespace.Path, namespace.Error)))
		}
	}
	return unread
}

func (n *namespaces) add(holding world.Namespace) error {
	opened, err := holding.Open()
	if err != nil {
		return err
	}
	defer opened.Close()
	namespace, err := devices.OpenNamespace(holding.Path, opened)
	if err != nil {
		return err
	}
	n.open = append(n.open, namespace)
	return nil
}

// devices lists the devices with one of the programs in all of them, and what could not be read. A namespace that has
// come to its end is let go.
func (n *namespaces) devices(ids [abi.Hooks]uint32, pin string) (found []devices.Device, unread []string) {
	unread = append(unread, n.closed...)
	var remaining []*devices.Namespace
	for _, namespace := range n.open {
		if namespace.Ended() {
			namespace.Close()
			continue
		}
		remaining = append(remaining, namespace)
		attached, err := namespace.With(ids, pin)
		if err != nil {
			unread = append(unread, fmt.Sprintf("network namespace %s: %v", namespace.Name, err))
			continue
		}
		found = append(found, attached...)
	}
	n.open = remaining
	return found, unread
}

func (n *namespaces) close() {
	for _, namespace := range n.open {
		namespace.Close()
	}
	n.open = nil
}
