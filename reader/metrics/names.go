// SPDX-License-Identifier: MIT

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"dilih/reader/tally"
)

// What is told of every pin directory, and the labels after `pin`.
var (
	up = describe("up", "Whether the pins are there and can be read. Of pins that are not, nothing else is told.")

	packets = describe("packets_total", "Packets since the load, by what the program decided. "+
		"In shadow mode the dropped ones pass all the same.", "verdict", "direction")
	octets = describe("bytes_total", "Bytes of the packets since the load, with Ethernet headers and without VLAN tags.", "verdict", "direction")

	processing = describe("processing_seconds", "The program's own time for a packet, by what it decided. "+
		"From events since the reader began: each packet counts as often as it stands for others.", "verdict")

	events = describe("events_total", "Events since the load that the kernel handed over to a reader.")
	read   = describe("events_read_total", "Events that this reader has read since it began.")
	lost   = describe("events_lost_total", "Events since the load that the kernel could not hand over: "+
		"no_reader was there, ring_full by a reader too slow, or failed.", "cause")
	blind = describe("reader_blind", "Whether this reader gets no events, so that processing times stand still. "+
		"What the program counts does not need them.")

	lease  = describe("lease_seconds", "Time until the faults end by themselves; 0 if they have ended, +Inf if they never do.")
	shadow = describe("shadow", "Whether the program decides and counts, but drops nothing.")
	faults = describe("faults_info", "The faults in force, guards left out.", "faults", "seed", "generation")
	device = describe("device_info", "An interface that the program is attached to, and whether it is for what leaves, too.", "device", "mode", "out", "namespace")
	flows  = describe("flow_entries_total", "Entries since the load that faults made for flows which they follow one by one.")

	fqDropped = describe("fq_dropped_packets_total", "Packets that the fq of a queue dropped by itself since the queue was made.",
		"device", "direction", "namespace")
	waiting = describe("waiting_packets", "Packets that wait in a queue now.", "device", "direction", "namespace")
	unseen  = describe("unseen_packets", "Packets that an interface has received since the last interval and that no program decided about, if that is known.", "device", "namespace")
	missing = describe("missing_info", "What the faults in force ask for at an interface and is not there: "+
		"program, ifb, filter, up or fq.", "device", "direction", "part", "namespace")
)

// What is told of every rule. Its counters begin again whenever faults are put in force.
var (
	matchedPackets = describeRule("matched_packets_total", "Packets that matched the rule since its set came into force.")
	matchedBytes   = describeRule("matched_bytes_total", "Bytes of the packets that matched the rule.")
	droppedPackets = describeRule("dropped_packets_total", "Packets that the rule dropped since its set came into force.")
	queueDropped   = describeRule("queue_dropped_packets_total", "Packets that the rule dropped as the queue of its rate was full.")
	ruleDelayed    = describeRule("delayed_packets_total", "Packets under the rule that were to wait.")
	delaySeconds   = describeRule("delay_seconds_total", "Sum of the delays that the rule asked for.")
	ruleUndelayed  = describeRule("undelayed_packets_total", "Packets under the rule that were to wait, but were decided where nothing can wait.")
	ruleDuplicated = describeRule("duplicated_packets_total", "Packets under the rule that were to come twice.")
	droppedBytes   = describeRule("dropped_bytes_total", "Bytes of the packets that the rule dropped.")
	lossPeriods    = describeRule("loss_periods_total", "Runs of consecutive losses under the rule.")
	askedBurst     = describeRule("asked_burst_packets", "Mean run of losses that the fault asks for.")

	askedLoss    = describeRule("asked_loss_ratio", "Share of the matching packets that the fault asks to drop.")
	observedLoss = describeRule("observed_loss_ratio", "Share of the matching packets that was dropped since the set came into force.")
	lowLoss      = describeRule("observed_loss_low_ratio", "Lower end of the 95 % interval around the loss observed, once it means something.")
	highLoss     = describeRule("observed_loss_high_ratio", "Upper end of the 95 % interval around the loss observed, once it means something.")
)

// counts are the metrics of the counts that have one of their own, by the name of the count.
var counts = describeCounts()

func describeCounts() map[string]*prometheus.Desc {
	counts := make(map[string]*prometheus.Desc)
	for _, count := range tally.Counted {
		var labels []string
		if count.HasDirection() {
			labels = []string{"direction"}
		}
		if count.Series {
			counts[count.Name] = describe(count.Name+"_"+count.Unit+"_total", count.Help, labels...)
		}
	}
	return counts
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("dilih_"+name, help, append([]string{"pin"}, labels...), nil)
}

// describeRule: `rule` counts from 1 in the order in which rules are tried. The text makes another fault
// another series, since its counts have nothing to do with those of the fault before.
func describeRule(name, help string) *prometheus.Desc {
	return describe("rule_"+name, help, "rule", "fault", "guard", "direction")
}
