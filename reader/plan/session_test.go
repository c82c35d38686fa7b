// SPDX-License-Identifier: MIT

package plan

import (
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/world"
)

// What a command says of why it failed becomes the kernel's reason in a sentence of ours.
func TestFailureTexts(t *testing.T) {
	for _, test := range []struct{ fails, said, want string }{
		{"cannot attach: %s. Try", "libbpf: Kernel error message: Underlying driver does not support XDP in native mode\nError: interface xdpdrv attach failed: Operation not supported",
			"cannot attach: Underlying driver does not support XDP in native mode interface xdpdrv attach failed: Operation not supported. Try"},
		{"", "RTNETLINK answers: File exists\n", "tc x: File exists"},
		{"", "garb}age", "tc x: it failed, and does not say why"},
	} {
		qt.Check(t, qt.Equals(failureText(Step{Argv: []string{"tc", "x"}, Fails: test.fails}, test.said), test.want))
	}
}

// A failure in another namespace stops nothing else, and one in this namespace undoes all.
func TestFailuresElsewhere(t *testing.T) {
	session := func(verb Verb, namespace uint64) *Session {
		return &Session{Wish: Wish{Verb: verb}, Complete: true, Own: 100, Tried: []Try{{Step: Step{Argv: []string{"tc"}, Namespace: namespace, Device: 2}}}}
	}
	for _, test := range []struct {
		verb      Verb
		namespace uint64
		undo      bool
	}{{Up, 200, false}, {Fault, 200, false}, {Down, 200, false}, {Down, 100, false}, {Up, 100, true}, {Fault, 100, true}} {
		s := session(test.verb, test.namespace)
		_, fatal := s.Failed(0, "Error: no")
		qt.Check(t, qt.IsFalse(fatal))
		qt.Check(t, qt.Equals(s.Wish.Undo, test.undo), qt.Commentf("%+v", test))
		qt.Check(t, qt.Equals(len(s.Wish.Failed), map[bool]int{true: 0, false: 1}[test.undo]))
	}
	s := session(Up, 100)
	s.Complete = false
	_, fatal := s.Failed(0, "Error: no")
	qt.Check(t, qt.IsTrue(fatal), qt.Commentf("while what was cut off is put in order, there is nothing to undo"))
	_, fatal = s.Failed(7, "")
	qt.Check(t, qt.IsTrue(fatal))
}

// Of a command that reports a success that was none, nobody is told that it was one.
func TestLies(t *testing.T) {
	w, r := bed()
	s := &Session{}
	for range 10 { // the world stays as it is
		next, notes, err := s.Next(w, r)
		if err != nil {
			qt.Check(t, qt.Equals(err.(*Refusal).Code, 2))
			return
		}
		for _, note := range notes {
			qt.Check(t, qt.Equals(note.Text, "the kernel rejected bpf/dilih_kern.o: bpftool reported success, but that had no effect"))
		}
		qt.Assert(t, qt.IsTrue(len(next) > 0))
	}
	t.Error("it goes on for ever")
}

// Where the devices are, if that is not here.
func TestThere(t *testing.T) {
	w, _ := loadedBed(t)
	qt.Check(t, qt.Equals(findThere(w), There{}))
	w.Namespaces[0].Own, w.Namespaces[0].Path = false, "/run/netns/blue"
	qt.Check(t, qt.Equals(findThere(w), There{100, "/run/netns/blue", "in blue"}))
	w.Namespaces[0].Path = "/proc/7/ns/net"
	qt.Check(t, qt.Equals(findThere(w).Text, "in the network namespace of process 7"))
	w.Namespaces[0].Devices = []world.Device{}
	qt.Check(t, qt.Equals(findThere(w), There{}))
}

// A mode that dilih has chosen itself gives way to the one that every device has. One that was asked for does not.
func TestModeFallsBack(t *testing.T) {
	attach := Step{Argv: []string{"bpftool", "net", "attach", native, "pinned", "/pins/xdp_dilih", "dev", "eth0"}, Namespace: 100, Device: 2}
	for _, chosen := range []bool{true, false} {
		s := &Session{Wish: Wish{Verb: Up, Mode: native, ModeChosen: chosen}, Complete: true, Own: 100, Tried: []Try{{Step: attach}}}
		err, fatal := s.Failed(0, "Error: too large MTU")
		qt.Check(t, qt.IsFalse(fatal))
		qt.Check(t, qt.ErrorMatches(err, ".*eth0.*too large MTU.*"))
		qt.Check(t, qt.Equals(s.Wish.Undo, !chosen))
		qt.Check(t, qt.Equals(s.Wish.Mode, map[bool]string{true: generic, false: native}[chosen]))
	}
}
