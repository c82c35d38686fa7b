// SPDX-License-Identifier: MIT

//go:build kernel

package world_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/world"
)

// enterLab puts the test into a network namespace and a mount namespace of its own, where no network namespace has a
// name. Its thread is never used again.
func enterLab(t testing.TB) {
	t.Helper()
	runtime.LockOSThread()
	qt.Assert(t, qt.IsNil(unix.Unshare(unix.CLONE_NEWNET|unix.CLONE_NEWNS)))
	qt.Assert(t, qt.IsNil(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")))
	qt.Assert(t, qt.IsNil(unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=0755")))
	qt.Assert(t, qt.IsNil(os.Mkdir("/run/netns", 0o755)))
}

// run runs a shell command in the lab and returns its output.
func run(t testing.TB, command string, values ...any) []byte {
	t.Helper()
	command = fmt.Sprintf(command, values...)
	said, err := exec.Command("timeout", "300", "sh", "-ec", command).Output()
	var failed *exec.ExitError
	if e, ok := err.(*exec.ExitError); ok {
		failed = e
		qt.Assert(t, qt.IsNil(err), qt.Commentf("%s: %s", command, failed.Stderr))
	}
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", command))
	return said
}

// inProcess starts a process in a network namespace without a name, and returns its id.
func inProcess(t testing.TB) int {
	t.Helper()
	process := exec.Command("sleep", "600")
	process.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	qt.Assert(t, qt.IsNil(process.Start()))
	t.Cleanup(func() {
		process.Process.Kill()
		process.Wait()
	})
	return process.Process.Pid
}

// in calls a function on another thread, which is in the network namespace and in the mount namespace of the lab, and
// is never used again.
func in(t testing.TB, path string, call func()) {
	t.Helper()
	network, err := os.Open(path)
	qt.Assert(t, qt.IsNil(err))
	defer network.Close()
	mounts, err := os.Open("/proc/thread-self/ns/mnt")
	qt.Assert(t, qt.IsNil(err))
	defer mounts.Close()
	var inside sync.WaitGroup
	inside.Go(func() {
		runtime.LockOSThread()
		if qt.Check(t, qt.IsNil(unix.Unshare(unix.CLONE_FS))) &&
			qt.Check(t, qt.IsNil(unix.Setns(int(mounts.Fd()), unix.CLONE_NEWNS))) &&
			qt.Check(t, qt.IsNil(unix.Setns(int(network.Fd()), unix.CLONE_NEWNET))) {
			call()
		}
	})
	inside.Wait()
}

// load loads and pins the object, and marks the namespace of the test, as up does.
func load(t testing.TB) *kerneltest.Loaded {
	t.Helper()
	loaded := kerneltest.LoadPinned(t).LoadAll()
	mark(t, loaded.Pin, "/proc/thread-self/ns/net")
	return loaded
}

func mark(t testing.TB, pin, namespace string) {
	t.Helper()
	qt.Assert(t, qt.IsNil(os.Mkdir(filepath.Join(pin, fmt.Sprint("netns-", inode(t, namespace))), 0o700)))
}

func inode(t testing.TB, namespace string) uint64 {
	t.Helper()
	var stat unix.Stat_t
	qt.Assert(t, qt.IsNil(unix.Stat(namespace, &stat)))
	return stat.Ino
}

// look reads the world, of which nothing may be unreadable.
func look(t testing.TB, pin string) world.World {
	t.Helper()
	found, err := world.Look(context.Background(), world.Question{PIN: pin})
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(found.Unread(), 0))
	return found
}

// attached lists what of ours is attached where, a line each.
func attached(found world.World) (lines []string) {
	ours := make(map[uint32]string)
	for _, program := range found.Programs {
		ours[program.ID] = program.Name
	}
	for _, namespace := range found.Namespaces {
		where := filepath.Base(namespace.Path)
		if namespace.Own {
			where = "own"
		}
		for _, device := range namespace.Devices {
			for _, xdp := range device.XDP {
				if name := ours[xdp.Program]; name != "" {
					lines = append(lines, fmt.Sprintf("%s %s %s %s", where, device.Name, xdp.Mode, name))
				}
			}
			for direction, filters := range device.Filters {
				for _, filter := range filters {
					if name := ours[filter.Program]; name != "" {
						lines = append(lines, fmt.Sprintf("%s %s %v %d %#x %s", where, device.Name,
							abi.Direction(direction), filter.Pref, filter.Handle, name))
					}
				}
			}
		}
	}
	return lines
}

func deviceNamed(t testing.TB, namespace world.Namespace, name string) world.Device {
	t.Helper()
	for _, device := range namespace.Devices {
		if device.Name == name {
			return device
		}
	}
	t.Fatalf("no device %q in %s", name, namespace.Path)
	return world.Device{}
}

// answer reads the JSON that a command prints.
func answer[T any](t testing.TB, command string, values ...any) (found T) {
	t.Helper()
	said := run(t, command, values...)
	qt.Assert(t, qt.IsNil(json.Unmarshal(said, &found)), qt.Commentf("%s", said))
	return found
}
