// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"fmt"
	"io"

	"dilih/bpf/abi"
	"dilih/bpf/model"

	"github.com/urfave/cli/v2"
)

// printFates prints the numbers of the packets that are dropped, or what is done to each packet if that can be
// something else, and in the end how many they were.
func printFates(c *cli.Context, rule abi.Rule, stream *model.Stream) error {
	out := bufio.NewWriter(c.App.Writer)
	packets, dropped, duplicated := c.Uint64("packets"), uint64(0), uint64(0)
	for n := range packets {
		fate := stream.Next()
		if fate.Lost {
			dropped++
		}
		if fate.Duplicated {
			duplicated++
		}
		if err := printFate(out, n+1, rule, fate); err != nil {
			break // which Flush tells
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print what becomes of the packets: %w", err)
	}
	tell := func(count uint64, what string) {
		share := 100 * float64(count) / float64(packets)
		fmt.Fprintf(c.App.ErrWriter, "%d of %d packets are %s: %.4g%%\n", count, packets, what, share)
	}
	tell(dropped, "dropped")
	if rule.Duplicate > 0 {
		tell(duplicated, "duplicated")
	}
	if rule.Rate > 0 {
		fmt.Fprintln(c.App.ErrWriter, "not predicted: which packets the rate makes wait or drops, which depends on when they come")
	}
	return nil
}

// printFate prints the line for a packet, if something is done to it.
func printFate(out io.Writer, number uint64, rule abi.Rule, fate model.Fate) (err error) {
	says := ""
	switch {
	case fate.Lost && rule.Delay|rule.Duplicate == 0: // as for any fault that only drops
	case fate.Lost:
		says = " dropped"
	case rule.Delay > 0:
		says = fmt.Sprintf(" %.3f ms", float64(fate.Delay)/1e6)
	case !fate.Duplicated:
		return nil
	}
	if fate.Duplicated {
		says += " duplicated"
	}
	_, err = fmt.Fprintf(out, "%d%s\n", number, says)
	return err
}
