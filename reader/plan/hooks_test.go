// SPDX-License-Identifier: MIT

package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/pinned"
)

// Where programs are needed, and where packets may have to wait, by the faults and with SHADOW=1.
var hooksTests = []struct{ faults, hooks, shadow string }{
	{"drop 5%", "in", "in"},
	{"pass out", "in out", "in out"},
	{"drop 5%; drop 5% out", "in out", "in out"},
	{"delay 40ms", "in-queue", "in"},
	{"drop 5%; rate 10mbit", "in-queue", "in"},
	{"duplicate 1% out", "in out-queue", "in out"},
	{"delay 40ms; drop 5% out", "in-queue out", "in out"},
	{"delay 40ms out; drop out; drop", "in out-queue", "in out"},
	{"drop 5% delay 40ms; rate 1mbit out", "in-queue out-queue", "in out"},
	{"duplicate 0%", "in", "in"},
}

func TestHooks(t *testing.T) {
	for _, test := range hooksTests {
		faults := parse(t, "arp", test.faults)
		for _, shadow := range []bool{false, true} {
			want := test.hooks
			if shadow {
				want = test.shadow
			}
			script := forceScript("/pins", control(3), fault.Set{Faults: faults, Shadow: shadow}, Lease{})
			qt.Check(t, qt.StringContains(script, "# hooks: "+want+"\n"), qt.Commentf("%s, %v", test.faults, shadow))
			expected := control(3)
			if strings.HasPrefix(want, "in-queue") {
				expected.Arriving, expected.Marking = abi.HookTCIn, 1
			}
			qt.Check(t, qt.Equals(*readBatch(t, "/pins", script).control, expected))
		}
	}
}

// What arrives is still decided after the queue, as long as packets come out of it.
func TestArrivingStaysUntilItIsSettled(t *testing.T) {
	behindQueue := control(3)
	behindQueue.Arriving = abi.HookTCIn
	for _, shadow := range []bool{false, true} {
		script := forceScript("/pins", behindQueue, fault.Set{Faults: parse(t, "", "drop 5%"), Shadow: shadow}, Lease{})
		qt.Check(t, qt.StringContains(script, "# hooks: in\n"))
		qt.Check(t, qt.Equals(*readBatch(t, "/pins", script).control, behindQueue))
	}
}

// Each step is for its time only, and says nothing where it changes nothing.
func TestShiftScript(t *testing.T) {
	const none, marked = 0, 1
	for _, test := range []struct {
		shift    Shift
		fault    string
		shadow   uint8
		arriving abi.Hook
		marking  uint8
		want     abi.Hook // and
		marks    uint8
	}{
		{Mark, "drop 5%", 0, abi.HookXDP, none, abi.HookXDP, marked},
		{Mark, "delay 1s", 0, abi.HookTCIn, marked, abi.HookTCIn, marked},
		{Settle, "drop 5%", 0, abi.HookTCIn, marked, abi.HookXDP, marked},
		{Settle, "delay 1s out", 0, abi.HookTCIn, marked, abi.HookXDP, marked},
		{Settle, "delay 1s", 1, abi.HookTCIn, marked, abi.HookXDP, marked},
		{Settle, "drop 5%", 0, abi.HookXDP, marked, abi.HookXDP, marked},
		{Settle, "delay 1s", 0, abi.HookTCIn, marked, abi.HookTCIn, marked},
		{Unmark, "drop 5%", 0, abi.HookXDP, marked, abi.HookXDP, none},
		{Unmark, "drop 5%", 0, abi.HookXDP, none, abi.HookXDP, none},
		{Unmark, "drop 5%", 0, abi.HookTCIn, marked, abi.HookTCIn, marked},
		{Unmark, "delay 1s", 0, abi.HookXDP, marked, abi.HookXDP, marked},
	} {
		note := qt.Commentf("%+v", test)
		state := inForce(t, test.fault)
		state.Set.Shadow, state.Control.Arriving, state.Control.Marking = test.shadow, test.arriving, test.marking
		script := shiftScript("/pins", state, test.shift)
		qt.Check(t, qt.StringContains(script, "# hooks: "+hooksInForce(state).String()+"\n"), note)
		commands, want := readCommands(t, "/pins", script), state.Control
		want.Arriving, want.Marking = test.want, test.marks
		if want == state.Control {
			qt.Check(t, qt.HasLen(commands, 0), note)
			continue
		}
		qt.Assert(t, qt.HasLen(commands, 1), note)
		qt.Check(t, qt.Equals(commands[0].name, abi.ControlMap))
		qt.Check(t, qt.DeepEquals(commands[0].value, bytesOf(t, strings.Fields(inHex(want)))), note)
	}
}

// Marks that nothing asks for any more are to be ended, even if the make that began with that was killed.
func TestMarksThatAreToBeEnded(t *testing.T) {
	const says = "# marks: to be ended\n"
	marking := control(3)
	marking.Marking = 1
	for text, want := range map[string]bool{"drop 5%": true, "delay 1s out": true, "delay 1s": false} {
		script := forceScript("/pins", marking, fault.Set{Faults: parse(t, "", text)}, Lease{})
		qt.Check(t, qt.Equals(strings.Contains(script, says), want), qt.Commentf("%s", text))
		script = forceScript("/pins", control(3), fault.Set{Faults: parse(t, "", text)}, Lease{})
		qt.Check(t, qt.IsFalse(strings.Contains(script, says)), qt.Commentf("%s", text))
	}
}

// Neither a renewal nor a handover changes where what arrives is decided.
func TestOtherScriptsKeepWhatArrives(t *testing.T) {
	state := inForce(t, "drop 5%; delay 1s out")
	state.Control.Arriving = abi.HookTCIn
	renewal := renewScript("/pins", state, Lease{"2h", 2 * time.Hour})
	qt.Check(t, qt.StringContains(renewal, "# hooks: in out-queue\n"))
	handover := handoverScript("/pins", state)
	qt.Check(t, qt.StringContains(handover, "# hooks: in out-queue\n"))
	qt.Check(t, qt.DeepEquals(readCommands(t, "/pins", handover)[0].value, bytesOf(t, strings.Fields(inHex(state.Control)))))
}

// inForce is the state with these faults in generation 6.
func inForce(t *testing.T, faults string) (state pinned.State) {
	state.Control = control(6)
	for i, fault := range parse(t, "", faults) {
		state.Rules = append(state.Rules, pinned.RuleState{Rule: fault.Rule(9, i+1)})
	}
	return state
}
