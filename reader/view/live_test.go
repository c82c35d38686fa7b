// SPDX-License-Identifier: MIT

package view

import (
	"strings"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"dilih/reader/tally"
	"dilih/reader/testpty"
)

// frames are the pictures that a live view drew, without what it said before the first and after the
// last.
func frames(written string) (frames []string) {
	for _, part := range strings.Split(written, beginFrame)[1:] {
		frame, _, _ := strings.Cut(part, endFrame)
		frames = append(frames, frame)
	}
	return frames
}

func TestLive(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	terminal := testpty.Open(t, 80, 24)
	live := NewLive(terminal.Slave, nil, nil, false)
	for range 3 {
		qt.Assert(t, qt.IsNil(live.Show(only(various))))
	}
	qt.Assert(t, qt.IsNil(live.End(only(various))))
	written := terminal.Await("12 lost", 4)
	qt.Assert(t, qt.Equals(strings.Count(written, enterScreen), 1))
	qt.Assert(t, qt.Equals(strings.Count(written, leaveScreen), 1))
	qt.Assert(t, qt.HasLen(frames(written), 3))
	for _, frame := range frames(written) {
		checkFrame(t, frame, 80, 24)
		qt.Assert(t, qt.StringContains(frame, "\x1b[31m"))
	}
	// The last table stays, whole: it may be higher than the window.
	_, last, _ := strings.Cut(written, leaveScreen)
	qt.Assert(t, qt.StringContains(last, "5% of flows"))
	qt.Assert(t, qt.IsFalse(strings.Contains(last, "enlarge the window")))
}

// checkFrame wants a frame that stays within the window and leaves nothing of an older one in sight.
func checkFrame(t *testing.T, frame string, width, height int) {
	t.Helper()
	lines := strings.Split(frame, "\r\n")
	qt.Assert(t, qt.IsTrue(len(lines) <= height))
	for _, line := range lines {
		text, erased := strings.CutSuffix(line, endLine)
		qt.Assert(t, qt.IsTrue(erased), qt.Commentf("%q", line))
		qt.Assert(t, qt.IsTrue(twwidth.Width(text) <= width), qt.Commentf("%q", line))
	}
}

func TestLiveFollowsTheWindow(t *testing.T) {
	terminal := testpty.Open(t, 200, 50)
	live := NewLive(terminal.Slave, nil, nil, true)
	qt.Assert(t, qt.IsNil(live.Show(only(crowded))))
	for i, size := range [][2]int{{80, 24}, {40, 10}, {20, 3}, {1, 1}, {120, 60}} {
		terminal.Resize(size[0], size[1])
		qt.Assert(t, qt.IsNil(live.Redraw()))
		terminal.Await(endFrame, i+2)
		drawn := frames(terminal.Written())
		checkFrame(t, drawn[len(drawn)-1], size[0], size[1])
	}
	qt.Assert(t, qt.IsNil(live.Close()))
}

func TestLiveWithoutColour(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	terminal := testpty.Open(t, 80, 24)
	live := NewLive(terminal.Slave, nil, nil, false)
	qt.Assert(t, qt.IsNil(live.Show(only(various, shadow))))
	qt.Assert(t, qt.IsNil(live.Close()))
	written := terminal.Await(leaveScreen, 1)
	qt.Assert(t, qt.StringContains(written, "SHADOW"))
	for _, code := range []string{"\x1b[1", "\x1b[2m", "\x1b[3"} {
		qt.Assert(t, qt.IsFalse(strings.Contains(written, code)), qt.Commentf("%q", code))
	}
}

// After Close the terminal is as before; Redraw takes it again, as after fg in the shell.
func TestLiveCloses(t *testing.T) {
	terminal := testpty.Open(t, 80, 24)
	live := NewLive(terminal.Slave, nil, nil, false)
	qt.Assert(t, qt.IsNil(live.Close())) // nothing was opened
	qt.Assert(t, qt.IsNil(live.Show(only())))
	qt.Assert(t, qt.IsNil(live.Close()))
	qt.Assert(t, qt.IsNil(live.Close()))
	qt.Assert(t, qt.IsNil(live.Redraw()))
	qt.Assert(t, qt.IsNil(live.Close()))
	written := terminal.Await(leaveScreen, 2)
	qt.Assert(t, qt.Equals(strings.Count(written, enterScreen), 2))
	qt.Assert(t, qt.IsTrue(strings.HasSuffix(written, leaveScreen)))
}

// Notes are in the picture, since anything else written to the terminal would tear it.
func TestLiveNotes(t *testing.T) {
	terminal := testpty.Open(t, 80, 24)
	live := NewLive(terminal.Slave, nil, nil, false)
	at := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, text := range []string{"oldest", "older", "new faults are in force"} {
		live.Note(tally.Note{Time: at, Pin: "/p", Text: text})
	}
	qt.Assert(t, qt.IsNil(live.Show(only(crowded))))
	terminal.Await(endFrame, 1)
	frame := frames(terminal.Written())[0]
	checkFrame(t, frame, 80, 24)
	qt.Assert(t, qt.StringContains(frame, "12:00:00 /p: new faults are in force"))
	qt.Assert(t, qt.StringContains(frame, "older"))
	qt.Assert(t, qt.IsFalse(strings.Contains(frame, "oldest")))
	qt.Assert(t, qt.IsNil(live.Close()))
}
