// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/advice"
	"dilih/reader/fault/faulttest"
	"dilih/reader/privileges/privilegestest"
)

// closed is a loaded object whose pins only root can get at, and the group if it gets that far.
func closed(t *testing.T, bpffs os.FileMode) *kerneltest.Loaded {
	t.Helper()
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	share(t, loaded, 0o660, 0o750)
	qt.Assert(t, qt.IsNil(os.Chmod(filepath.Dir(loaded.Pin), bpffs)))
	return loaded
}

// reader is a process that looks often.
func reader(t *testing.T, loaded *kerneltest.Loaded, args ...string) *process {
	t.Helper()
	return prepare(t, append([]string{"--pin", loaded.Pin, "--interval", "10ms"}, args...)...)
}

// as makes it the process of root or of somebody else, in more groups than that user's own.
func (p *process) as(uid, gid uint32, variables ...string) *process {
	if p.SysProcAttr == nil {
		p.SysProcAttr = &syscall.SysProcAttr{}
	}
	p.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid, Groups: []uint32{4, group}}
	p.Env = append(p.Env, variables...)
	return p
}

// installed gives the program of the process what `make install` gives it.
func (p *process) installed() *process {
	p.tb.Helper()
	set, err := cap.FromText("cap_perfmon=ep")
	qt.Assert(p.tb, qt.IsNil(err))
	qt.Assert(p.tb, qt.IsNil(set.SetFile(p.Path)))
	return p
}

// Anybody may start it: once it reads it is nobody special, and still sees all that it could see before.
func TestHeld(t *testing.T) {
	without, with := whatEventsTake(t)
	ordinary := privilegestest.User(65534, group)
	ordinary.Bounding = privilegestest.Of(t, os.Getpid()).Bounding // which takes CAP_SETPCAP to narrow
	tests := []struct {
		name  string
		start func(*process) *process
		want  privilegestest.Held
		says  string
	}{
		{"root", func(p *process) *process { return p.as(0, 0) }, privilegestest.User(65534, 65534), "22 read"},
		{"sudo", func(p *process) *process { return p.as(0, 0, "SUDO_UID=1234", "SUDO_GID=1235") }, privilegestest.User(1234, 1235), "22 read"},
		{"sudo by root", func(p *process) *process { return p.as(0, 0, "SUDO_UID=0", "SUDO_GID=0") }, privilegestest.User(65534, 65534), "22 read"},
		{"group", func(p *process) *process { return p.ordinary(group) }, ordinary, without},
		{"group and CAP_PERFMON", func(p *process) *process { return p.ordinary(group, unix.CAP_PERFMON) }, ordinary, with},
		{"group, installed", func(p *process) *process { return p.ordinary(group).installed() }, ordinary, with},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			loaded := closed(t, 0o755)
			p := test.start(reader(t, loaded)).start()
			p.await("drop 100%", 1)
			qt.Assert(t, qt.Equals(privilegestest.Of(t, p.Process.Pid), test.want))
			loaded.Packets(11, 60)
			p.await("100.00%", 1)
			p.await(test.says, 1)
			p.signal(unix.SIGINT)
			qt.Assert(t, qt.Equals(p.code(), advice.Fine))
			qt.Assert(t, qt.Equals(p.stderr.String(), ""))
		})
	}
}

// Root that cannot stop being root does not watch.
func TestKeptRights(t *testing.T) {
	loaded := closed(t, 0o755)
	setpriv, err := exec.LookPath("setpriv")
	qt.Assert(t, qt.IsNil(err))
	p := reader(t, loaded)
	p.Args = append([]string{"setpriv", "--bounding-set=-setuid", "--inh-caps=-setuid", p.Path}, p.Args[1:]...)
	p.Path = setpriv
	p.start()
	qt.Assert(t, qt.Equals(p.code(), advice.Failed))
	qt.Assert(t, qt.Equals(p.stdout.String(), ""))
	qt.Assert(t, qt.StringContains(unbroken(p.stderr.String()), "change to user 65534 (CAP_SETUID): operation not permitted run it as an ordinary user"))
}

// Without the right to get at the pins it still notices that they are gone, and shows the last counts.
func TestUnloadedUnderRoot(t *testing.T) {
	for _, bpffs := range []os.FileMode{0o755, 0o700} {
		loaded := closed(t, bpffs)
		p := reader(t, loaded, "--format", "json").as(0, 0).start()
		p.await(`"drop 100%"`, 1)
		loaded.Packets(17, 60)
		loaded.Unpin()
		qt.Assert(t, qt.Equals(p.code(), advice.NotLoaded), qt.Commentf("%s", p.stderr.String()))
		all := lines(t, p.stdout.String())
		qt.Assert(t, qt.Equals(all[len(all)-1].Packets.Dropped, 17))
		qt.Assert(t, qt.Equals(all[len(all)-1].Events.Read, 34))
		qt.Assert(t, qt.StringContains(p.stderr.String(), "is gone"))
	}
}

// Another program under the same pins: it goes on.
func TestReplacedUnderRoot(t *testing.T) {
	for _, bpffs := range []os.FileMode{0o755, 0o700} {
		loaded := closed(t, bpffs)
		p := reader(t, loaded, "--format", "json").as(0, 0).start()
		p.await(`"drop 100%"`, 1)
		loaded.Packets(5, 60)
		loaded.Replace()
		loaded.Packets(6, 60)
		p.await(`"dropped":11,"queue_dropped":0}`, 1)
		p.await(`"events":{"read":22,`, 1)
		qt.Assert(t, qt.Equals(p.stderr.String(), ""))
	}
}

// What was loaded again takes rights that it has no more: it shows the last counts and says what to do.
func TestLoadedAnewUnderRoot(t *testing.T) {
	loaded := closed(t, 0o755)
	p := reader(t, loaded).as(0, 0).start()
	p.await("drop 100%", 1)
	loaded.Packets(17, 60)
	p.stop(unix.SIGSTOP) // two steps for us, one for it
	loaded.Unpin()
	share(t, kerneltest.LoadPinnedAt(t, loaded.Pin), 0o660, 0o750)
	p.signal(unix.SIGCONT)
	qt.Assert(t, qt.Equals(p.code(), advice.NotPermitted))
	qt.Assert(t, qt.StringContains(unbroken(p.stdout.String()), "34 read"))
	qt.Assert(t, qt.StringContains(p.stderr.String(), "was loaded again"))
	qt.Assert(t, qt.StringContains(p.stderr.String(), "start dilih-reader again"))
}

// A second reader cannot take the events over: it gave up the right to before the first one ended.
func TestEventsComeFree(t *testing.T) {
	loaded := closed(t, 0o755)
	first := reader(t, loaded).as(0, 0).start()
	first.await("drop 100%", 1)
	second := reader(t, loaded).as(0, 0, "SUDO_UID=1234", "SUDO_GID=1235").start()
	second.await("another reader has the events", 1)
	second.await("user nobody", 1)
	first.signal(unix.SIGINT)
	qt.Assert(t, qt.Equals(first.code(), advice.Fine))
	second.await("opening the events is not permitted any more", 1)
	second.await("start dilih-reader again", 1)
	loaded.Packets(23, 60)
	second.await("dropped 23 ", 1)
	second.signal(unix.SIGINT)
	qt.Assert(t, qt.Equals(second.code(), advice.Fine))
}

// Somebody who does not ask for the lock takes the events. They come back, whatever rights are left.
func TestTakenUnderRoot(t *testing.T) {
	loaded := closed(t, 0o755)
	p := reader(t, loaded, "--format", "json").as(0, 0).start()
	p.await(`"drop 100%"`, 1)
	output, err := ebpf.LoadPinnedMap(filepath.Join(loaded.Pin, abi.OutputMap), nil)
	qt.Assert(t, qt.IsNil(err))
	thief, err := perf.NewReader(output, 1<<16)
	qt.Assert(t, qt.IsNil(err))
	loaded.Packets(3, 60)
	p.await(`"dropped":3,"queue_dropped":0}`, 1)
	p.await(`"events":{"read":0,`, 1)
	qt.Assert(t, qt.IsNil(thief.Close()))
	qt.Assert(t, qt.IsNil(output.Close()))
	loaded.Packets(1, 60) // finds no ring
	p.await(`"dropped":4,"queue_dropped":0}`, 2)
	loaded.Packets(5, 60)
	p.await(`"events":{"read":10,`, 1)
	qt.Assert(t, qt.StringContains(p.stderr.String(), "the events come here now"))
}

// Who may open what was loaded again goes on with its counters.
func TestLoadedAnewUnderMember(t *testing.T) {
	loaded := closed(t, 0o755)
	p := reader(t, loaded).ordinary(group, unix.CAP_PERFMON).start()
	p.await("drop 100%", 1)
	p.stop(unix.SIGSTOP)
	loaded.Unpin()
	again := kerneltest.LoadPinnedAt(t, loaded.Pin)
	share(t, again, 0o660, 0o750)
	p.signal(unix.SIGCONT)
	faulttest.Force(again, "drop 50%")
	again.Packets(19, 60)
	p.await("entered 19 ", 1)
	p.await("opening the events is not permitted any more", 1)
	p.signal(unix.SIGINT)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine))
}
