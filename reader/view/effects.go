// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"math"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/tally"
)

// askedFor are the effects that the rules of a direction have, together.
func (b block) askedFor(direction abi.Direction) (all tally.Effects) {
	for _, rule := range b.Rules {
		if rule.Way == direction {
			all.Delay = all.Delay || rule.Effects.Delay
			all.Rate = all.Rate || rule.Effects.Rate
			all.Duplicate = all.Duplicate || rule.Effects.Duplicate
		}
	}
	return all
}

// effects are the rows of a direction about packets that wait or come twice: those that a fault asks for, and those
// of which there are any.
func (b block) effects(mark string, direction abi.Direction, counts tally.Counts) (rows [][]string) {
	add := func(asked bool, packets uint64, row []string) {
		if asked || packets > 0 {
			rows = append(rows, row)
		}
	}
	name := func(name string) string { return strings.TrimSpace(mark + " " + name) }
	plain := func(what string, packets uint64) []string {
		share := tally.Traffic{Packets: packets}.Share(counts.Entered)
		return []string{name(what), count(packets), percent(share, 2), "", "", ""}
	}
	asked, full := b.askedFor(direction), counts.QueueDropped.Packets
	dropped, waiting := b.Queued(direction)
	add(asked.Rate, full, b.lossRow(b.verdict(name("queue drops"), counts.QueueDropped, counts.Entered), full))
	add(asked.Delay, counts.Delayed, plain("delayed", counts.Delayed))
	add(false, counts.Undelayed, b.lossRow(plain("undelayed", counts.Undelayed), counts.Undelayed))
	add(asked.Duplicate, counts.Duplicated, plain("duplicated", counts.Duplicated))
	add(false, counts.Unmarked, plain("unmarked", counts.Unmarked))
	add(false, dropped, b.lossRow([]string{name("fq dropped"), count(dropped), "", "", "", ""}, dropped))
	add(asked.Any(), waiting, []string{name("waiting"), count(waiting), "", "", "", ""})
	return rows
}

// lossRow is red if packets were lost, or did not wait.
func (b block) lossRow(row []string, lost uint64) []string {
	if lost == 0 {
		return row
	}
	for i := range row {
		row[i] = b.red(row[i])
	}
	return row
}

// effectLines say what became of the packets that a rule did not drop.
func effectLines(rule tally.Rule, width int, c colour) []string {
	var parts []string
	if rule.Effects.Delay {
		text := "delayed " + count(rule.Delayed)
		if !math.IsNaN(rule.MeanDelay) {
			text += ", mean " + milliseconds(rule.MeanDelay)
		}
		parts = append(parts, text)
	}
	if rule.Undelayed > 0 {
		parts = append(parts, c.red("undelayed "+count(rule.Undelayed)))
	}
	if rule.Effects.Rate {
		text := "queue drops " + count(rule.QueueDropped)
		if rule.QueueDropped > 0 {
			text = c.red(text)
		}
		parts = append(parts, text)
	}
	if rule.Effects.Duplicate {
		parts = append(parts, "duplicated "+count(rule.Duplicated))
	}
	if len(parts) == 0 {
		return nil
	}
	parts[0] = gap + parts[0]
	return join(parts, " · ", width)
}

// milliseconds writes three digits, or all before the point.
func milliseconds(ms float64) string {
	decimals := 3
	for bound := 0.9995; decimals > 0 && ms >= bound; bound *= 10 {
		decimals--
	}
	return fmt.Sprintf("%.*f ms", decimals, ms)
}
