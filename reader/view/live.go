// SPDX-License-Identifier: MIT

package view

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"dilih/reader/keyboard"
	"dilih/reader/tally"
)

// What the terminal is told. The other screen leaves what was there before untouched, and a window
// can change its size without the picture falling apart. A terminal that knows synchronized updates
// shows a frame at once; the others ignore the request.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	beginFrame  = "\x1b[?2026h\x1b[H"
	endLine     = "\x1b[K"
	endFrame    = "\x1b[J\x1b[?2026l"
)

// keptNotes is how many notes stay in sight.
const keptNotes = 2

// Live shows one table on a terminal, and redraws it in place.
type Live struct {
	terminal *os.File
	keyboard keyboard.Keyboard
	entered  bool
	frame    frame
	letters  letters
	notes    []tally.Note
	shown    []tally.Snapshot
}

// NewLive makes a view on the terminal, which calls quit when it hears a q from keys, if that is a terminal too.
// It uses colour unless NO_COLOR is set.
func NewLive(terminal, keys *os.File, quit func(), histogram bool) *Live {
	return &Live{
		terminal: terminal, letters: ofLocale(), keyboard: keyboard.New(keys, quit),
		frame: frame{histogram: histogram, colour: os.Getenv("NO_COLOR") == ""},
	}
}

// Show implements View.
func (l *Live) Show(snapshots []tally.Snapshot) error {
	l.frame.add(snapshots)
	l.shown = snapshots
	return l.Redraw()
}

// Redraw implements View.
func (l *Live) Redraw() error {
	width, height, err := size(l.terminal)
	if err != nil {
		return err
	}
	if err := l.keyboard.Take(); err != nil {
		return err
	}
	lines := l.lines(width, height)
	shown := l.letters.write(lines[:min(len(lines), height)])
	text := beginFrame + strings.ReplaceAll(shown, "\n", endLine+"\n") + endLine + endFrame
	if !l.entered {
		text = enterScreen + text
		l.entered = true
	}
	return l.write(text)
}

// lines are the frame, and under it the last notes and what keys there are.
func (l *Live) lines(width, height int) []string {
	var notes []string
	for _, note := range l.notes {
		text := fmt.Sprintf("%s %s: %s", note.Time.Format("15:04:05"), note.Pin, note.Text)
		notes = append(notes, l.frame.dim(fit(text, width)))
	}
	if l.keyboard.Taken() {
		notes = append(notes, l.frame.dim(fit("q ends this", width)))
	}
	if height > 0 {
		height = max(1, height-len(notes))
	}
	l.frame.width, l.frame.height = width, height
	return append(l.frame.lines(l.shown), notes...)
}

// Note implements View.
func (l *Live) Note(note tally.Note) {
	l.notes = append(l.notes, note)
	l.notes = l.notes[max(0, len(l.notes)-keptNotes):]
}

// End implements View: the last table goes where everything else on the terminal goes.
func (l *Live) End(snapshots []tally.Snapshot) error {
	l.frame.add(snapshots)
	l.shown = snapshots
	width, _, err := size(l.terminal)
	if err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	return l.write(l.letters.write(l.lines(width, 0)) + "\n")
}

// Close implements View.
func (l *Live) Close() error {
	if !l.entered {
		return nil
	}
	l.entered = false
	return errors.Join(l.keyboard.GiveBack(), l.write(leaveScreen))
}

func (l *Live) write(text string) error {
	if _, err := l.terminal.WriteString(text); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}
