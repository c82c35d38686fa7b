// SPDX-License-Identifier: MIT

package privileges

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// Rehearse tries what has to work when all capabilities are given up: it calls try on a thread where
// none is in effect, and returns its error. They are back afterwards.
func Rehearse(try func() error) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var held [2]unix.CapUserData // of 32 capabilities each
	if err := unix.Capget(&header, &held[0]); err != nil {
		return fmt.Errorf("ask for the capabilities: %w", err)
	}
	bare := held
	bare[0].Effective, bare[1].Effective = 0, 0
	if err := unix.Capset(&header, &bare[0]); err != nil {
		return fmt.Errorf("put the capabilities out of effect: %w", err)
	}
	defer func() {
		err = errors.Join(err, unix.Capset(&header, &held[0]))
	}()
	return try()
}
