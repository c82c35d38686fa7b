// SPDX-License-Identifier: MIT

// Package privileges gives up what a process may do, once it has opened all that takes rights to open.
package privileges

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// ErrKept means that this process could not give up its rights. It should not go on with them.
var ErrKept = errors.New("cannot give up the rights that are not needed any more")

// GiveUp makes this process, in all its threads, one with no rights but those of an ordinary user.
// Root becomes the user who called sudo, or nobody, in no other group than that user's own. For any
// user, all capabilities but those to keep are gone for good. What is open stays open, and nobody but
// root can get at it from outside.
//
// The error wraps ErrKept; rights may then be gone in part.
func GiveUp(keep ...cap.Value) error {
	if err := giveUp(keep); err != nil {
		return fmt.Errorf("%w: %w", ErrKept, err)
	}
	return nil
}

func giveUp(keep []cap.Value) error {
	if err := emptyBoundingSet(); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if err := become(ordinaryUser(os.Getenv)); err != nil {
			return err
		}
	}
	if err := reduceTo(keep); err != nil {
		return err
	}
	if _, err := cap.Prctlw(unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	return closeToOthers()
}

// closeToOthers keeps other processes of the same user from what this one has open. The kernel does that
// by itself for who stops being root, unless fs.suid_dumpable is set, but not for who was never root.
func closeToOthers() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("close this process to others: %w", err)
	}
	return nil
}

// emptyBoundingSet leaves nothing that a program could be given by a file. An ordinary user may not do
// that, and has no_new_privs alone.
func emptyBoundingSet() error {
	if able, err := cap.GetProc().GetFlag(cap.Effective, cap.SETPCAP); err != nil || !able {
		return err
	}
	for capability := range cap.MaxBits() {
		if err := cap.DropBound(capability); err != nil {
			return fmt.Errorf("drop %v from the bounding set: %w", capability, err)
		}
	}
	return nil
}

// become turns root into the user, who has the capabilities of root until they are reduced.
func become(uid, gid int) error {
	if _, err := cap.Prctlw(unix.PR_SET_KEEPCAPS, 1); err != nil {
		return fmt.Errorf("keep capabilities from root to user %d: %w", uid, err)
	}
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("leave the groups of root (CAP_SETGID): %w", err)
	}
	if err := syscall.Setresgid(gid, gid, gid); err != nil {
		return fmt.Errorf("change to group %d (CAP_SETGID): %w", gid, err)
	}
	if err := syscall.Setresuid(uid, uid, uid); err != nil {
		return fmt.Errorf("change to user %d (CAP_SETUID): %w", uid, err)
	}
	return nil
}

// reduceTo empties the inheritable set as well, and with it the ambient set.
func reduceTo(keep []cap.Value) error {
	set := cap.NewSet()
	for _, flag := range []cap.Flag{cap.Permitted, cap.Effective} {
		if err := set.SetFlag(flag, true, keep...); err != nil {
			return fmt.Errorf("name the capabilities to keep: %w", err)
		}
	}
	if err := set.SetProc(); err != nil {
		return fmt.Errorf("reduce the capabilities to %q: %w", set, err)
	}
	return nil
}
