// SPDX-License-Identifier: MIT

package pcap

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/pcapgo"

	"dilih/bpf/abi"
	"dilih/reader/devices"
	"dilih/reader/events"
	"dilih/reader/tally"
)

const epoch = 1_700_000_000_000_000_000 // on the wall when CLOCK_MONOTONIC was 0, ns

// newRecorder makes a ledger in a new file, and a recorder with clocks of its own.
func newRecorder(t *testing.T) (l *Ledger, r *Recorder, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "drops.pcapng")
	l, err := Open(path, nil)
	qt.Assert(t, qt.IsNil(err))
	return l, recorderOf(l, "/sys/fs/bpf/dilih"), path
}

func recorderOf(l *Ledger, pin string) *Recorder {
	r := l.Recorder(pin)
	r.clock = newClock((&clocks{realtime: epoch}).read)
	return r
}

// dropped is an event of a packet of so many bytes, of which the first 60 at most were sent along.
func dropped(at uint64, entry uint16, length int) events.Event {
	packet := bytes.Repeat([]byte{byte(at)}, min(60, length))
	return events.Event{
		Event:  abi.Event{Timestamp: at, Type: abi.Drop, Rule: entry},
		Length: uint32(length),
		Packet: packet,
	}
}

// snapshot has the faults in force as those of the generation, eth0, and so many drops by the time.
func snapshot(at uint64, generation uint32, dropped uint64, faults ...string) tally.Snapshot {
	s := tally.Snapshot{
		Counted:    at,
		Generation: generation,
		Devices:    []devices.Device{{Name: "eth0", Index: 2, Mode: "generic"}},
	}
	s.Totals.Dropped.Packets = dropped
	for i, text := range faults {
		s.Rules = append(s.Rules, tally.Rule{Entry: entry(generation, i), Text: text, Drops: true})
	}
	return s
}

func entry(generation uint32, i int) uint16 {
	return uint16(generation%abi.Banks*abi.MaxRules) + uint16(i)
}

func take(t *testing.T, r *Recorder, s tally.Snapshot) {
	t.Helper()
	qt.Assert(t, qt.IsNil(r.Take(s)))
}

// packet is what a file says about a packet.
type packet struct {
	at      int64 // ns since the epoch
	length  int
	data    []byte
	on      string
	comment string
	way     pcapgo.NgEpbFlag // 0 if it is not told
	by      pcapgo.NgEpbVerdictType
	verdict []byte // nil if there is none
}

// readBack reads what is in a file, however short it is, with the library's reader. last is the
// comment of its last section.
func readBack(t *testing.T, file []byte) (packets []packet, last string) {
	t.Helper()
	reader, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	qt.Assert(t, qt.IsNil(err))
	for {
		data, info, options, err := reader.ReadPacketDataWithOptions()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return packets, reader.SectionInfo().Comment
		}
		qt.Assert(t, qt.IsNil(err))
		packets = append(packets, newPacket(t, reader, data, info, options))
	}
}

func newPacket(t *testing.T, reader *pcapgo.NgReader, data []byte, info gopacket.CaptureInfo, options pcapgo.NgPacketOptions) packet {
	t.Helper()
	on, err := reader.Interface(info.InterfaceIndex)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(options.Comments, 1))
	p := packet{at: info.Timestamp.UnixNano() - epoch, length: info.Length, data: data, on: on.Name, comment: options.Comments[0]}
	if options.Flags != nil {
		p.way = options.Flags.Direction
	}
	if len(options.Verdicts) > 0 {
		p.by, p.verdict = options.Verdicts[0].Type, options.Verdicts[0].Data
	}
	return p
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.ReadFile(path)
	qt.Assert(t, qt.IsNil(err))
	return file
}

func commentsOf(packets []packet) (texts []string) {
	for _, p := range packets {
		texts = append(texts, p.comment)
	}
	return texts
}
