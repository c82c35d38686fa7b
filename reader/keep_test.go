// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/reader/advice"
	"dilih/reader/keeper"
	"dilih/reader/usage"
)

// keptHost lets a test say what goes wrong, and notes what is done to it.
type keptHost struct {
	up, report error
	stolen     bool
	done       string
}

func (h *keptHost) Now() time.Duration             { return time.Hour }
func (h *keptHost) Up(time.Duration) error         { h.done += "up "; return h.up }
func (h *keptHost) Renew(time.Duration) error      { h.done += "renew "; return nil }
func (h *keptHost) Down() error                    { h.done += "down "; return nil }
func (h *keptHost) Report() (keeper.Report, error) { return keeper.Report{Seed: 7}, h.report }
func (h *keptHost) Warn(string)                    {}
func (h *keptHost) Pins() keeper.Pins {
	if h.stolen && h.done != "" {
		return keeper.Pins{}
	}
	return keeper.Pins{Inode: 1}
}

// Whatever goes wrong, what was made active is removed.
func TestKeep(t *testing.T) {
	line, ended := `{"faults":null,"devices":null,"seed":7,"shadow":false,"counts":null}`+"\n", make(chan struct{})
	close(ended)
	for _, test := range []struct {
		host  keptHost
		done  string
		lines string
		code  int
	}{
		{keptHost{}, "up down ", line + line, advice.Fine},
		{keptHost{up: advice.Told(5)}, "up ", "", 5},
		{keptHost{report: errors.New("unread")}, "up down ", "", advice.Failed},
		{keptHost{stolen: true}, "up ", line + "null\n", advice.Failed},
	} {
		var lines bytes.Buffer
		err := keep(&test.host, keeper.Forever, ended, json.NewEncoder(&lines))
		code := advice.For(err).Code
		if told := advice.Told(0); errors.As(err, &told) {
			code = int(told)
		}
		qt.Check(t, qt.Equals(code, test.code))
		qt.Check(t, qt.Equals(test.host.done, test.done))
		qt.Check(t, qt.Equals(lines.String(), test.lines))
	}
}

func TestLongestTime(t *testing.T) {
	for text, longest := range map[string]time.Duration{"90s": 90 * time.Second, "1d2h": 26 * time.Hour, "forever": keeper.Forever} {
		found, err := longestTime(text)
		qt.Check(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(found, longest))
	}
	_, err := longestTime("eternity")
	qt.Check(t, qt.ErrorMatches(err, `FOR=eternity: "eternity" is not a time: .*`))
	qt.Check(t, qt.ErrorIs(err, usage.Err))
}
