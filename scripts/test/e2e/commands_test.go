// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"dilih/scripts/test/testenv"
)

const (
	device      = "eth0"
	pin         = "/sys/fs/bpf/dilih"
	hostAddress = "192.0.2.1"
	peerAddress = "192.0.2.2"
)

var transmitted = regexp.MustCompile(`(\d+) packets transmitted, (\d+) received`)

// pings COUNT LOW HIGH: sends COUNT pings from the peer, of which LOW to HIGH must get lost. If dilih
// is loaded it must have counted them all, and as many dropped as are missing.
func pings(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: pings COUNT LOW HIGH")
	}
	before := count(ts)
	// ping fails when nothing comes back, which may be as it should.
	_ = ts.Exec("peer", "ping", "-n", "-q", "-c", args[0], "-i", "0.002", "-W", "1", hostAddress)
	said := transmitted.FindStringSubmatch(ts.ReadFile("stdout"))
	if said == nil {
		ts.Fatalf("ping says: %s%s", ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
	ts.Logf("%s", said[0])
	sent := number(ts, said[1])
	lost := sent - number(ts, said[2])
	if lost < number(ts, args[1]) || lost > number(ts, args[2]) {
		ts.Fatalf("lost %d of %d pings, not %s to %s", lost, sent, args[1], args[2])
	}
	agree(ts, before, count(ts), sent, lost)
}

// agree compares what dilih has counted between two snapshots with what ping saw.
func agree(ts *testscript.TestScript, before, after *snapshot, sent, lost int) {
	if before == nil || after == nil {
		return
	}
	if entered := after.Packets.Entered - before.Packets.Entered; entered != sent {
		ts.Fatalf("dilih counts %d packets, of %d pings", entered, sent)
	}
	if dropped := after.Packets.Dropped - before.Packets.Dropped; dropped != lost && !after.Shadow {
		ts.Fatalf("dilih counts %d dropped, ping misses %d", dropped, lost)
	}
}

// snapshot is what these tests look at in dilih-reader's JSON.
type snapshot struct {
	Packets struct{ Entered, Passed, Dropped int }
	Shadow  bool
}

// count asks dilih-reader. It is nil when nothing is loaded.
func count(ts *testscript.TestScript) *snapshot {
	if _, err := os.Stat(pin); err != nil {
		return nil
	}
	ts.Check(ts.Exec("./dilih-reader", "--pin", pin, "--count", "1", "--interval", "10ms", "--format", "json"))
	counted := &snapshot{}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), counted))
	return counted
}

// eventually COMMAND...: tries until the command succeeds.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	for start := time.Now(); time.Since(start) < testenv.Patience(); time.Sleep(50 * time.Millisecond) {
		if err := ts.Exec(args[0], args[1:]...); (err == nil) != neg {
			return
		}
	}
	ts.Fatalf("not within %v: %v", testenv.Patience(), args)
}

// sampleOfCuts is how far apart the calls are at which `make test` cuts off a command.
const sampleOfCuts = 7

// cut SIGNAL AFTER COMMAND...: for each call that the command makes of a program that the script stands in for, runs it
// once, with the signal, to it and all it has started, instead of that call; and then AFTER, which must find things
// as they should be and put them back. It ends once the command gets to its end. Unless the tests are thorough, it takes
// a sample of the calls.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: cut SIGNAL AFTER COMMAND...")
	}
	marker := ts.Getenv("WORK") + "/cut"
	first, apart := 1, 1
	if !testenv.Thorough() {
		draws := ts.Value(drawsKey{}).(draws)
		first, apart = 1+draws.IntN(sampleOfCuts), sampleOfCuts
		ts.Logf("%s: cuts off at call %d, and each %d after it; the same again with DILIH_SEED=%d", ts.Name(), first, apart, draws.seed)
	}
	for cuts, call := 0, first; ; cuts, call = cuts+1, call+apart {
		ts.Check(os.WriteFile(ts.Getenv("WORK")+"/calls", nil, 0o644))
		ts.Setenv("CUT", args[0])
		ts.Setenv("CUT_AT", strconv.Itoa(call))
		err := ts.Exec("setsid", append([]string{"-w"}, args[2:]...)...)
		ts.Setenv("CUT", "")
		if os.Remove(marker) != nil {
			ts.Check(err)
			if calls, err := os.ReadFile(ts.Getenv("WORK") + "/calls"); err != nil || len(calls) == 0 {
				ts.Fatalf("%q has called nothing that can be cut off", args[2:])
			}
			ts.Logf("cut off %d times", cuts)
			return
		}
		if err := ts.Exec("bash", "-eux", args[1]); err != nil {
			ts.Fatalf("after a cut at call %d: %v", call, err)
		}
	}
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}
