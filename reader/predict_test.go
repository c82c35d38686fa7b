// SPDX-License-Identifier: MIT

package main

import (
	"strings"
	"testing"

	"dilih/bpf/model"
	"dilih/reader/fault"

	"github.com/go-quicktest/qt"
)

func TestPredict(t *testing.T) {
	const udp = "udp 10.0.0.1 5000 10.0.0.2 53"
	for _, test := range []struct {
		arguments []string
		dropped   string
		says      []string
	}{
		// The model's own test has the same numbers from elsewhere.
		{[]string{"drop 10%"}, "4 14 26 47 52", []string{"drop 10%, seed 42", "on CPU 0", "5 of 60 packets are dropped: 8.333%"}},
		{[]string{"--cpu", "3", "drop 20% burst 3"}, "6 20 21 28 29 30 31 36 37 40 41 42 43", []string{"on CPU 3"}},
		{
			[]string{"--flow", udp, "drop gemodel 10% 30% 80% 1% per flow"}, "18 19 26 27 33 35 48 49",
			[]string{`the packets of "` + udp + `" (as given)`},
		},
		{
			[]string{"drop gemodel 10% 30% 80% 1% udp from 10.0.0.1 sport 5000-6000 to 10.0.0.2 dport 53 per flow"},
			"18 19 26 27 33 35 48 49", []string{udp, "made up", "--flow"},
		},
		{
			[]string{"--flow", "tcp 2001:db8::1 40000 2001:db8::2 443", "drop 20% burst 3 tcp syn len 60-90 per flow"},
			"46 47 56 57 58 59", nil,
		},
		{[]string{"drop every 25"}, "25 50", []string{"all packets that match"}},
		{[]string{"drop first 2 tcp"}, "1 2", []string{"2 of 60"}},
		{[]string{"drop 0%"}, "", []string{"0 of 60 packets are dropped: 0%"}},
		{[]string{"pass tcp"}, "", []string{"0 of 60"}},
		{[]string{"--flow", udp, "drop 20% of flows"}, "", []string{"0 of 60"}},
		{[]string{"--flow", "icmp 10.0.0.1 10.0.0.2", "drop 19% of flows"}, "", []string{"0 of 60"}},
		{[]string{"drop 1% of flows arp"}, "", []string{"ARP, which is one flow"}},
	} {
		arguments := append([]string{"predict", "--seed", "42", "--packets", "60"}, test.arguments...)
		out, diagnostics, code := command(arguments...)
		qt.Assert(t, qt.Equals(code, 0), qt.Commentf("%q: %s", test.arguments, diagnostics))
		qt.Check(t, qt.Equals(strings.Join(strings.Fields(out), " "), test.dropped), qt.Commentf("%q", test.arguments))
		qt.Check(t, qt.Equals(strings.Count(out, "\n"), len(strings.Fields(out))))
		for _, says := range test.says {
			qt.Check(t, qt.StringContains(diagnostics, says))
		}
	}
}

// The delays are those of the model's own test, in which they come from elsewhere.
func TestPredictFates(t *testing.T) {
	for _, test := range []struct{ fault, out, says string }{
		{"delay 40ms jitter 10ms duplicate 25%", `1 44.795 ms
2 42.569 ms
3 44.077 ms
4 32.719 ms
5 47.852 ms
6 48.330 ms duplicated
`, "0 of 6 packets are dropped: 0%\n1 of 6 packets are duplicated: 16.67%\n"},
		{"drop every 2 delay 0.3ms", "1 0.300 ms\n2 dropped\n3 0.300 ms\n4 dropped\n5 0.300 ms\n6 dropped\n", "3 of 6 packets are dropped: 50%\n"},
		{"drop 10% duplicate 25%", "4 dropped\n6 duplicated\n", "1 of 6 packets are duplicated: 16.67%\n"},
		{"rate 1mbit", "", "0 of 6 packets are dropped: 0%\nnot predicted: which packets the rate makes wait or drops, which depends on when they come\n"},
		{"drop 10% rate 1mbit", "4\n", "which depends on when they come\n"},
	} {
		out, diagnostics, code := command("predict", "--seed", "42", "--packets", "6", test.fault)
		qt.Check(t, qt.Equals(code, 0))
		qt.Check(t, qt.Equals(out, test.out))
		qt.Check(t, qt.IsTrue(strings.HasSuffix(diagnostics, test.says)), qt.Commentf("%s", diagnostics))
	}
}

func TestPredictAFlowThatIsDropped(t *testing.T) {
	out, _, code := command("predict", "--seed", "42", "--packets", "5", "--flow", "icmp 10.0.0.1 10.0.0.2", "drop 20% of flows icmp")
	qt.Check(t, qt.Equals(code, 0))
	qt.Check(t, qt.Equals(out, "1\n2\n3\n4\n5\n"))
}

func TestPredictRefuses(t *testing.T) {
	for _, test := range []struct {
		arguments []string
		says      string
	}{
		{[]string{"--packets", "5", "drop"}, "--seed"},
		{[]string{"--seed", "1", "drop"}, "--packets"},
		{[]string{"--seed", "1", "--packets", "0", "drop"}, "at least 1"},
		{[]string{"--seed", "1", "--packets", "5"}, "no fault in it"},
		{[]string{"--seed", "1", "--packets", "5", "drop; drop"}, "one fault, not 2"},
		{[]string{"--seed", "1", "--packets", "5", "drop", "5%"}, "quote"},
		{[]string{"--seed", "1", "--packets", "5", "drop per flow", "--cpu", "1"}, "leave out --cpu"},
		{[]string{"--seed", "1", "--packets", "5", "drop burts 3"}, "did you mean burst?"},
		{[]string{"--seed", "1", "--packets", "5", "--flow", "tcp 1.1.1.1 1 1.1.1.1 1", "drop"}, "leave out --flow"},
		{[]string{"--seed", "1", "--packets", "5", "--cpu", "1", "drop per flow"}, "leave out --cpu"},
		{[]string{"--seed", "1", "--packets", "5", "--cpu", "1", "drop every 3"}, "leave out --cpu"},
		{[]string{"--seed", "1", "--packets", "5", "--flow", "udp 1.1.1.1 1 1.1.1.1 1", "drop tcp per flow"}, "does not match the flow"},
		{[]string{"--seed", "1", "--packets", "5", "--flow", "udp 1.1.1.1 1", "drop per flow"}, "expected, for example"},
		{[]string{"--seed", "1", "--packets", "5", "--flow", "udp ::ffff:10.0.0.1 1 ::1 1", "drop per flow"}, "nearest: 10.0.0.1"},
		{[]string{"--seed", "1", "--packets", "5", "--flow", "43 ::1 ::2", "drop per flow"}, "nearest: the protocol behind it"},
		{[]string{"--seed", "1", "--packets", "5", "--flow", "51 ::1 ::2", "drop per flow"}, "in IPv6, dilih looks past it"},
	} {
		out, diagnostics, code := command(append([]string{"predict"}, test.arguments...)...)
		qt.Check(t, qt.Equals(code, 1), qt.Commentf("%q", test.arguments))
		qt.Check(t, qt.StringContains(diagnostics, test.says), qt.Commentf("%q", test.arguments))
		qt.Check(t, qt.Equals(out, ""))
	}
}

// Whatever flow is made up for a fault is one that the fault matches.
func TestMadeUpFlows(t *testing.T) {
	for _, matches := range []string{
		"", "tcp", "udp dport 53", "icmp", "nd", "icmp6 to ff02::1", "dport 80-90", "sport 5 from 2001:db8::/32", "proto 47",
		"proto 132 sport 7", "syn to 192.0.2.0/24", "ip6", "ip6 len 1000", "from 0.0.0.0/0",
	} {
		faults, err := fault.Parse("test", "drop 5% per flow "+matches)
		qt.Assert(t, qt.IsNil(err))
		rule := faults[0].Rule(1, 1)
		f := model.FlowOf(rule)
		qt.Check(t, qt.IsTrue(f.Packet(rule).Matches(rule)), qt.Commentf("%s: %s", matches, f))
		again, err := model.ParseFlow(f.String())
		qt.Check(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(again, f))
	}
}
