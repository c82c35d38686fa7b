// SPDX-License-Identifier: MIT

package runner

import (
	"fmt"
	"io"
	"strings"

	"dilih/reader/keeper"
)

// teller tells what happens to the packets.
type teller struct{ out io.Writer }

func (t teller) warn(text string) { fmt.Fprintln(t.out, "dilih:", text) }

// begin tells which faults are active.
func (t teller) begin(report keeper.Report) {
	var faults, devices []string
	for _, fault := range report.Faults {
		faults = append(faults, fault.Text)
	}
	for _, device := range report.Devices {
		devices = append(devices, device.Name)
	}
	text := fmt.Sprintf("%s on %s, seed %d", strings.Join(faults, "; "), strings.Join(devices, ", "), report.Seed)
	if report.Shadow {
		text += " (shadow: nothing is dropped)"
	}
	t.warn(text)
}

// end tells what the faults did.
func (t teller) end(report keeper.Report) {
	entered, dropped := report.Counts["entered"], report.Counts["dropped"]
	text := fmt.Sprintf("dropped %d of %d packets", dropped, entered)
	if entered > 0 {
		text += fmt.Sprintf(" (%.3g %%)", 100*float64(dropped)/float64(entered))
	}
	for _, name := range []string{"queue_dropped", "fq_dropped", "delayed", "duplicated", "undelayed"} {
		if count := report.Counts[name]; count > 0 {
			text += fmt.Sprintf(", %s %d", name, count)
		}
	}
	t.warn(text)
	for _, fault := range report.Faults {
		t.warn(fmt.Sprintf("  %s: matched %d, dropped %d", fault.Text, fault.Matched, fault.Dropped))
	}
}

// missing tells of devices that have lost their program.
func (t teller) missing(names []string) {
	t.warn(fmt.Sprintf("no longer attached to %s: its packets have passed since then", strings.Join(names, ", ")))
}
