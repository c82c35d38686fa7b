// SPDX-License-Identifier: MIT

package fault

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

// canonical maps what people type to what they read back.
var canonical = []struct{ typed, printed string }{
	{"drop", "drop 100%"},
	{"pass", "pass"},
	{"drop 0%", "drop 0%"},
	{"drop .5%", "drop 0.5%"},
	{"drop 050.00%", "drop 50%"},
	{"drop 100.000%", "drop 100%"},
	{"drop 0.0000001%", "drop 0.0000001%"},
	{"drop 33.333333333333333333333333333333%", "drop 33.33333333%"},
	{"  drop\t1%  burst 4 udp dport 5004 # a bad radio link", "drop 1% burst 4 udp dport 5004"},
	{"drop 50% burst 1", "drop 50% burst 1"},
	{"drop 0% burst 3", "drop 0% burst 3"},
	{"drop 66.666666666666% burst 2", "drop 66.66666667% burst 2"},
	{"drop 5% burst 1000000", "drop 5% burst 1000000"},
	{"drop 0.1% burst 12.50", "drop 0.1% burst 12.5"},
	{"drop gemodel 1%", "drop gemodel 1%"},
	{"drop gemodel 1% 99%", "drop gemodel 1%"},
	{"drop gemodel 1% 99% 100% 0% tcp", "drop gemodel 1% tcp"},
	{"drop gemodel 1% 10%", "drop gemodel 1% 10%"},
	{"drop gemodel 1% 99% 70% udp", "drop gemodel 1% 99% 70% udp"},
	{"drop gemodel 1% 10% 100% 0.1%", "drop gemodel 1% 10% 100% 0.1%"},
	{"drop every 10 icmp", "drop every 10 icmp"},
	{"drop every 1", "drop every 1"},
	{"drop first 4611686018427387903", "drop first 4611686018427387903"},
	{"drop first 1 dport 80 syn", "drop first 1 tcp syn dport 80"},
	{"drop 5% of flows tcp", "drop 5% of flows tcp"},
	{"drop 10% per flow ip6", "drop 10% ip6 per flow"},
	{"drop every 3 udp per flow", "drop every 3 udp per flow"},
	{"pass from 192.0.2.7 dport 22 tcp", "pass tcp dport 22 from 192.0.2.7"},
	{"drop 10% tcp per peer", "drop 10% tcp per peer"},
	{"drop first 1 per peer syn", "drop first 1 tcp syn per peer"},
	{"drop 10% overall", "drop 10% overall"},
	{"drop 1% burst 4 overall udp", "drop 1% burst 4 udp overall"},
	{"drop every 10 overall", "drop every 10"},
	{"drop 5% tcp dport 5432 out", "drop 5% out tcp dport 5432"},
	{"drop 1% burst 4 out", "drop 1% burst 4 out"},
	{"drop to 10.0.0.7 out per flow", "drop 100% out to 10.0.0.7 per flow"},
	{"pass out arp", "pass out arp"},
	{"pass arp", "pass arp"},
	{"pass nd", "pass nd"},
	{"pass ip6 icmp6 nd", "pass nd"},
	{"pass icmp6 ip6", "pass icmp6"},
	{"pass icmp ip", "pass icmp"},
	{"pass ip tcp", "pass ip tcp"},
	{"pass proto 6 tcp", "pass tcp"},
	{"pass proto 6 syn", "pass tcp syn"},
	{"pass proto 6", "pass proto 6"},
	{"pass ip6 proto 59", "pass ip6 proto 59"},
	{"pass proto 51", "pass proto 51"},
	{"pass proto 132 dport 36412", "pass proto 132 dport 36412"},
	{"pass sport 0-65535", "pass dport 0-65535"},
	{"pass dport 0-65535 sport 53", "pass sport 53"},
	{"pass sport 1000-2000 dport 80-80", "pass sport 1000-2000 dport 80"},
	{"pass ip to 10.0.0.0/8", "pass to 10.0.0.0/8"},
	{"pass from 0.0.0.0/0", "pass from 0.0.0.0/0"},
	{"pass from ::/80", "pass from ::/80"},
	{"pass from ::fffe:0:0/95", "pass from ::fffe:0:0/95"},
	{"pass from ::/0 to 2001:DB8:0::/48", "pass from ::/0 to 2001:db8::/48"},
	{"pass from 2001:db8::1/128", "pass from 2001:db8::1"},
	{"pass to 192.0.2.7/32", "pass to 192.0.2.7"},
	{"pass len 1500-9000", "pass len 1500-9000"},
	{"pass len 1", "pass len 1"},
	{"pass len 0-1", "pass len 0-1"},
	{"pass arp len 14", "pass arp len 14"},
	{"pass udp dport 53 len 24", "pass udp dport 53 len 24"},
	{"pass len 0-4294967295", "pass"},
	{"pass arp len 60", "pass arp len 60"},
	{"delay 40ms", "delay 40ms"},
	{"delay 1000us", "delay 1ms"},
	{"delay 1500ms", "delay 1.5s"},
	{"delay 2.50ms", "delay 2.5ms"},
	{"delay 0.3ms", "delay 300us"},
	{"delay .0005ms", "delay 0.5us"},
	{"delay 0.001us", "delay 0.001us"},
	{"delay 1.000000001s", "delay 1.000000001s"},
	{"delay 10s", "delay 10s"},
	{"delay 40ms jitter 40ms", "delay 40ms jitter 40ms"},
	{"delay 5s jitter 5s", "delay 5s jitter 5s"},
	{"delay 4s jitter 1s normal", "delay 4s jitter 1s normal"},
	{"delay 40ms jitter 10ms normal per flow", "delay 40ms jitter 10ms normal per flow"},
	{"delay 300ms from 198.51.100.0/24", "delay 300ms from 198.51.100.0/24"},
	{"rate 10mbit", "rate 10mbit"},
	{"rate 10Mbit queue 50ms out", "rate 10mbit out"},
	{"rate 1500KBIT queue 0.1s", "rate 1.5mbit queue 100ms"},
	{"rate 1000gbit", "rate 1000gbit"},
	{"rate 1000bit queue 1us per peer", "rate 1kbit queue 1us per peer"},
	{"rate 0.064mbit queue 10s overall udp", "rate 64kbit queue 10s udp overall"},
	{"rate 500kbit queue 25", "rate 500kbit queue 600ms"},
	{"rate 9mbit queue 25", "rate 9mbit queue 33.333334ms"},
	{"rate 6mbit queue 25", "rate 6mbit"},
	{"rate 1000gbit queue 1 out", "rate 1000gbit queue 0.012us out"},
	{"rate 1.2kbit queue 1", "rate 1.2kbit queue 10s"},
	{"duplicate 1% udp per flow", "duplicate 1% udp per flow"},
	{"duplicate 100%", "duplicate 100%"},
	{"duplicate 0%", "pass"},
	{"delay 40ms duplicate 0%", "delay 40ms"},
	{"duplicate .10% rate 64kbit delay 9.95s drop 1% burst 4 udp", "drop 1% burst 4 delay 9.95s rate 64kbit duplicate 0.1% udp"},
	{"drop 1% burst 4 delay 40ms jitter 10ms udp dport 5004", "drop 1% burst 4 delay 40ms jitter 10ms udp dport 5004"},
	{"drop gemodel 1% 10% duplicate 5%", "drop gemodel 1% 10% duplicate 5%"},
	{"delay 1ms drop every 3 per flow", "drop every 3 delay 1ms per flow"},
	{"drop first 3 rate 1mbit overall", "drop first 3 rate 1mbit"},
	{"drop 5% of flows delay 1ms jitter 1ms out", "drop 5% of flows delay 1ms jitter 1ms out"},
	{"drop 0% delay 1ms per flow", "drop 0% delay 1ms per flow"},
}

func TestCanonicalForm(t *testing.T) {
	for _, test := range canonical {
		t.Run(test.typed, func(t *testing.T) {
			faults, err := Parse("test", test.typed)
			qt.Assert(t, qt.IsNil(err))
			qt.Assert(t, qt.HasLen(faults, 1))
			qt.Check(t, qt.Equals(faults[0].String(), test.printed))
			again, err := Parse("test", test.printed)
			qt.Assert(t, qt.IsNil(err))
			qt.Check(t, qt.Equals(again[0], faults[0]))
		})
	}
}

func TestSeveralFaults(t *testing.T) {
	faults, err := Parse("test", "pass tcp dport 22; drop 5%\r\n\n ; # drop 10%; pass\ndrop arp;")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(fmt.Sprint(faults), "[pass tcp dport 22 drop 5% drop 100% arp]"))
}

func TestTooManyFaults(t *testing.T) {
	faults, err := Parse("test", strings.Repeat("drop 1%;", 40))
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(faults, 40))

	_, err = Parse("test", strings.Repeat("drop 1%\n", 43))
	qt.Assert(t, qt.ErrorMatches(err, `(?s)test:41: 43 faults are too many.*at most 40 fit: leave out 3`))

	_, err = Parse("test", strings.Repeat("drop 1%\n", 39)+"preset 3g")
	qt.Assert(t, qt.ErrorMatches(err, `(?s)test:40: 41 faults are too many.*at most 40 fit: leave out 1 \(a preset is two faults\)`))

	_, err = ParseGuards(strings.Repeat("arp\n", 25))
	qt.Assert(t, qt.ErrorMatches(err, `(?s)guard:25: 25 guards are too many.*at most 24 fit: leave out 1`))
}

// refused maps what cannot be to the word that the caret stands under, and to parts of the message.
var refused = []struct{ typed, at, problem, help string }{
	{"", "", "no fault", "drop 50%"},
	{"# nothing\n;;", "", "no fault", "drop 50%"},
	{"dorp 5%", "dorp", "unexpected", "did you mean drop?"},
	{"5%", "5%", "unexpected", "did you mean drop 5%?"},
	{"2", "2", "unexpected", "did you mean drop 2%?"},
	{"0.02", "0.02", "unexpected", "did you mean drop 2%, which is 0.02 of all, or 0.02%?"},
	{"5\x1b%", "5\x1b%", `unexpected "5\x1b%"`, "drop or pass"},
	{"drop 0.02", "0.02", "needs its sign", "did you mean 2%, which is 0.02 of all, or 0.02%?"},
	{"drop .125", ".125", "needs its sign", "did you mean 12.5%, which is .125 of all, or .125%?"},
	{"drop 0.1 tcp", "0.1", "needs its sign", "did you mean 10%, which is 0.1 of all"},
	{"drop 0", "0", "needs its sign", "did you mean 0%?"},
	{"drop 1.0", "1.0", "needs its sign", "did you mean 1.0%?"},
	{"loss 2%", "loss", "unexpected", "did you mean drop?"},
	{"Loss 2%", "Loss", "unexpected", "did you mean drop?"},
	{"latency 40ms", "latency", "unexpected", "did you mean delay?"},
	{"accept tcp", "accept", "unexpected", "did you mean pass?"},
	{"tcp dport 80", "tcp", "unexpected", "did you mean drop 5% tcp?"},
	{"src 10.0.0.1", "src", "unexpected", "did you mean drop 5% from?"},
	{"out", "out", "unexpected", "did you mean drop 5% out?"},
	{"drop src 10.0.0.1", "src", "unexpected", "did you mean from?"},
	{"drop 5% dst 10.0.0.1", "dst", "unexpected", "did you mean to?"},
	{"drop 5% saddr 10.0.0.1", "saddr", "unexpected", "did you mean from?"},
	{"drop 5% host 10.0.0.1", "host", "unexpected", "did you mean from or to?"},
	{"drop 5% ipv6", "ipv6", "unexpected", "did you mean ip6?"},
	{"drop 5% egress", "egress", "unexpected", "did you mean out?"},
	{"drop 5% in tcp", "in", "unexpected", "leave it out"},
	{"drop 5% port 80", "port", "unexpected", "did you mean dport or sport?"},
	{"drop 5% tpc dport 53", "tpc", "unexpected", "did you mean tcp?"},
	{"drop 5% TCP", "TCP", "unexpected", "did you mean tcp?"},
	{"drop 5% port 53", "port", "unexpected", "did you mean dport or sport?"},
	{"drop 5% brust 4", "brust", "unexpected", "did you mean burst?"},
	{"drop gmodel 1%", "gmodel", "unexpected", "did you mean gemodel?"},
	{"drop 5% per folw", "folw", "unexpected", "did you mean flow?"},
	{"drop 5% of flow", "flow", "unexpected", "did you mean flows?"},
	{"drop 5% per", "", "ends too early", `expected "flow"`},
	{"drop 5% out tcp out", "out", "asked for twice", "leave one out"},
	{"drop 5% per peer per peer", "per", "per peer is asked for twice", "leave one out"},
	{"drop 5% per flow overall", "overall", "one scope: per flow or overall", "leave one out"},
	{"drop every 3 overall per peer", "per", "one scope: overall or per peer", "leave one out"},
	{"drop 5% of flows per peer", "per", "of flows is per flow already", "leave out per peer"},
	{"pass overall", "overall", "pass picks no packets", "leave out overall"},
	{"drop 5% otu", "otu", "unexpected", "did you mean out?"},
	{"drop 5% of", "", "ends too early", `expected "flows"`},
	{"drop 5", "5", "needs its sign", "5%"},
	{"drop 1e2%", "1e2%", "unexpected", "a percentage"},
	{"drop -1%", "-1%", "unexpected", "a percentage"},
	{"drop 150%", "150%", "more than 100%", "nearest: 100%"},
	{"drop 100.0000000000000000000000001%", "100.0000000000000000000000001%", "more than 100%", "nearest: 100%"},
	{"drop 1000000000000000000000000%", "1000000000000000000000000%", "more than 100%", "nearest: 100%"},
	{"drop 0.00000000001%", "0.00000000001%", "too little", "0.00000002%"},
	{"drop 99.99999999999%", "99.99999999999%", "too close", "99.99999998%"},
	{"drop burst 4", "burst", "needs a percentage", "drop 1% burst 4"},
	{"drop of flows", "of", "needs a percentage", "drop 5% of flows"},
	{"drop 1% burst", "", "ends too early", "expected the mean number"},
	{"drop 1% burst 4%", "4%", "unexpected", "expected the mean number"},
	{"drop 1% burst 0.5", "0.5", "at least one packet", "burst 1"},
	{"drop 1% burst 0", "0", "at least one packet", "burst 1"},
	{"drop 90% burst 2", "90%", "impossible", "nearest: drop 90% burst 9, or drop 66.66% burst 2"},
	{"drop 100% burst 2", "100%", "impossible", "nearest: drop 100%, or drop 66.66% burst 2"},
	{"drop 0.00001% burst 10000", "0.00001%", "too rare", "nearest: drop 0.01152"},
	{"drop 1% burst 100000000", "100000000", "cannot be drawn", "nearest: burst 85899345"},
	{"drop gemodel", "", "ends too early", "p, good to bad"},
	{"drop gemodel 1% 2", "2", "needs its sign", "2%"},
	{"drop gemodel 1% 2% 3% 4% 5%", "5%", "directly after drop", "drop 1% burst 4"},
	{"drop every 0", "0", "means nothing", "nearest: every 1"},
	{"drop first 0", "0", "means nothing", "nearest: first 1"},
	{"drop every", "", "ends too early", "drop every 10"},
	{"drop every x", "x", "unexpected", "drop every 10"},
	{"drop every 1.5", "1.5", "not a number of packets", "whole number"},
	{"drop every 4611686018427387904", "4611686018427387904", "not a number of packets", "4611686018427387903"},
	{"drop tcp 5%", "5%", "directly after drop", "drop 1% burst 4"},
	{"drop 5% every 3", "every", "directly after drop", "drop 1% burst 4"},
	{"drop 5% of flows per flow tcp", "per", "of flows is per flow", "leave out"},
	{"drop 5% per flow per flow", "per", "twice", "leave"},
	{"pass 5%", "5%", "pass takes no loss", "nearest: pass"},
	{"pass burst 3", "burst", "pass takes no loss", "nearest: pass"},
	{"pass tcp per flow", "per", "pass picks no packets", "leave out per flow"},
	{"drop tcp tcp", "tcp", "twice", "leave one out"},
	{"drop from 10.0.0.1 from 10.0.0.2", "from", "twice", "leave one out"},
	{"drop arp dport 53", "dport", `no packet is both "arp" (ARP) and "dport 53" (TCP, UDP, SCTP)`, "leave out"},
	{"drop tcp arp", "arp", "no packet is both", "leave out"},
	{"drop ip6 from 10.0.0.0/8", "from", `"from 10.0.0.0/8" (IPv4)`, "leave out"},
	{"drop from 10.0.0.1 to 2001:db8::1", "to", "no packet is both", "leave out"},
	{"drop arp from 10.0.0.1", "from", "no packet is both", "leave out"},
	{"drop tcp udp", "udp", "no packet is both", "leave out"},
	{"drop udp syn", "syn", "no packet is both", "leave out"},
	{"drop ip ip6", "ip6", "no packet is both", "leave out"},
	{"drop icmp ip6", "ip6", "no packet is both", "leave out"},
	{"drop icmp6 ip", "ip", "no packet is both", "leave out"},
	{"drop nd ip", "ip", "no packet is both", "leave out"},
	{"drop icmp dport 1", "dport", "no packet is both", "leave out"},
	{"drop proto 47 dport 1", "dport", "(protocol 47)", "leave out"},
	{"drop proto 17 tcp", "tcp", "no packet is both", "leave out"},
	{"drop proto 256", "256", "too large", "0 to 255"},
	{"drop proto 0", "0", "no packet has protocol 0", "leave it out for packets of every protocol"},
	{"drop ip6 proto 43", "43", "an IPv6 extension header", "nearest: the protocol behind it, such as tcp, or ip6"},
	{"drop proto 44", "44", "an IPv6 extension header", "nearest: the protocol behind it"},
	{"drop proto 60 tcp", "60", "an IPv6 extension header", "nearest: the protocol behind it"},
	{"drop proto 135", "135", "an IPv6 extension header", "nearest: ip6 proto 59"},
	{"drop ip6 proto 51", "proto", `"ip6" (IPv6) and "proto 51" (IPv4: in IPv6, dilih looks past it)`, "leave out"},
	{"drop from 2001:db8::1 proto 51", "proto", `and "proto 51" (IPv4`, "leave out"},
	{"drop len 0", "0", "the shortest has 1 bytes", "nearest: len 0-1"},
	{"drop arp len 5-13", "5-13", "the shortest has 14 bytes", "nearest: len 5-14"},
	{"drop len 23 sport 7", "23", "the shortest has 24 bytes", "nearest: len 23-24"},
	{"drop proto 1-2", "1-2", "unexpected", "0 to 255"},
	{"drop proto tcp", "tcp", "unexpected", "0 to 255"},
	{"drop dport", "", "ends too early", "0 to 65535"},
	{"drop dport 65536", "65536", "too large", "0 to 65535"},
	{"drop dport 90-80", "90-80", "is larger than the second", "nearest: dport 80-90"},
	{"drop dport 1-2-3", "1-2-3", "unexpected", "0 to 65535"},
	{"drop dport -80", "-80", "unexpected", "0 to 65535"},
	{"drop len 4294967296", "4294967296", "too large", "4294967295"},
	{"drop from", "", "ends too early", "an address"},
	{"drop from example.com", "example.com", "unexpected", "an address"},
	{"drop from 10.0.0.1/33", "10.0.0.1/33", `"33" is not a prefix length`, "0 to 32"},
	{"drop from 10.0.0.0/", "10.0.0.0/", "not a prefix length", "0 to 32"},
	{"drop from ::/129", "::/129", "not a prefix length", "0 to 128"},
	{"drop from 10.0.0.1/8", "10.0.0.1/8", "bits set beyond its first 8", "nearest: 10.0.0.0/8"},
	{"drop from ::ffff:10.0.0.1", "::ffff:10.0.0.1", "no packet has an IPv4-mapped address", "nearest: 10.0.0.1"},
	{"drop from ::ffff:a00:1", "::ffff:a00:1", "no packet has an IPv4-mapped address", "nearest: 10.0.0.1"},
	{"drop to ::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104", "no packet has an IPv4-mapped address", "nearest: 10.0.0.0/8"},
	{"drop to ::ffff:10.0.0.1/104", "::ffff:10.0.0.1/104", "no packet has an IPv4-mapped address", "nearest: 10.0.0.0/8"},
	{"drop to ::ffff:0:0/96", "::ffff:0:0/96", "no packet has an IPv4-mapped address", "nearest: 0.0.0.0/0"},
	{"drop from ::ffff:10.0.0.0/8", "::ffff:10.0.0.0/8", "no packet has an IPv4-mapped address", "nearest: 10.0.0.0/8"},
	{"drop from ::ffff:10.0.0.0/80", "::ffff:10.0.0.0/80", "bits set beyond its first 80", "nearest: ::/80"},
	{"drop to fe80::1%eth0", "fe80::1%eth0", "no zone", "nearest: fe80::1"},
	{"dealy 40ms", "dealy", "unexpected", "did you mean delay?"},
	{"drop 5% dulpicate 1%", "dulpicate", "unexpected", "did you mean duplicate?"},
	{"delay", "", "ends too early", "a time in us, ms or s"},
	{"delay tcp", "tcp", "unexpected", "the delay: a time"},
	{"delay -40ms", "-40ms", "unexpected", "the delay: a time"},
	{"delay 4.0.ms", "4.0.ms", "unexpected", "the delay: a time"},
	{"delay 40", "40", "a time needs its unit", "did you mean 40ms?"},
	{"delay 40 ms", "40", "a time needs its unit", "did you mean 40ms?"},
	{"delay 40ms jitter 5", "5", "a time needs its unit", "did you mean 5ms?"},
	{"delay 5min", "5min", `"min" is not a unit of a time`, "us, ms or s"},
	{"delay 40MS", "40MS", `"MS" is not a unit`, "us, ms or s"},
	{"delay 40%", "40%", `"%" is not a unit`, "us, ms or s"},
	{"delay 0ms", "0ms", "no packet waits", "leave it out"},
	{"delay 0.0001us", "0.0001us", "not a whole number of nanoseconds", "nearest: 0.001us"},
	{"delay 1.0000000015s", "1.0000000015s", "not a whole number of nanoseconds", "nearest: 1.000000001s"},
	{"delay 11s", "11s", "too long: fq", "nearest: 10s"},
	{"delay 100000000000000000000000s", "100000000000000000000000s", "too long: fq", "nearest: 10s"},
	{"delay 9s jitter 2s", "delay", "wait for 11s: fq", "nearest: delay 8s (delay + jitter may be 10s at most)"},
	{"delay 9s jitter 1s normal rate 1mbit", "delay", "wait for 15.05s", "nearest: delay 3.95s (delay + 6 x jitter + queue"},
	{"delay 3s jitter 3s normal", "delay", "wait for 21s", "delay + 6 x jitter may be 10s at most"},
	{"rate 1mbit queue 10s delay 10s", "delay", "wait for 20s", "delay + queue may be 10s at most"},
	{"delay 40ms 10ms", "10ms", "a delay is one time", "delay 40ms jitter 10ms"},
	{"delay 40ms jitter", "", "ends too early", "the jitter: a time"},
	{"delay 40ms jitter 0ms", "0ms", "without a jitter", "leave it out"},
	{"delay 10ms jitter 40ms", "40ms", "no packet leaves before it came", "nearest: jitter 10ms"},
	{"delay 40ms normal", "normal", "after what it belongs to", "delay 40ms jitter 10ms normal"},
	{"jitter 10ms", "jitter", "after what it belongs to", "delay 40ms jitter 10ms"},
	{"delay 40ms queue 10ms", "queue", "after what it belongs to", "rate 10mbit queue 50ms"},
	{"delay 40ms delay 40ms", "delay", "asked for twice", "leave one out"},
	{"drop 5% drop 5%", "drop", "asked for twice", "leave one out"},
	{"drop 5% udp delay 40ms", "delay", "too late here", "drop 1% delay 40ms udp"},
	{"delay 40ms udp drop 5%", "drop", "too late here", "drop 1% delay 40ms udp"},
	{"drop delay 40ms", "drop", "drops every packet", "nearest: drop 100%, or delay 40ms"},
	{"duplicate 1% drop 100% udp", "drop", "drops every packet", "nearest: drop 100%, or duplicate 1%"},
	{"pass delay 40.0ms udp", "pass", "pass does nothing", "nearest: delay 40ms"},
	{"drop 5% pass", "pass", "pass does nothing", "nearest: drop 5%"},
	{"delay 40ms per flow", "per", "a constant delay is the same for every packet", "leave out per flow"},
	{"delay 40ms udp overall", "overall", "a constant delay is the same", "leave out overall"},
	{"drop 5% of flows rate 1mbit per peer", "per", "of flows is per flow", "leave out per peer"},
	{"rate", "", "ends too early", "a rate in bit, kbit, mbit or gbit"},
	{"rate 10", "10", "a rate needs its unit", "did you mean 10mbit?"},
	{"rate 10mbps", "10mbps", `"mbps" is not a unit of a rate`, "bit, kbit, mbit or gbit"},
	{"rate 0mbit", "0mbit", "sends nothing", "drop 100%, which does that"},
	{"rate 999bit", "999bit", "more than 10s", "nearest: 1kbit"},
	{"rate 1.0005kbit", "1.0005kbit", "not a whole number of bits per second", "nearest: 1kbit"},
	{"rate 1000.1gbit", "1000.1gbit", "more than any device", "nearest: 1000gbit"},
	{"rate 10mbit queue", "", "ends too early", "the queue: a time"},
	{"rate 10mbit queue 0ms", "0ms", "without a queue", "leave it out"},
	{"rate 10mbit queue 20s", "20s", "too long: fq", "nearest: 10s"},
	{"rate 10mbit queue 0", "0", "without a queue", "nearest: leave it out, or 1"},
	{"rate 10mbit queue 2.5", "2.5", "a whole number of packets", "25"},
	{"rate 18kbit queue 25", "25", "25 packets of 1500 bytes take too long: fq", "nearest: queue 15"},
	{"rate 1000gbit queue 99999999999999999999999", "99999999999999999999999", "take too long: fq", "nearest: queue 833333333"},
	{"rate 1kbit queue 1", "1", "one packet of 1500 bytes takes longer than any may wait", "nearest: queue 10s"},
	{"rate 18kbit queue 15 delay 1ms", "delay", "wait for", "delay + queue may be 10s at most"},
	{"preset", "", "ends too early", "the name of a preset"},
	{"preset 5g", "5g", "unexpected", "did you mean"},
	{"preset wiif", "wiif", "unexpected", "did you mean wifi?"},
	{"presett 3g", "presett", "unexpected", "did you mean preset?"},
	{"3g", "3g", "unexpected", "did you mean preset 3g?"},
	{"preset 3g out", "out", "both directions", `leave out "out"`},
	{"preset 3g server out", "out", "both directions", `leave out "out"`},
	{"preset 3g per flow", "per", "only matches", "leave out per"},
	{"preset 3g tcp drop 1%", "drop", "only matches", "leave out drop"},
	{"preset 3g tcp jitter 1ms", "jitter", "only matches", "leave out jitter"},
	{"preset 3g 5%", "5%", "only matches", "leave out 5%"},
	{"preset 3g tcp udp", "udp", "no packet is both", "leave out"},
	{"drop 5% preset 3g", "preset", "a line of its own", "preset 3g tcp dport 443"},
	{"duplicate", "", "ends too early", "the share to duplicate"},
	{"duplicate 5", "5", "needs its sign", "5%"},
	{"duplicate 101%", "101%", "more than 100%", "nearest: 100%"},
}

func TestRefused(t *testing.T) {
	for _, test := range refused {
		t.Run(test.typed, func(t *testing.T) {
			_, err := Parse("test", test.typed)
			var syntax *SyntaxError
			qt.Assert(t, qt.IsTrue(errors.As(err, &syntax)))
			qt.Check(t, qt.Equals(syntax.Word, test.at))
			qt.Check(t, qt.StringContains(syntax.Problem, test.problem))
			qt.Check(t, qt.StringContains(syntax.Help, test.help))
			qt.Check(t, qt.Equals(syntax.Text[syntax.Column-1:][:len(test.at)], test.at))
		})
	}
}

func TestGuards(t *testing.T) {
	guards, err := ParseGuards("arp; nd\ntcp dport 6443 # the cluster")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(fmt.Sprint(guards), "[pass arp pass nd pass tcp dport 6443]"))
	for _, guard := range guards {
		qt.Check(t, qt.IsTrue(guard.Guard()))
	}

	guards, err = ParseGuards(" # none")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(guards, 0))

	for _, text := range []string{"pass arp", "drop", "5% tcp", "every 3", "delay 40ms arp"} {
		_, err = ParseGuards(text)
		qt.Check(t, qt.ErrorMatches(err, `(?s)guard:1: a guard is matches only.*tcp dport 6443`))
	}
	_, err = ParseGuards("tcp per flow")
	qt.Check(t, qt.ErrorMatches(err, `(?s)guard:1: pass picks no packets.*`))
}
