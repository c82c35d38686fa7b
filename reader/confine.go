// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"

	"dilih/reader/privileges"
)

// giveUpRights comes when everything is open, and before the first byte of a packet is read and the
// first scrape is answered. Before Linux 5.19 a map that is open is readable only with CAP_BPF.
func giveUpRights(env env, readable func() error) error {
	if err := privileges.Rehearse(readable); !errors.Is(err, unix.EPERM) {
		return env.giveUp()
	}
	fmt.Fprintln(env.stderr, "dilih-reader: this kernel lets nobody read counters without CAP_BPF, so that is kept")
	return env.giveUp(cap.BPF)
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
