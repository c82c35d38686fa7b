// SPDX-License-Identifier: MIT

//go:build kernel

package privileges_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"

	"dilih/reader/privileges"
	"dilih/reader/privileges/privilegestest"
)

// What the test tells the process that it starts: capabilities to keep, and to be without from the
// start.
const (
	keepVariable = "DILIH_RIGHTS_KEEP"
	lackVariable = "DILIH_RIGHTS_LACK"
)

func TestMain(m *testing.M) {
	if _, child := os.LookupEnv(keepVariable); child {
		confined()
	}
	os.Exit(m.Run())
}

// confined is a process of many threads, before and after, that gives up its rights, says how that went
// and waits.
func confined() {
	lack(capabilities(os.Getenv(lackVariable)))
	startThreads()
	err := privileges.GiveUp(capabilities(os.Getenv(keepVariable))...)
	startThreads()
	fmt.Println(err)
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func capabilities(names string) (all []cap.Value) {
	for _, name := range strings.Fields(names) {
		capability, err := cap.FromName(name)
		must(err)
		all = append(all, capability)
	}
	return all
}

func lack(capabilities []cap.Value) {
	set := cap.GetProc()
	must(set.SetFlag(cap.Effective, false, capabilities...))
	must(set.SetFlag(cap.Permitted, false, capabilities...))
	must(set.SetProc())
}

func startThreads() {
	started := make(chan bool)
	for range 10 {
		go func() {
			runtime.LockOSThread()
			started <- true
			select {}
		}()
		<-started
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// start runs a process until the test ends, and returns its pid and what GiveUp said.
func start(t *testing.T, attributes *syscall.SysProcAttr, variables ...string) (pid int, said string) {
	t.Helper()
	child := exec.Command("/proc/self/exe") // a user who may not walk to the binary may run it like this
	child.Env = append([]string{keepVariable + "="}, variables...)
	child.SysProcAttr = attributes
	stdin, err := child.StdinPipe()
	qt.Assert(t, qt.IsNil(err))
	stdout, err := child.StdoutPipe()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsNil(child.Start()))
	t.Cleanup(func() {
		stdin.Close()
		child.Wait()
	})
	said, err = bufio.NewReader(stdout).ReadString('\n')
	qt.Assert(t, qt.IsNil(err))
	return child.Process.Pid, strings.TrimSpace(said)
}

func TestGiveUp(t *testing.T) {
	root := &syscall.SysProcAttr{Credential: &syscall.Credential{Groups: []uint32{0, 4, 54321}}}
	ordinary := func(capabilities ...uintptr) *syscall.SysProcAttr {
		return &syscall.SysProcAttr{
			Credential:  &syscall.Credential{Uid: 1234, Gid: 1235, Groups: []uint32{54321}},
			AmbientCaps: capabilities,
		}
	}
	tests := []struct {
		name       string
		attributes *syscall.SysProcAttr
		variables  []string
		want       func(*privilegestest.Held)
	}{
		{"root", root, nil, func(h *privilegestest.Held) { *h = privilegestest.User(65534, 65534) }},
		{"sudo", root, []string{"SUDO_UID=1234", "SUDO_GID=1235"}, func(*privilegestest.Held) {}},
		{"sudo by root", root, []string{"SUDO_UID=0", "SUDO_GID=0"}, func(h *privilegestest.Held) { *h = privilegestest.User(65534, 65534) }},
		{"root, all but one", root, []string{keepVariable + "=cap_bpf", "SUDO_UID=1234", "SUDO_GID=1235"}, func(h *privilegestest.Held) {
			h.Permitted, h.Effective = "0000008000000000", "0000008000000000"
		}},
		{"root that may not narrow the bounding set", root, []string{lackVariable + "=cap_setpcap", "SUDO_UID=1234", "SUDO_GID=1235"}, func(h *privilegestest.Held) {
			h.Bounding = privilegestest.Of(t, os.Getpid()).Bounding
		}},
		{"ordinary", ordinary(), []string{"SUDO_UID=7", "SUDO_GID=7"}, func(h *privilegestest.Held) {
			h.Groups, h.Bounding = "54321", privilegestest.Of(t, os.Getpid()).Bounding
		}},
		{"ordinary, with capabilities", ordinary(unix.CAP_PERFMON, unix.CAP_BPF), nil, func(h *privilegestest.Held) {
			h.Groups, h.Bounding = "54321", privilegestest.Of(t, os.Getpid()).Bounding
		}},
		{"ordinary, with all it takes", ordinary(unix.CAP_PERFMON, unix.CAP_SETPCAP), nil, func(h *privilegestest.Held) {
			h.Groups = "54321"
		}},
		{"ordinary, all but one", ordinary(unix.CAP_PERFMON, unix.CAP_BPF), []string{keepVariable + "=cap_bpf"}, func(h *privilegestest.Held) {
			h.Groups, h.Bounding = "54321", privilegestest.Of(t, os.Getpid()).Bounding
			h.Permitted, h.Effective = "0000008000000000", "0000008000000000"
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := privilegestest.User(1234, 1235)
			test.want(&want)
			pid, said := start(t, test.attributes, test.variables...)
			qt.Assert(t, qt.Equals(said, "<nil>"))
			qt.Assert(t, qt.Equals(privilegestest.Of(t, pid), want))
		})
	}
}

// What is open stays with this process: others of the same user cannot take it.
func TestGiveUpClosesToOthers(t *testing.T) {
	same := &syscall.Credential{Uid: 1234, Gid: 1235}
	for name, capabilities := range map[string][]uintptr{"none": nil, "perfmon": {unix.CAP_PERFMON}} {
		t.Run(name, func(t *testing.T) {
			pid, said := start(t, &syscall.SysProcAttr{Credential: same, AmbientCaps: capabilities})
			qt.Assert(t, qt.Equals(said, "<nil>"))
			ls := exec.Command("ls", fmt.Sprintf("/proc/%d/fd/", pid))
			ls.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
			ls.SysProcAttr = &syscall.SysProcAttr{Credential: same}
			out, err := ls.CombinedOutput()
			qt.Assert(t, qt.IsNotNil(err))
			qt.Assert(t, qt.StringContains(string(out), "Permission denied"))
		})
	}
}

// Root that cannot stop being root says so.
func TestGiveUpFails(t *testing.T) {
	root := &syscall.SysProcAttr{Credential: &syscall.Credential{}}
	for lacking, says := range map[string]string{
		"cap_setuid": "change to user 65534 (CAP_SETUID): operation not permitted",
		"cap_setgid": "leave the groups of root (CAP_SETGID): operation not permitted",
	} {
		_, said := start(t, root, lackVariable+"="+lacking)
		qt.Check(t, qt.Equals(said, privileges.ErrKept.Error()+": "+says))
	}
}

// effective is the set of capabilities in effect on this thread.
func effective(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile("/proc/thread-self/status")
	qt.Assert(t, qt.IsNil(err))
	_, rest, _ := strings.Cut(string(status), "CapEff:\t")
	set, _, _ := strings.Cut(rest, "\n")
	return set
}

func TestRehearse(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := effective(t)
	qt.Assert(t, qt.Not(qt.Equals(before, privilegestest.None)))
	err := privileges.Rehearse(func() error {
		qt.Check(t, qt.Equals(effective(t), privilegestest.None))
		return unix.EPERM
	})
	qt.Assert(t, qt.ErrorIs(err, unix.EPERM))
	qt.Assert(t, qt.Equals(effective(t), before))
	qt.Assert(t, qt.IsNil(privileges.Rehearse(func() error { return nil })))
}
