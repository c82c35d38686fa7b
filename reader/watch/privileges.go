// SPDX-License-Identifier: MIT

package watch

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"

	"dilih/reader/privileges"
)

// giveUpPrivileges comes when everything is open, and before the first byte of a packet is read and the
// first scrape is answered. Before Linux 5.19 a map that is open is readable only with CAP_BPF.
func (world World) giveUpPrivileges(readable func() error) error {
	if err := privileges.Rehearse(readable); !errors.Is(err, unix.EPERM) {
		return world.GiveUp()
	}
	fmt.Fprintln(world.Stderr, "dilih-reader: this kernel lets nobody read counters without CAP_BPF, so that is kept")
	return world.GiveUp(cap.BPF)
}

// readable tries if all that is open can be read.
func (w *watch) readable() error {
	for _, s := range w.sessions {
		if err := s.Readable(); err != nil {
			return err
		}
	}
	return nil
}
