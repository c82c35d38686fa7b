// SPDX-License-Identifier: MIT

package plan

import (
	"dilih/bpf/abi"
	"dilih/reader/fault"
)

// Verb is what is to be done.
type Verb string

// The verbs that change what is attached.
const (
	Up    Verb = "up"
	Fault Verb = "fault"
	Down  Verb = "down"

	Recover Verb = "recover" // only puts in order what was cut off, before any of the others
)

// Wish is how a verb wants the world to be. Complete fixes all of it after the first look, under the lock, so that it
// is the same for every call of Next, and Next can tell when the verb is done. It can be kept as JSON in between.
type Wish struct {
	Verb  Verb
	Begun uint64 // ns of CLOCK_BOOTTIME
	Tree  string // the directory that steps are run in
	// Objects is a hash of the objects in Tree.
	Objects string

	Devices []Place // to attach to, or to detach from
	All     bool    // detach from all devices
	Mode    string  // of XDP, on Devices
	// ModeChosen: nobody asked for this mode, so another one does if the device cannot have it.
	ModeChosen bool

	// The faults that are to be active, in canonical form. None: those that are active stay, with their seed.
	Guards, Faults []string
	Seed           uint64
	Shadow         bool
	Events         abi.EventMode
	Snaplen        uint16
	Lease          string // as it was given; "": the deadline stays as it is
	Deadline       uint64 // ns of CLOCK_BOOTTIME, 0: never

	NewMaps    bool   // the programs get maps of their own, in which the counts begin at 0
	NewEvents  bool   // the programs get an event map of their own
	Generation uint32 // of the faults, once they are active

	Group, EventsGroup Group
	SplitSegments      bool // TCP is to hand over single segments

	// What there was before: programs, by id, and where they were attached, so that it can be restored.
	Loaded []uint32
	Before []Attachment
	Undo   bool // restore it

	Failed    []Failure // what could not be done so far
	Strangers int       // how often another user had taken one of our names
}

// Place is a device, by the inode of its network namespace and its index.
type Place struct {
	Namespace uint64
	Device    int
}

// Attachment is an XDP program of ours on a device.
type Attachment struct {
	Place
	Mode string
}

// Group is a group of users, by name or number; a GID of 0 is root's, which is nobody's.
type Group struct {
	Name string
	GID  uint32
}

// Failure is what could not be done at a device, or in a whole namespace (Device 0). Next leaves it alone.
type Failure struct {
	Place
	Reason string
}

// patience is how long a verb waits for packets in queues. None can wait longer than 10 s.
const patience = 12_000_000_000 // ns

// letGo is how long the kernel may take to free a program that nothing uses, by far.
const letGo = 2_000_000_000 // ns

// set is the set of faults that is wished for. The texts have been parsed before.
func (w *Wish) set() (set fault.Set, err error) {
	set = fault.Set{Seed: w.Seed, Shadow: w.Shadow, Events: w.Events, Snaplen: w.Snaplen, Deadline: w.Deadline}
	for _, text := range w.Guards {
		guards, err := fault.ParseGuards(text)
		if err != nil {
			return set, err
		}
		set.Faults = append(set.Faults, guards...)
	}
	for _, text := range w.Faults {
		faults, err := fault.Parse("fault", text)
		if err != nil {
			return set, err
		}
		set.Faults = append(set.Faults, faults...)
	}
	return set, nil
}

// failedAt reports whether the device, or its whole namespace, is to be left alone.
func (w *Wish) failedAt(namespace uint64, device int) bool {
	for _, failure := range w.Failed {
		if failure.Namespace == namespace && (failure.Device == 0 || failure.Device == device) {
			return true
		}
	}
	return false
}

// Note records that the step failed, and reports whether the verb can go on without it: in other network namespaces than
// its own, and where it only detaches, or restores. Otherwise what it has done so far has to be undone.
func (w *Wish) Note(step Step, own uint64, reason string) bool {
	switch {
	case step.Retry && w.Strangers < 20:
		w.Strangers++
		return true
	case step.Namespace == 0 || step.Device == 0:
		return false
	case w.Verb == Down || w.Undo || step.Namespace != own:
		w.Failed = append(w.Failed, Failure{Place{step.Namespace, step.Device}, reason})
		return true
	}
	return false
}

// Undone is the wish to have everything as it was before.
func (w Wish) Undone() Wish {
	w.Undo = true
	return w
}
