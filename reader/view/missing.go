// SPDX-License-Identifier: MIT

package view

import (
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/devices"
	"dilih/reader/tally"
	"dilih/reader/verbs"
)

// troubles says what could not be read, what is missing and what packets pass by, a line each.
func troubles(s tally.Snapshot) (lines []string) {
	for _, text := range s.Unread {
		lines = append(lines, "NOT READ: "+text)
	}
	return append(append(lines, missing(s)...), overlooked(s)...)
}

// overlooked says which devices receive packets that nobody decides about, a line each, and what helps.
func overlooked(s tally.Snapshot) (lines []string) {
	for _, of := range s.Overlooked() {
		text := "UNSEEN: " + of.Device.Label() + " has just received " + count(of.Packets) + " packets that passed dilih by"
		if of.Device.Mode == "driver" {
			text += "; next: " + verbs.Call("up", append(settings(of.Device.Name, of.Device.Namespace), "MODE=xdpgeneric")...)
		}
		lines = append(lines, text)
	}
	return lines
}

// missing says what the faults in force ask for and is not there, a line each, and what mends it.
func missing(s tally.Snapshot) (lines []string) {
	var undecided []string
	for _, part := range s.Missing() {
		if part.Part == tally.Program && part.Direction == abi.DirectionOut {
			undecided = append(undecided, devices.Label(part.Device, part.Namespace))
		} else {
			lines = append(lines, whatIsMissing(part)+"; next: "+verbs.Call("up", settings(part.Device, part.Namespace)...))
		}
	}
	if len(undecided) > 0 {
		text := "NOT ATTACHED to what leaves " + strings.Join(undecided, ", ") + "; next: " + verbs.Call("fault") + ", with the faults again"
		lines = append([]string{text}, lines...)
	}
	return lines
}

// settings name the device for a verb.
func settings(device, namespace string) []string {
	if namespace == "" {
		return []string{"DEV=" + device}
	}
	return []string{"DEV=" + device, "NETNS=" + namespace}
}

func whatIsMissing(part tally.Missing) string {
	device := devices.Label(part.Device, part.Namespace)
	of := "what arrives at " + device
	if part.Direction == abi.DirectionOut {
		of = "what leaves " + device
	}
	becomes := "packets that should wait do not"
	if part.Loses {
		becomes = "packets that should wait are lost"
	}
	switch part.Part {
	case tally.Program:
		return "NOT ATTACHED to " + of
	case tally.Filter:
		return "NO FILTER to the queue for " + of + ": " + becomes
	case tally.Up:
		return "QUEUE DOWN for " + of + ": " + becomes
	case tally.FQ:
		return "NO FQ in the queue for " + of + ": " + becomes
	}
	return "NO QUEUE for " + of + ": " + becomes
}
