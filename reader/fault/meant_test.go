// SPDX-License-Identifier: MIT

package fault

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

// foreign is what users of other tools type, with the line of the help that is for them.
var foreign = []struct{ typed, hint string }{
	{"drop 5% tcp and dport 80", "leave it out: a packet has to meet all matches of a fault"},
	{"drop 5% tcp && dport 80", "leave it out: a packet has to meet all matches of a fault"},
	{"drop 5% tcp or udp", "write two faults, in two lines or with ; between them"},
	{"drop 5% not tcp", "put what is not to be matched in a fault before this one, as in: pass tcp dport 22; drop 5% tcp"},
	{"drop 5% !tcp", "put what is not to be matched in a fault before this one, as in: pass tcp dport 22; drop 5% tcp"},
	{"drop 5% ingress", "leave it out: a fault without out is for incoming packets"},
	{"ingress drop 5%", "leave it out: a fault without out is for incoming packets"},
	{"drop 5% both", "write two faults, one without out for incoming packets and one with out, as in: drop 5%; drop 5% out"},
	{"drop 5% egress", "did you mean out?"},
	{"drop 5% eth0@if5", "leave it out: a fault names no device, DEV=eth0 does"},
	{"drop 5% dev eth0", "leave it out: a fault names no device, DEV=eth0 does"},
	{"drop 5% for 10m", "leave it out: FOR=10m says how long the faults last"},
	{"drop 5% sctp", "did you mean proto 132?"},
	{"drop 5% gre", "did you mean proto 47?"},
	{"drop 5% proto sctp", "did you mean proto 132?"},
	{"drop 5% proto tcp", "did you mean tcp, without proto?"},
	{"drop 5% port 80", "did you mean dport or sport?"},
	{"drop 5% src port 80", "did you mean sport?"},
	{"drop 5% dst port 80", "did you mean dport?"},
	{"drop 5% src host 10.0.0.1", "did you mean from?"},
	{"drop 5% ip saddr 10.0.0.1", "did you mean from?"},
	{"drop 5% -p tcp", "leave it out: tcp, udp and icmp are matches of their own"},
	{"drop 5% tcp --dport 80", "did you mean dport?"},
	{"drop 5% -s 10.0.0.1", "did you mean from?"},
	{"drop 5% dport=80", "did you mean dport 80?"},
	{"drop 5% dport 8000:8010", "did you mean 8000-8010?"},
	{"drop 5% dport 1024:", "did you mean 1024-65535?"},
	{"drop 5% dport :1023", "did you mean 0-1023?"},
	{"drop 5% dport 80,443", "write a fault for each of them"},
	{"drop 5% dport https", "did you mean 443?"},
	{"drop 0,5%", "did you mean 0.5%?"},
	{"drop 1% burst 2,5", "did you mean 2.5?"},
	{"delay 0,5ms", "did you mean 500us?"},
	{"rate 1,5mbit", "did you mean 1.5mbit?"},
	{"delay 100msec", "did you mean 100ms?"},
	{"delay 40MS", "did you mean 40ms?"},
	{"delay 2sec", "did you mean 2s?"},
	{"delay 100ns", "did you mean 0.1us?"},
	{"100ms", "did you mean delay 100ms?"},
	{"10mbit", "did you mean rate 10mbit?"},
	{"rate 1Mbps", "did you mean 1mbit? (tc reads mbps as bytes per second, which would be 8mbit)"},
	{"rate 10Mbit/s", "did you mean 10mbit?"},
	{"rate 10M", "did you mean 10mbit?"},
	{"rate 2MB/s", "did you mean 16mbit?"},
	{"rate 1.5Gbps", "did you mean 1.5gbit? (tc reads gbps as bytes per second, which would be 12gbit)"},
	{"rate 10 mbit", "did you mean 10mbit?"},
	{"drop 5% eth0", "leave it out: a fault names no device, DEV=eth0 does"},
	{"drop 5% tcp/80", "did you mean tcp dport 80?"},
	{"drop 5% 53/udp", "did you mean udp dport 53?"},
	{"drop 5% dport 80 443", "nearest: leave it out, or write a fault for each port"},
	{"drop 5pct", "did you mean 5%?"},
	{"drop 0,5percent tcp", "did you mean 0.5%?"},
	{"drop 50% of packets", "nearest: leave out of packets"},
	{"drop 3 of every 4", "nearest: drop 75%, which drops 3 of 4 in the mean"},
	{"drop 3 of 4 tcp", "nearest: drop 75%, which drops 3 of 4 in the mean"},
	{"drop 1 in 10", "nearest: drop every 10, or drop 10% for that many in the mean"},
	{"drop 1/3", "nearest: drop every 3, or drop 33.3333333% for that many in the mean"},
	{"drop 2 out of 3", "nearest: drop 66.6666667%, which drops 2 of 3 in the mean"},
	{"drop 3 packets", "nearest: drop first 3"},
	{"drop 5% from 10.0.0.0/255.0.0.0", "nearest: 10.0.0.0/8"},
	{"drop 5% from 10.1.2.3/255.255.255.0", "nearest: 10.1.2.0/24, or 10.1.2.3 for that one address"},
	{"drop 5% from 10.1.2.0/0.0.0.255", "nearest: 10.1.2.0/24"},
	{"drop 5% from 10.0.0.0/255.0.255.0", "expected a whole number from 0 to 32"},
	{"drop 5% from 10.0.0.0 netmask 255.0.0.0", "write it as a length behind the address: 10.0.0.0/8 for the netmask 255.0.0.0"},
	{"drop 5% from example.com", "dilih does not look up names: use an address, as getent ahosts example.com prints"},
	{"drop 5% from db", "dilih does not look up names: use an address, as getent ahosts db prints"},
	{"drop 5% from localhost", "did you mean 127.0.0.1 or ::1?"},
	{"drop 5% from 10.0.0.1:80", "did you mean from 10.0.0.1 sport 80?"},
	{"drop 5% to [2001:db8::1]:443", "did you mean to 2001:db8::1 dport 443?"},
	{"drop 5% to [2001:db8::1]", "did you mean 2001:db8::1?"},
	{"drop 5% from 10.1/16", "did you mean 10.1.0.0/16?"},
	{"drop 5% from 0/0", "did you mean 0.0.0.0/0?"},
	{"drop 5% from 10.1.*.*", "did you mean 10.1.0.0/16?"},
	{"drop 5% from any", "leave out from: what a fault does not ask for is met by every packet"},
	{"drop 5% from !10.0.0.1", "put a fault before this one, as in: pass from 10.0.0.1"},
	{"drop 5% from 10.0.0.1,10.0.0.2", "write a fault for each address or prefix"},
	{"drop 5% from 10.0.0.1-10.0.0.9", "write a fault for each address or prefix"},
}

func TestHintsForWordsOfOtherTools(t *testing.T) {
	for _, test := range foreign {
		_, err := Parse("test", test.typed)
		var syntax *SyntaxError
		qt.Assert(t, qt.IsTrue(errors.As(err, &syntax)), qt.Commentf("%s", test.typed))
		lines := strings.Split(syntax.Help, "\n")
		qt.Check(t, qt.IsTrue(len(lines) <= 5))
		qt.Check(t, qt.Equals(lines[len(lines)-1], test.hint), qt.Commentf("%s:\n%s", test.typed, err))
	}
}

var replacement = regexp.MustCompile(`^did you mean ([^,?]+)\?`)

// What a hint suggests in place of a word is part of a fault, or of one of two.
func TestHintsAreRight(t *testing.T) {
	tried := 0
	for _, test := range foreign {
		found := replacement.FindStringSubmatch(test.hint)
		if found == nil {
			continue
		}
		_, err := Parse("test", test.typed)
		var syntax *SyntaxError
		qt.Assert(t, qt.IsTrue(errors.As(err, &syntax)))
		before, after := syntax.Text[:syntax.Column-1], syntax.Text[syntax.Column-1+len(syntax.Word):]
		before = strings.TrimSuffix(strings.TrimSuffix(before, "proto "), firstOf(found[1])+" ")
		for _, noise := range []string{" port", " host", " mbit"} {
			after = strings.TrimPrefix(after, noise)
		}
		for ours := range strings.SplitSeq(found[1], " or ") {
			_, err := Parse("test", before+ours+after)
			qt.Check(t, qt.IsNil(err), qt.Commentf("%s", test.typed))
			tried++
		}
	}
	qt.Check(t, qt.IsTrue(tried > 30))
}

func firstOf(phrase string) string {
	first, _, _ := strings.Cut(phrase, " ")
	return first
}
