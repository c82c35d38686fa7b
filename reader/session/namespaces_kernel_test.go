// SPDX-License-Identifier: MIT

//go:build kernel

package session_test

import (
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/fault/faulttest"
)

// elsewhere starts a process in a network namespace of its own, where the commands run as well.
func elsewhere(t *testing.T, commands string, values ...any) *exec.Cmd {
	t.Helper()
	process := exec.Command("sleep", "600")
	process.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	qt.Assert(t, qt.IsNil(process.Start()))
	t.Cleanup(func() { end(process) })
	inside := exec.Command("nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", process.Process.Pid), "sh", "-ec", fmt.Sprintf(commands, values...))
	said, err := inside.CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", said))
	return process
}

func end(process *exec.Cmd) {
	process.Process.Kill()
	process.Wait()
}

// What is attached in a namespace of others is seen after the rights are gone, until that namespace ends.
func TestOtherNamespaces(t *testing.T) {
	runtime.LockOSThread() // for good: the end of the process depends on it
	loaded := kerneltest.LoadPinned(t).LoadAll()
	faulttest.Force(loaded, "drop 50%; drop 50% out")
	process := elsewhere(t, `ip link add a0 type veth peer a1; bpftool net attach xdpgeneric pinned %[1]s/xdp_dilih dev a0
		tc qdisc add dev a0 clsact; tc filter add dev a0 egress handle 0xd111 bpf da object-pinned %[1]s/tc_out`, loaded.Pin)
	s := open(t, loaded.Pin)
	snapshot := look(t, s)
	qt.Check(t, qt.HasLen(snapshot.Unread, 0))
	qt.Assert(t, qt.HasLen(snapshot.Devices, 1))
	a0 := snapshot.Devices[0]
	qt.Check(t, qt.Equals(a0.String(), "a0 in netns "+strconv.Itoa(process.Process.Pid)+" (generic, out)"))
	qt.Check(t, qt.Equals(a0.Queues[abi.DirectionIn].There, false))
	qt.Check(t, qt.HasLen(look(t, s).Devices, 1))

	end(process)
	snapshot = look(t, s)
	qt.Check(t, qt.HasLen(snapshot.Devices, 0))
	qt.Check(t, qt.HasLen(snapshot.Unread, 0))
}
