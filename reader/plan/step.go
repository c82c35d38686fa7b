// SPDX-License-Identifier: MIT

package plan

import (
	"slices"

	"dilih/reader/world"
)

// Step is one command to run.
type Step struct {
	Argv  []string
	Stdin string // of `bpftool batch file -`

	// Namespace is the inode of the network namespace to run it in, and Path how to enter that; 0 and "": any.
	Namespace uint64
	Path      string

	Reason string // why it is run, for people
	Say    string // what to tell before it; "": nothing
	Done   string // what to tell once it has succeeded
	Warn   string // a warning, once it has succeeded
	Fails  string // what to say if it fails, with the command's own words in the place of %s
	Wait   bool   // it only lets time pass, so it may be repeated
	Last   bool   // only the kernel knows what comes next: ask again
	After  bool   // it cannot be taken back, so that it has to be seen before that all steps before it had their effect
	Retry  bool   // if it fails, ask again: another user may have taken a name, or the faults are active and this tidies up

	// Device is the index of the one that it changes in its namespace, 0: none. If the step fails, the others go on.
	Device int

	stranger bool // it moves aside what another user has put at one of our names

	effect func(*world.World) // what it changes
}

// steps that go together: none of the decisions depends on the state between them.
type steps = []Step

func one(step Step) steps { return steps{step} }

// waiting is a step that lets some time pass.
func waiting(time, reason string) Step {
	return Step{Argv: []string{"sleep", time}, Reason: reason, Wait: true, effect: func(*world.World) {}}
}

// remove takes the names out of a directory of pins.
func removeEntries(dir *world.Directory, names ...string) {
	dir.Inside = slices.DeleteFunc(dir.Inside, func(entry world.Entry) bool { return slices.Contains(names, entry.Name) })
}

func addEntry(dir *world.Directory, entry world.Entry) {
	removeEntries(dir, entry.Name)
	dir.Inside = append(dir.Inside, entry)
}
