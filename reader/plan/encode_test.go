// SPDX-License-Identifier: MIT

package plan

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

// encoded are the fields behind the state.
func encoded(t *testing.T, next []Step, notes []Note, failure error) []string {
	t.Helper()
	var out bytes.Buffer
	qt.Assert(t, qt.IsNil(Encode(&out, &Session{Own: 7}, next, notes, failure)))
	fields := strings.Split(out.String(), "\x00")
	qt.Assert(t, qt.Equals(fields[len(fields)-1], ""))
	var session Session
	qt.Assert(t, qt.IsNil(json.Unmarshal([]byte(fields[0]), &session)))
	qt.Check(t, qt.Equals(session.Own, 7))
	return fields[1 : len(fields)-1]
}

func TestEncode(t *testing.T) {
	name := "a;$(reboot)\n\x1b'\\"
	step := Step{Argv: []string{"ip", "link", "del", name}, Namespace: 9, Path: "/run/netns/blue", Say: "say", Done: "done", Warn: "warn"}
	batch := Step{Argv: []string{"bpftool", "batch", "file", "-"}, Stdin: "# so\nmap update a\nmap update b\n", Fails: optional}
	qt.Check(t, qt.DeepEquals(encoded(t, []Step{step, batch, waiting("0.05", "")}, []Note{{Text: "n"}, {"w", true}}, nil), []string{
		"say", "n", "warn", "w",
		"step", "9", "/run/netns/blue", "-", `nsenter --net=/run/netns/blue -- ip link del $'a;$(reboot)\n\x1b\'\\'`, "say", "done", "warn", "",
		"4", "ip", "link", "del", name,
		"step", "", "", "optional", "bpftool batch file - # 2 writes", "", "", "", batch.Stdin, "4", "bpftool", "batch", "file", "-",
		"step", "", "", "wait", "sleep 0.05", "", "", "", "", "2", "sleep", "0.05",
		"more",
	}))
	qt.Check(t, qt.DeepEquals(encoded(t, nil, nil, nil), []string{"done", "0", "", ""}))
	qt.Check(t, qt.DeepEquals(encoded(t, nil, nil, refuse(3, "eth0", "no\x00where", "")), []string{"fail", "3", "eth0: no?where"}))
}

func TestDryRunNamesWhatOnlyTheKernelKnows(t *testing.T) {
	w, r := loadedBed(t)
	entryOf(&w.Pinned, "output_map").Frozen = true
	session := Session{}
	next, _, err := session.DryRun(w, r)
	qt.Assert(t, qt.IsNil(err))
	var lines []string
	for _, step := range next {
		lines = append(lines, step.String())
	}
	text := strings.Join(lines, "\n")
	qt.Check(t, qt.StringContains(text, "bpftool map pin id MAP_ID /sys/fs/bpf/dilih-new/output_map\n"))
	qt.Check(t, qt.StringContains(text, "bpftool net attach xdpgeneric pinned /sys/fs/bpf/dilih-new/xdp_dilih dev eth0 overwrite\n"))
	qt.Check(t, qt.Equals(lines[len(lines)-1], "rm -r -- /sys/fs/bpf/dilih-new"))
}
