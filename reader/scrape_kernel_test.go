// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/kerneltest"
	"dilih/reader/advice"
	"dilih/reader/fault/faulttest"
	"dilih/scripts/test/testenv"
)

var metricsURL = regexp.MustCompile(`metrics are at (http://\S+)\n`)

// url is where a process that was started with --listen has its metrics.
func (p *process) url() (url string) {
	p.tb.Helper()
	testenv.Await(p.tb, func() bool {
		found := metricsURL.FindStringSubmatch(p.stderr.String())
		if found != nil {
			url = found[1]
		}
		return found != nil
	}, p.stderr.String)
	return url
}

// scrape is the answer of a process; the error is that of one that has ended.
func scrape(url string) (string, error) {
	response, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// awaitMetric waits for a line of the metrics.
func awaitMetric(t *testing.T, url, line string) {
	t.Helper()
	text := ""
	testenv.Await(t, func() bool {
		text, _ = scrape(url)
		return strings.Contains(text, line+"\n")
	}, func() string { return line + " is not in " + text })
}

// dropped is the line that tells what the maps count as dropped.
func dropped(loaded *kerneltest.Loaded) string {
	return fmt.Sprintf(`dilih_packets_total{direction="in",pin="%s",verdict="dropped"} %d`, loaded.Pin, loaded.Totals().Dropped.Packets)
}

// A scrape is as fresh as the kernel, however long the interval, and leaves the interval's numbers alone.
func TestScrape(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%")
	p := prepare(t, "--pin", loaded.Pin, "--interval", "1h", "--format", "json", "--listen", "127.0.0.1:0").start()
	url := p.url()
	for range 3 {
		loaded.Packets(1009, 60)
		awaitMetric(t, url, dropped(loaded))
	}
	awaitMetric(t, url, fmt.Sprintf(`dilih_events_read_total{pin="%s"} %d`, loaded.Pin, 2*3*1009))
	p.signal(syscall.SIGTERM)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine), qt.Commentf("%s", p.stderr.String()))
	all := lines(t, p.stdout.String())
	qt.Assert(t, qt.HasLen(all, 1))
	qt.Assert(t, qt.Equals(all[0].Packets.Dropped, loaded.Totals().Dropped.Packets))
	qt.Assert(t, qt.IsTrue(all[0].Rate.Entered > 0))
	_, err := scrape(url)
	qt.Assert(t, qt.ErrorIs(err, error(unix.ECONNREFUSED)))
}

// A table that nobody reads holds up the table alone.
func TestScrapeBesideStuckTable(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%")
	unread, table, err := os.Pipe()
	qt.Assert(t, qt.IsNil(err))
	defer unread.Close()
	defer table.Close()
	p := prepare(t, "--pin", loaded.Pin, "--interval", "10ms", "--listen", "127.0.0.1:0")
	p.Cmd.Stdout = table
	url := p.start().url()
	testenv.Await(t, func() bool { return full(table) }, func() string { return "there is room in the pipe" })
	loaded.Packets(1009, 60)
	awaitMetric(t, url, dropped(loaded))
}

// full says that a pipe takes no more.
func full(pipe *os.File) bool {
	ready := []unix.PollFd{{Fd: int32(pipe.Fd()), Events: unix.POLLOUT}}
	unix.Poll(ready, 0)
	return ready[0].Revents&unix.POLLOUT == 0
}

// Of two pins, one goes: nothing is told of it any more, and everything of the other.
func TestScrapeGone(t *testing.T) {
	one, two := kerneltest.LoadPinned(t), kerneltest.LoadPinned(t)
	faulttest.Force(one, "drop 100%")
	faulttest.Force(two, "drop 50%")
	p := prepare(t, "--pin", one.Pin, "--pin", two.Pin, "--interval", "10ms", "--listen", "127.0.0.1:0").start()
	url := p.url()
	awaitMetric(t, url, fmt.Sprintf(`dilih_up{pin="%s"} 1`, one.Pin))
	one.Unpin()
	awaitMetric(t, url, fmt.Sprintf(`dilih_up{pin="%s"} 0`, one.Pin))
	two.Packets(101, 60)
	awaitMetric(t, url, dropped(two))
	text, err := scrape(url)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(strings.Count(text, one.Pin), 1))
	two.Unpin()
	qt.Assert(t, qt.Equals(p.code(), advice.NotLoaded))
}

// Without the rights to events, the counts are there, and the metrics say what is not.
func TestScrapeWithoutEvents(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%")
	share(t, loaded, 0o660, 0o750)
	p := prepare(t, "--pin", loaded.Pin, "--interval", "1h", "--listen", "127.0.0.1:0").ordinary(group).start()
	url := p.url()
	loaded.Packets(1009, 60)
	awaitMetric(t, url, dropped(loaded))
	awaitMetric(t, url, fmt.Sprintf(`dilih_reader_blind{pin="%s"} 1`, loaded.Pin))
	awaitMetric(t, url, fmt.Sprintf(`dilih_events_lost_total{cause="no_reader",pin="%s"} %d`, loaded.Pin, loaded.Totals().NoReader))
}

// Started by root, it has given root up by the time it answers, and tells of itself all the same.
func TestScrapeWithoutRoot(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	p := prepare(t, "--pin", loaded.Pin, "--interval", "1h", "--listen", "127.0.0.1:0").start()
	text, err := scrape(p.url())
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.StringContains(text, "\nprocess_open_fds "))
	qt.Assert(t, qt.StringContains(text, "\nprocess_resident_memory_bytes "))
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	qt.Assert(t, qt.IsNil(err))
	for _, line := range []string{"NoNewPrivs:\t1\n", "CapPrm:\t0000000000000000\n"} {
		qt.Assert(t, qt.StringContains(string(status), line))
	}
	qt.Assert(t, qt.IsFalse(strings.Contains(string(status), "Uid:\t0")))
}
