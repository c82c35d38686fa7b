// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/pinned"
)

// withoutWaiting stands in for tc under a kernel without fq: what is to wait goes on at once.
const withoutWaiting = `#!/bin/bash
if [[ $* = *' fq '* ]]; then set -- "${@:1:7}" pfifo limit 100000; fi
exec %s "$@"
`

// needFQ lets a test go on without fq, if nothing of it depends on when packets come, but where there has to be one.
func needFQ(t *testing.T) {
	if hasFQ() {
		return
	}
	qt.Assert(t, qt.Equals(os.Getenv(allDevices), ""), qt.Commentf("this kernel has no fq"))
	t.Log("this kernel has no fq: nothing waits")
	tc, err := exec.LookPath("tc")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsNil(os.WriteFile("/run/lab/tc", fmt.Appendf(nil, withoutWaiting, tc), 0o755)))
}

func hasFQ() bool {
	return exec.Command("bash", "-c", "tc qdisc add dev lo root fq && tc qdisc del dev lo root").Run() == nil
}

// plan is the batch for bpftool that puts faults in force, or with options alone does what they say.
func plan(t *testing.T, words ...string) string {
	t.Helper()
	cmd := exec.Command("../../../dilih-reader", append([]string{"plan", "--pin", pin}, words...)...)
	cmd.Stderr = os.Stderr
	batch, err := cmd.Output()
	qt.Assert(t, qt.IsNil(err))
	return string(batch)
}

// force does what a batch says. The scripts do the same, but with dozens of other commands, which take half a
// minute in an emulated machine. What the faults ask for has to be attached.
func force(t *testing.T, batch string) {
	t.Helper()
	cmd := exec.Command("bpftool", "batch", "file", "-")
	cmd.Stdin = strings.NewReader(batch)
	out, err := cmd.CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", out))
}

// counters are those of the faults in force.
func counters(t *testing.T) pinned.State {
	t.Helper()
	pins, err := pinned.Open(pin)
	qt.Assert(t, qt.IsNil(err))
	defer pins.Close()
	state, err := pins.Read()
	qt.Assert(t, qt.IsNil(err))
	return state
}

func entered(totals abi.Totals) uint64 {
	return totals.Passed.Packets + totals.Dropped.Packets + totals.QueueDropped.Packets
}
