// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strings"

	"dilih/reader/world"
)

// Session is a verb under way: what has to be kept from one call of Next to the following.
type Session struct {
	Wish     Wish
	Complete bool // the wish is; before, only what was cut off is put in order
	Own      uint64
	Error    string         // what has failed, so that everything is undone
	Tried    []Try          // the steps of the call before this one
	Repeated map[string]int // how often steps were run after which only the kernel knows what comes next
	There    There          // where the devices are, when it is done
}

// There is a network namespace that has devices of ours, if this one has none.
type There struct {
	Namespace uint64
	Path      string
	Text      string // in NAME
}

// Try is a step that was carried out.
type Try struct {
	Step Step // without texts
	Key  string
}

// Next returns the next steps of the verb. In the first call, and in those that follow until everything that was cut off
// is in order, the request is made a wish.
func (s *Session) Next(w world.World, r Request) (next []Step, notes []Note, err error) {
	if s.Wish.Verb == "" {
		s.Wish = Wish{Verb: Recover, Begun: w.Now}
		s.Own = ownNamespace(w)
	}
	s.There = findThere(w)
	next, err = Next(w, s.Wish)
	if len(next) == 0 && err == nil && !s.Complete {
		strangers := s.Wish.Strangers
		if s.Wish, notes, err = Complete(w, r); err != nil {
			return nil, notes, err
		}
		s.Complete, s.Wish.Strangers = true, strangers
		next, err = Next(w, s.Wish)
	}
	if idle := s.idle(next); idle != nil {
		return s.withoutEffect(w, r, *idle)
	}
	if len(next) == 0 && err == nil && s.Error != "" {
		err = refuse(failed, "", "", "") // which has been told
	}
	if rest := stillAttached(w, s.Wish); len(next) == 0 && err == nil && len(rest) > 0 {
		notes = append(notes, Note{Text: fmt.Sprintf("still attached to %s: the pins in %s stay", strings.Join(rest, " "), w.Pinned.Name)})
	}
	return s.remember(next), notes, err
}

// findThere is the first namespace with devices of ours, unless this one has some.
func findThere(w world.World) There {
	p := &planner{World: w}
	var there There
	for at := range p.places {
		switch {
		case p.ourXDP(at.Device) == nil:
		case at.namespace.Own:
			return There{}
		case there.Path == "":
			there = There{at.namespace.Inode, at.namespace.Path, strings.TrimPrefix(at.namespaceText(), " ")}
		}
	}
	return there
}

func ownNamespace(w world.World) uint64 {
	for i := range w.Namespaces {
		if w.Namespaces[i].Own {
			return w.Namespaces[i].Inode
		}
	}
	return 0
}

func (s *Session) remember(next []Step) []Step {
	s.Tried = nil
	for _, step := range next {
		if step.stranger {
			s.Wish.Strangers++
		}
		s.Tried = append(s.Tried, Try{
			Step{Namespace: step.Namespace, Device: step.Device, Retry: step.Retry, Wait: step.Wait, Fails: step.Fails, Argv: step.Argv}, step.key(),
		})
	}
	return next
}

// key tells steps apart.
func (s Step) key() string { return fmt.Sprint(s.Namespace, s.Argv, len(s.Stdin)) }

// idle finds a step whose command has reported a success that was none: it is the next once more, or it has been run
// several times.
func (s *Session) idle(next []Step) *Step {
	for i := range next {
		step := &next[i]
		if step.Wait || step.Retry || i > 0 && !step.Last {
			continue
		}
		key := step.key()
		if i == 0 && slices.ContainsFunc(s.Tried, func(t Try) bool { return t.Key == key }) {
			return step
		}
		if step.Last {
			if s.Repeated == nil {
				s.Repeated = make(map[string]int)
			}
			if s.Repeated[key]++; s.Repeated[key] > 3 {
				return step
			}
		}
	}
	return nil
}

// withoutEffect goes on as if the step had failed.
func (s *Session) withoutEffect(w world.World, r Request, step Step) (next []Step, notes []Note, err error) {
	s.remember([]Step{step})
	err, fatal := s.Failed(0, fmt.Sprintf("Error: %s reported success, but that had no effect", step.Argv[0]))
	if fatal {
		return nil, nil, err
	}
	if err != nil {
		notes = []Note{{Text: err.Error(), Warning: true}}
	}
	next, _, err = s.Next(w, r)
	return next, notes, err
}

// Failed notes that a step of the call before failed, with what its command said. The error is what to tell, and fatal
// whether nothing more can be done. Otherwise the next steps go on without it, or undo what was done.
func (s *Session) Failed(step int, said string) (err error, fatal bool) {
	if step < 0 || step >= len(s.Tried) {
		return fmt.Errorf("there is no step %d", step), true
	}
	failed := s.Tried[step].Step
	s.Tried = nil
	if s.fallsBack(failed) {
		return refuse(2, "", fmt.Sprintf("%s cannot be attached to in mode %s (%s): %s is used instead, in which TCP senders on this"+
			" machine become slow", failed.Argv[7], native, kernelReason(said), generic), ""), false
	}
	reason := failureText(failed, said)
	if s.Wish.Note(failed, s.Own, reason) {
		return nil, false
	}
	if s.Wish.Undo || !s.Complete || s.Wish.Verb == Down {
		return refuse(2, "", reason, ""), true
	}
	s.Interrupt()
	s.Error = reason
	return refuse(2, "", reason, ""), false
}

// fallsBack changes the mode, if the step failed to attach in one that nobody asked for. A device that has that mode
// already would be without a program in between.
func (s *Session) fallsBack(failed Step) bool {
	attach := []string{"bpftool", "net", "attach", native} // ... pinned FILE dev DEVICE
	if !s.Wish.ModeChosen || s.Wish.Undo || s.Wish.Mode != native || len(failed.Argv) != 8 ||
		!slices.Equal(failed.Argv[:len(attach)], attach) || slices.ContainsFunc(s.Wish.Before, func(a Attachment) bool {
		return a.Mode == native && slices.Contains(s.Wish.Devices, a.Place)
	}) {
		return false
	}
	s.Wish.Mode = generic
	return true
}

// Interrupt makes the next steps undo what was done.
func (s *Session) Interrupt() {
	s.Tried = nil
	if s.Complete && s.Wish.Verb != Down {
		s.Wish = s.Wish.Undone()
	}
}

// failureText is what to tell of a step that failed.
func failureText(step Step, said string) string {
	reason := kernelReason(said)
	if slices.Contains(step.Argv, "loadall") {
		reason = lastLines(said)
	}
	if step.Fails != "" && step.Fails != optional {
		return strings.ReplaceAll(step.Fails, "%s", reason)
	}
	return strings.Join(step.Argv, " ") + ": " + reason
}

// lastLines are the end of what the verifier has said.
func lastLines(said string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(said)) {
		line = strings.TrimPrefix(strings.TrimRight(line, "\n"), "Error: ")
		if !strings.HasPrefix(line, "Warning: bpf") && !strings.HasPrefix(line, "If it used") {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return "it failed, and does not say why"
	}
	return strings.Join(lines[max(0, len(lines)-6):], "\n")
}

// kernelReason finds the kernel's reason among what a command has said.
func kernelReason(said string) string {
	var reasons []string
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		for _, prefix := range []string{"libbpf: Kernel error message: ", "Error: ", "RTNETLINK answers: ", "mkdir: ", "mv: ", "rm: "} {
			if rest, is := strings.CutPrefix(line, prefix); is {
				reasons = append(reasons, rest)
			}
		}
	}
	if len(reasons) == 0 {
		return "it failed, and does not say why"
	}
	return strings.Join(reasons, " ")
}

// DryRun returns all steps of the verb, for people to read.
func (s *Session) DryRun(w world.World, r Request) ([]Step, []Note, error) {
	cut, err := DryRun(w, Wish{Verb: Recover, Begun: w.Now})
	if err != nil || len(cut) > 0 {
		return cut, []Note{{Text: "first, what was cut off is put in order; try again after that", Warning: true}}, err
	}
	wish, notes, err := Complete(w, r)
	if err != nil {
		return nil, notes, err
	}
	steps, err := DryRun(w, wish)
	return steps, notes, err
}
