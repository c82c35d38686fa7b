// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"dilih/bpf/abi"
	"dilih/bpf/model"
	"dilih/reader/fault"
	"dilih/reader/usage"

	"github.com/urfave/cli/v2"
)

func predictCommand(program string) *cli.Command {
	return &cli.Command{
		Name:      "predict",
		Usage:     "print which packets a fault will drop or change",
		ArgsUsage: "[options] FAULT",
		Description: `Prints the numbers, from 1, of those among the first packets that will be dropped:

  ` + program + ` predict --seed 42 --packets 100 \
      --flow 'udp 10.0.0.1 5000 10.0.0.2 53' 'drop 10% per flow'

For a fault that delays or duplicates, it prints a number for each packet that
something is done to, and what that is.`,
		Flags: []cli.Flag{
			&cli.Uint64Flag{Name: "seed", Usage: "N, the seed of all random numbers"},
			&cli.Uint64Flag{Name: "packets", Usage: "N, how many packets to look at"},
			&cli.StringFlag{Name: "flow", Usage: "FLOW, for a fault per flow or per peer (one that the fault matches)"},
			&cli.UintFlag{Name: "cpu", Usage: "N of the CPU that receives or sends, for a fault per CPU (0)"},
		},
		Action: predictAction,
	}
}

func predictAction(c *cli.Context) error {
	if !c.IsSet("seed") || c.Uint64("packets") == 0 {
		return usage.Errorf("predict needs --seed N and --packets K, with K at least 1")
	}
	faults, err := argumentFaults(c)
	if err != nil {
		return err
	}
	if len(faults) != 1 {
		return usage.Errorf("predict takes one fault, not %d", len(faults))
	}
	rule := faults[0].Rule(c.Uint64("seed"), 1)
	stream, of, err := predictedStream(c, rule)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "%s, seed %d, the first fault of its set\n%s\n", faults[0], c.Uint64("seed"), of)
	return printFates(c, rule, stream)
}

// predictedStream finds the stream that the flags ask for. of says in words which one it is.
func predictedStream(c *cli.Context, rule abi.Rule) (stream *model.Stream, of string, err error) {
	perFlow := rule.Scope == abi.ScopeFlow || rule.Scope == abi.ScopePeer
	switch {
	case c.IsSet("flow") && !perFlow:
		return nil, "", usage.Errorf("the fault does not tell flows apart: leave out --flow, or say per flow")
	case c.IsSet("cpu") && rule.Scope != abi.ScopeCPU:
		return nil, "", usage.Errorf("the fault does not tell CPUs apart: leave out --cpu")
	}
	cpu := int(c.Uint("cpu"))
	switch {
	case perFlow:
		return flowStream(c, rule)
	case rule.Scope == abi.ScopeAll:
		of = "counting all packets that match"
	case rule.Direction == abi.DirectionOut:
		of = fmt.Sprintf("counting the packets that match and leave on CPU %d", cpu)
	default:
		of = fmt.Sprintf("counting the packets that match and arrive on CPU %d", cpu)
	}
	return model.NewStream(rule, cpu, 0), of, nil
}

func flowStream(c *cli.Context, rule abi.Rule) (*model.Stream, string, error) {
	if rule.Kinds&abi.KindARP != 0 {
		return model.NewStream(rule, 0, model.ARP().Flow(rule.Scope)), "counting ARP, which is one flow", nil
	}
	f, of := model.FlowOf(rule), "a flow made up from what the fault asks for; --flow names another"
	if c.IsSet("flow") {
		var err error
		if f, err = model.ParseFlow(c.String("flow")); err != nil {
			return nil, "", usage.Errorf("--flow %q: %w", c.String("flow"), err)
		}
		if err := checkFlow(f); err != nil {
			return nil, "", err
		}
		of = "as given"
	}
	packet := f.Packet(rule)
	if !packet.Matches(rule) {
		return nil, "", usage.Errorf("the fault does not match the flow %q: all its packets pass", f)
	}
	counting := fmt.Sprintf("counting the packets of %q (%s)", f, of)
	if rule.Scope == abi.ScopePeer {
		counting = fmt.Sprintf("counting the packets of %q, whatever their ports (%s)", f, of)
	}
	return model.NewStream(rule, 0, packet.Flow(rule.Scope)), counting, nil
}

// checkFlow fails for a flow that no packet can be of, because no fault could ask for its packets either.
func checkFlow(f model.Flow) error {
	_, err := fault.Parse("--flow", fmt.Sprintf("pass proto %d from %s to %s", f.Protocol, f.Source.Addr(), f.Destination.Addr()))
	return err
}
