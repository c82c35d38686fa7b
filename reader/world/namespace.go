// SPDX-License-Identifier: MIT

package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// errNoNamespace means that something else than a network namespace is at a path.
var errNoNamespace = errors.New("not a network namespace")

// ownPath leads to the network namespace of the thread that opens it.
const ownPath = "/proc/thread-self/ns/net"

// identity tells network namespaces apart, whatever names they have.
type identity struct{ device, inode uint64 }

func identityAt(path string) (identity, error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return identity{}, err
	}
	return identity{stat.Dev, stat.Ino}, nil
}

// openNamespace opens the network namespace at the path. The path is resolved once, without opening what is there,
// because opening a FIFO blocks and opening a device may change it.
func openNamespace(path string) (*os.File, identity, error) {
	found, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, identity{}, err
	}
	defer unix.Close(found)
	var filesystem unix.Statfs_t
	if err := unix.Fstatfs(found, &filesystem); err != nil {
		return nil, identity{}, err
	}
	if filesystem.Type != unix.NSFS_MAGIC {
		return nil, identity{}, errNoNamespace
	}
	descriptor, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", found), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, identity{}, err
	}
	namespace := os.NewFile(uintptr(descriptor), path)
	id, err := identify(descriptor)
	if err != nil {
		namespace.Close()
		return nil, identity{}, err
	}
	return namespace, id, nil
}

// identify returns the identity of an open network namespace.
func identify(descriptor int) (identity, error) {
	kind, err := unix.IoctlRetInt(descriptor, unix.NS_GET_NSTYPE)
	if err != nil {
		return identity{}, err
	}
	if kind != unix.CLONE_NEWNET {
		return identity{}, errNoNamespace
	}
	var stat unix.Stat_t
	if err := unix.Fstat(descriptor, &stat); err != nil {
		return identity{}, err
	}
	return identity{stat.Dev, stat.Ino}, nil
}

// scout is a thread that goes from one network namespace to the next. It never runs anything else, so that no failure
// leaves another part of this process in the wrong namespace.
type scout chan func()

func newScout() scout {
	jobs := make(scout)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this goroutine
		for job := range jobs {
			job()
		}
	}()
	return jobs
}

// inside runs read in the namespace and waits for it until ctx ends. When the kernel does not let the scout go in
// time, another one takes its place. So the scout closes the namespace: nobody else knows when it has done with it.
func (s *scout) inside(ctx context.Context, namespace *os.File, id identity, read func(context.Context) ([]Device, error)) ([]Device, error) {
	type result struct {
		devices []Device
		err     error
	}
	answer := make(chan result, 1)
	*s <- func() {
		defer namespace.Close()
		var found result
		if found.err = enter(namespace, id); found.err == nil {
			found.devices, found.err = read(ctx)
		}
		answer <- found
	}
	select {
	case found := <-answer:
		return found.devices, found.err
	case <-ctx.Done():
		close(*s)
		*s = newScout()
		return nil, ctx.Err()
	}
}

// enter puts this thread into the namespace. A thread that is there already needs no rights for it.
func enter(namespace *os.File, id identity) error {
	own, err := identityAt(ownPath)
	if err != nil {
		return fmt.Errorf("identify the own network namespace: %w", err)
	}
	if own == id {
		return nil
	}
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the network namespace: %w", err)
	}
	return nil
}
