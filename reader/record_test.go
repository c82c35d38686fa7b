// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/advice"
	"dilih/reader/fault/faulttest"
	"dilih/reader/testpty"
	"dilih/scripts/test/testenv"
)

// What tshark lists is what was sent and dropped: how long it was, what was in it, and why.
func TestPcap(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 40% udp dport 53; drop 100% udp dport 99; drop 10% ip")
	loaded.Packets(5, 60) // passes, before the reader
	send(t, loaded, frame(t, 99, 5, 'x'))
	before := time.Now()
	p, file := record(t, loaded)
	texts := map[int]string{53: "drop 40% udp dport 53", 99: "drop 100% udp dport 99", 80: "drop 10% ip"}
	var want []string
	for i := range 300 {
		port := []int{53, 80, 99}[i%3]
		packet := frame(t, port, 18+i, 'a'+byte(i%26)) // short ones get padding
		if send(t, loaded, packet) {
			kept := packet[:min(len(packet), 96)]
			want = append(want, fmt.Sprintf("%d\t%d\t%s\t1\tdilih\t%d\t%s", len(packet), len(kept), texts[port],
				port, hex.EncodeToString(kept[42:])))
		}
	}
	p.signal(syscall.SIGTERM)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine), qt.Commentf("%s", p.stderr.String()))
	got := tshark(t, file, "frame.len", "frame.cap_len", "frame.comment", "frame.verdict.ebpf_xdp",
		"frame.interface_name", "udp.dstport", "udp.payload")
	qt.Assert(t, qt.DeepEquals(got, want))
	qt.Assert(t, qt.IsTrue(len(want) > 100 && len(want) < 250), qt.Commentf("%d", len(want)))

	summary := fmt.Sprintf("%d of %d drops recorded", len(want), loaded.Totals().Dropped.Packets-1)
	qt.Assert(t, qt.Equals(lastComment(t, file), summary))
	qt.Assert(t, qt.StringContains(p.stderr.String(), "dilih-reader: "+summary+" in "+file))
	qt.Assert(t, qt.HasLen(see(t, "tcpdump", "-nr", file), len(want)))
	checkTimes(t, tshark(t, file, "frame.time_epoch"), before, time.Now())
}

// What was to leave is in the file as well, and says so. All drops are counted together.
func TestPcapOut(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop every 2 udp; drop every 3 out udp")
	p, file := record(t, loaded)
	for range 6 {
		send(t, loaded, frame(t, 99, 5, 'x'))
		loaded.RunAt(abi.HookTCOut, frame(t, 53, 5, 'x'))
	}
	p.await("drop every 3 out udp", 1)
	faulttest.Force(loaded, "drop 100% out", faulttest.Shadow)
	loaded.RunAt(abi.HookTCOut, frame(t, 80, 5, 'x'))
	p.signal(syscall.SIGTERM)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine), qt.Commentf("%s", p.stderr.String()))
	counts := make(map[string]int)
	for _, text := range tshark(t, file, "frame.comment", "frame.packet_flags_direction", "frame.verdict.ebpf_xdp",
		"frame.verdict.ebpf_tc", "udp.dstport") {
		counts[text]++
	}
	qt.Assert(t, qt.DeepEquals(counts, map[string]int{
		"drop every 2 udp\t0x00000001\t1\t\t99":                                3,
		"drop every 3 out udp\t0x00000002\t\t4\t53":                            2,
		"drop 100% out (shadow: it passed all the same)\t0x00000002\t\t-1\t80": 1,
	}))
	qt.Assert(t, qt.Equals(lastComment(t, file), "6 of 6 drops recorded"))
}

// After `make fault` packets have the text of the fault that dropped them, the old ones too.
func TestPcapNewFaults(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop every 2")
	p, file := record(t, loaded)
	loaded.Packets(20, 60)
	faulttest.Force(loaded, "drop every 5 len 0-100")
	loaded.Packets(20, 60)
	p.await("drop every 5 len 0-100", 1)
	faulttest.Force(loaded, "drop first 3", faulttest.Shadow)
	loaded.Packets(20, 60)
	p.signal(syscall.SIGINT)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine))
	counts := make(map[string]int)
	for _, text := range tshark(t, file, "frame.comment", "frame.verdict.ebpf_xdp") {
		counts[text]++
	}
	qt.Assert(t, qt.DeepEquals(counts, map[string]int{
		"drop every 2\t1":                                  10,
		"drop every 5 len 0-100\t1":                        4,
		"drop first 3 (shadow: it passed all the same)\t2": 3,
	}))
	qt.Assert(t, qt.Equals(lastComment(t, file), "17 of 17 drops recorded"))
}

// With sampling, the last comment says how many drops there were that are not in the file.
func TestPcapSamples(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%", faulttest.Sampled)
	p, file := record(t, loaded)
	loaded.Packets(300_000, 60)
	p.signal(syscall.SIGTERM)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine))
	recorded := len(tshark(t, file, "frame.len"))
	dropped := loaded.Totals().Dropped.Packets
	qt.Assert(t, qt.IsTrue(recorded > 0 && recorded < int(dropped)/10), qt.Commentf("%d of %d", recorded, dropped))
	qt.Assert(t, qt.Equals(lastComment(t, file), fmt.Sprintf("%d of %d drops recorded", recorded, dropped)))
}

// Under a flood that does not end with the reader, the file and JSON still agree to the packet.
func TestPcapAgrees(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	p, file := record(t, loaded, "--format", "json")
	flood(t, loaded)
	testenv.Await(t, func() bool { return size(file) > 2<<20 }, p.stderr.String)
	p.signal(syscall.SIGTERM)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine))
	all := lines(t, p.stdout.String())
	dropped, recorded := all[len(all)-1].Packets.Dropped, len(tshark(t, file, "frame.len"))
	qt.Assert(t, qt.IsTrue(uint64(recorded) <= dropped))
	qt.Assert(t, qt.Equals(lastComment(t, file), fmt.Sprintf("%d of %d drops recorded", recorded, dropped)))
	t.Logf("%d of %d", recorded, dropped)
}

// However long the intervals are, what is dropped is soon in the file.
func TestPcapIsSoonThere(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	_, file := record(t, loaded, "--interval", "1h")
	loaded.Packets(3, 60)
	testenv.Await(t, func() bool { return lastComment(t, file) == "3 of 3 drops recorded" }, func() string { return lastComment(t, file) })
	qt.Assert(t, qt.HasLen(tshark(t, file, "frame.len"), 3))
}

// `--pcap -` is for a pipe: packets come out of it at once, and nothing else does.
func TestPcapPipe(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	p := prepare(t, "--pin", loaded.Pin, "--interval", "10ms", "--pcap", "-")
	reader := exec.Command("tshark", "-l", "-r", "-", "-T", "fields", "-e", "frame.len", "-e", "frame.comment")
	var seen output
	reader.Stdout = &seen
	pipe, err := reader.StdinPipe()
	qt.Assert(t, qt.IsNil(err))
	p.Cmd.Stdout = pipe
	qt.Assert(t, qt.IsNil(reader.Start()))
	t.Cleanup(func() { reader.Process.Kill(); reader.Wait() })
	p.start()
	awaitReader(t, loaded)
	for size := 100; size < 120; size++ {
		loaded.Packets(1, size)
	}
	p.signal(syscall.SIGTERM)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine))
	pipe.Close()
	qt.Assert(t, qt.IsNil(reader.Wait()))
	text := seen.String()
	qt.Assert(t, qt.Equals(strings.Count(text, "\tdrop 100%\n"), reported(loaded)))
	qt.Assert(t, qt.IsTrue(strings.HasSuffix(text, "118\tdrop 100%\n119\tdrop 100%\n")), qt.Commentf("%s", text))
	qt.Assert(t, qt.StringContains(p.stderr.String(), " drops recorded\n"))
}

// Without the events there is nothing to record, and what the file had in it is still there.
func TestPcapNeedsEvents(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	record(t, loaded)
	file := filepath.Join(t.TempDir(), "old")
	qt.Assert(t, qt.IsNil(os.WriteFile(file, []byte("old"), 0o644)))
	_, stderr, code := command("--pin", loaded.Pin, "--pcap", file)
	qt.Assert(t, qt.Equals(code, advice.Busy))
	qt.Assert(t, qt.StringContains(stderr, "--pcap needs the events: another reader has the events (pid"))
	text, err := os.ReadFile(file)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(string(text), "old"))

	share(t, loaded, 0o660, 0o750)
	p := prepare(t, "--pin", loaded.Pin, "--pcap", "/dev/null").ordinary(group).start()
	qt.Assert(t, qt.Equals(p.code(), advice.Busy))
	loaded = kerneltest.LoadPinned(t)
	share(t, loaded, 0o660, 0o750)
	p = prepare(t, "--pin", loaded.Pin, "--pcap", "/dev/null").ordinary(group).start()
	qt.Assert(t, qt.Equals(p.code(), advice.NotPermitted))
	qt.Assert(t, qt.StringContains(p.stderr.String(), "--pcap needs the events: "))
}

// A file of somebody else's is not taken over, not by root either.
func TestPcapOfAStranger(t *testing.T) {
	file := filepath.Join(t.TempDir(), "planted")
	qt.Assert(t, qt.IsNil(os.WriteFile(file, []byte("old"), 0o666)))
	qt.Assert(t, qt.IsNil(os.Chown(file, 65534, 65534)))
	_, stderr, code := command("--pcap", file)
	qt.Assert(t, qt.Equals(code, advice.Failed))
	qt.Assert(t, qt.StringContains(stderr, "belongs to somebody else, user 65534"))
	text, err := os.ReadFile(file)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(string(text), "old"))

	fifo := filepath.Join(t.TempDir(), "fifo") // which nobody reads: to open it would be to wait
	qt.Assert(t, qt.IsNil(unix.Mkfifo(fifo, 0o666)))
	qt.Assert(t, qt.IsNil(os.Chown(fifo, 65534, 65534)))
	_, stderr, code = command("--pcap", fifo)
	qt.Assert(t, qt.Equals(code, advice.Failed))
	qt.Assert(t, qt.StringContains(stderr, "belongs to somebody else"))
}

// What cannot be written is told once, and ends the reader.
func TestPcapDiskFull(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	stdout, stderr, code := command("--pin", loaded.Pin, "--interval", "10ms", "--pcap", "/dev/full")
	qt.Assert(t, qt.Equals(code, advice.Failed))
	qt.Assert(t, qt.Equals(stdout, ""))
	qt.Assert(t, qt.Equals(strings.Count(stderr, "no space left on device"), 1), qt.Commentf("%s", stderr))
}

func TestPcapNotToTerminal(t *testing.T) {
	terminal := testpty.Open(t, 80, 24)
	p := prepare(t, "--pcap", "-")
	p.Stdout = terminal.Slave
	qt.Assert(t, qt.Equals(p.start().code(), advice.Usage))
	qt.Assert(t, qt.StringContains(p.stderr.String(), "tshark"))
}

// With sudo the file belongs to who called it, and can be written to although root is given up.
func TestPcapOwner(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	file := filepath.Join(t.TempDir(), "drops.pcapng")
	p := prepare(t, "--pin", loaded.Pin, "--interval", "10ms", "--pcap", file)
	p.Env = append(p.Env, "SUDO_UID=12345", "SUDO_GID=54321")
	p.start()
	awaitReader(t, loaded)
	p.signal(syscall.SIGTERM)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine), qt.Commentf("%s", p.stderr.String()))
	qt.Assert(t, qt.HasLen(tshark(t, file, "frame.len"), reported(loaded)))
	var stat unix.Stat_t
	qt.Assert(t, qt.IsNil(unix.Stat(file, &stat)))
	qt.Assert(t, qt.DeepEquals([]uint32{stat.Uid, stat.Gid, stat.Mode & 0o777}, []uint32{12345, 54321, 0o600}))
}
