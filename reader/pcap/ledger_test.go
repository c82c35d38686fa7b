// SPDX-License-Identifier: MIT

package pcap

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/gopacket/gopacket/pcapgo"

	"dilih/bpf/abi"
	"dilih/reader/events"
)

// What is written is what happened: in the order of time, with all that is known about it.
func TestLedger(t *testing.T) {
	l, r, path := newRecorder(t)
	r.Event(events.Event{Event: abi.Event{Timestamp: 1, Type: abi.Enter}})
	r.Event(events.Event{Event: abi.Event{Timestamp: 2, Type: abi.Pass}, Packet: []byte("not dropped")})
	r.Event(dropped(7, entry(3, 0), 1514))
	r.Event(dropped(5, entry(3, 1), 42)) // of another CPU
	take(t, r, snapshot(10, 3, 6, "drop 50% tcp", "drop 1% burst 4"))
	qt.Assert(t, qt.IsNil(l.Close()))

	packets, last := readBack(t, contents(t, path))
	in, xdp := pcapgo.NgEpbFlagDirectionInbound, pcapgo.NgEpbVerdictTypeLinuxeBPFXDP
	drop := []byte{1, 0, 0, 0, 0, 0, 0, 0} // XDP_DROP
	qt.Assert(t, qt.CmpEquals(packets, []packet{
		{5, 42, bytes.Repeat([]byte{5}, 42), "eth0", "drop 1% burst 4", in, xdp, drop},
		{7, 1514, bytes.Repeat([]byte{7}, 60), "eth0", "drop 50% tcp", in, xdp, drop},
	}, compared))
	qt.Assert(t, qt.Equals(last, "2 of 6 drops recorded"))
	qt.Assert(t, qt.Equals(l.Summary(), "2 of 6 drops recorded in "+path))
}

// The file is complete after each Take, not only in the end, and each Take adds to it.
func TestLedgerAtEachTake(t *testing.T) {
	_, r, path := newRecorder(t)
	for i := range uint64(500) {
		take(t, r, snapshot(10*i, 1, 2*i, "drop 50%"))
		packets, last := readBack(t, contents(t, path))
		qt.Assert(t, qt.HasLen(packets, int(i)))
		qt.Assert(t, qt.Equals(last, summaryOf(i, 2*i)))
		r.Event(dropped(10*i+5, entry(1, 0), 60))
	}
}

// However the file is cut off, what is left of it can be read up to the last whole packet.
func TestLedgerCutOff(t *testing.T) {
	l, r, path := newRecorder(t)
	for i := range uint64(60) {
		r.Event(dropped(i, entry(1, 0), 40+int(i)))
	}
	take(t, r, snapshot(100, 1, 60, "drop 100%"))
	qt.Assert(t, qt.IsNil(l.Close()))
	whole := contents(t, path)
	start := bytes.Index(whole, []byte("eth0")) + 64 // after the first interface
	packets, last := readBack(t, whole)
	qt.Assert(t, qt.HasLen(packets, 60))
	qt.Assert(t, qt.Equals(last, "60 of 60 drops recorded"))
	for end := start; end <= len(whole); end++ {
		blocks, _ := split(whole[:end])
		want := 0
		for _, block := range blocks {
			if block[0] == 6 { // an enhanced packet block
				want++
			}
		}
		packets, _ := readBack(t, whole[:end])
		qt.Assert(t, qt.HasLen(packets, want))
	}
}

// A pipe gets all packets at each Take, and the last comment in the end.
func TestLedgerStream(t *testing.T) {
	var pipe bytes.Buffer
	l, err := Open("-", &pipe)
	qt.Assert(t, qt.IsNil(err))
	r := recorderOf(l, "/p/dilih")
	take(t, r, snapshot(0, 1, 0, "drop 100%"))
	r.Event(dropped(5, entry(1, 0), 60))
	take(t, r, snapshot(10, 1, 1, "drop 100%"))
	packets, last := readBack(t, pipe.Bytes())
	qt.Assert(t, qt.HasLen(packets, 1))
	qt.Assert(t, qt.Equals(last, ""))
	qt.Assert(t, qt.IsNil(l.Close()))
	_, last = readBack(t, pipe.Bytes())
	qt.Assert(t, qt.Equals(last, "1 of 1 drops recorded"))
	qt.Assert(t, qt.Equals(strings.Count(pipe.String(), "recorded"), 1))
}

// Until something is taken nothing is written: the reader may fail to start.
func TestLedgerUnused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old")
	qt.Assert(t, qt.IsNil(os.WriteFile(path, bytes.Repeat([]byte("old"), 1000), 0o644)))
	l, err := Open(path, nil)
	qt.Assert(t, qt.IsNil(err))
	r := recorderOf(l, "/p/dilih")
	r.Event(dropped(5, 0, 60))
	qt.Assert(t, qt.IsNil(l.Close()))
	qt.Assert(t, qt.Equals(l.Summary(), ""))
	qt.Assert(t, qt.Equals(string(contents(t, path)), strings.Repeat("old", 1000)))

	l, _, path = newRecorder(t)
	qt.Assert(t, qt.IsNil(l.Close()))
	_, err = os.Stat(path)
	qt.Assert(t, qt.ErrorIs(err, os.ErrNotExist))
}

// A file that was there is emptied.
func TestLedgerReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old")
	qt.Assert(t, qt.IsNil(os.WriteFile(path, make([]byte, 100_000), 0o644)))
	l, err := Open(path, nil)
	qt.Assert(t, qt.IsNil(err))
	take(t, recorderOf(l, "/p/dilih"), snapshot(1, 1, 0))
	qt.Assert(t, qt.IsNil(l.Close()))
	_, last := readBack(t, contents(t, path))
	qt.Assert(t, qt.Equals(last, "0 of 0 drops recorded"))
	blocks, rest := split(contents(t, path))
	qt.Assert(t, qt.HasLen(blocks, 3))
	qt.Assert(t, qt.HasLen(rest, 0))
}

// What cannot be written is an error at each Take from then on, and at the end.
func TestLedgerDiskFull(t *testing.T) {
	l, r, _ := newRecorder(t)
	full := &disk{room: 3000}
	l.pages.file = full
	var err error
	for i := uint64(0); err == nil; i++ {
		r.Event(dropped(i, entry(1, 0), 60))
		err = r.Take(snapshot(i, 1, i+1, "drop 100%"))
	}
	qt.Assert(t, qt.ErrorIs(err, errFull))
	qt.Assert(t, qt.ErrorIs(r.Take(snapshot(1000, 1, 1000)), errFull))
	qt.Assert(t, qt.ErrorIs(l.Close(), errFull))
	packets, _ := readBack(t, full.bytes)
	qt.Assert(t, qt.IsTrue(len(packets) > 10))
	qt.Assert(t, qt.StringContains(l.Summary(), fmt.Sprintf("%d of 1000 drops recorded", len(packets))))
	_, rest := split(full.bytes)
	qt.Assert(t, qt.HasLen(rest, 0))
}

func TestOpen(t *testing.T) {
	directory := t.TempDir()
	for _, path := range []string{directory, filepath.Join(directory, "no", "file")} {
		_, err := Open(path, nil)
		qt.Assert(t, qt.ErrorMatches(err, "write what is dropped: open "+path+": .*"))
		qt.Assert(t, qt.Not(qt.ErrorIs(err, os.ErrNotExist)))
	}
	_, _, path := newRecorder(t)
	stat, err := os.Stat(path)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(stat.Mode(), 0o600))
}

// A link leads to where somebody else may have wanted it to lead.
func TestLedgerFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	qt.Assert(t, qt.IsNil(os.WriteFile(target, []byte("kept"), 0o600)))
	qt.Assert(t, qt.IsNil(os.Symlink(target, link)))
	_, err := Open(link, nil)
	qt.Assert(t, qt.ErrorMatches(err, ".*is a link: name the file itself"))
	qt.Assert(t, qt.Equals(string(contents(t, target)), "kept"))
}
