// SPDX-License-Identifier: MIT

package fault

import (
	"math/rand/v2"
	"strings"
	"testing"

	"dilih/bpf/model"

	"github.com/go-quicktest/qt"
)

func TestUnreachable(t *testing.T) {
	for _, test := range []struct {
		guards, faults string
		want           []string
	}{
		{"", "drop 5% tcp; drop 1%", nil},
		{"", "drop 1%; drop 5% tcp", []string{"fault 2 (drop 5% tcp) can never decide, because fault 1 (drop 1%) takes all its packets: put it before that, or leave it out"}},
		{"", "drop 1%; drop 5% out tcp", nil},
		{"arp; nd", "drop 5%; pass arp", []string{`fault 2 (pass arp) can never decide, because the guard "arp" takes all its packets: change the guards, or leave it out`}},
		{"tcp dport 22", "drop first 3 tcp syn dport 22 from 192.0.2.7", []string{
			`fault 1 (drop first 3 tcp syn dport 22 from 192.0.2.7) can never decide, because the guard "tcp dport 22" takes all its packets: change the guards, or leave it out`,
		}},
		{"tcp dport 22", "drop tcp sport 22 out", []string{
			`fault 1 (drop 100% out tcp sport 22) can never decide, because the guard "out tcp sport 22" takes all its packets: change the guards, or leave it out`,
		}},
		{"arp", "drop udp; drop udp; drop udp dport 53", []string{
			"fault 2 (drop 100% udp) can never decide, because fault 1 (drop 100% udp) takes all its packets: put it before that, or leave it out",
			"fault 3 (drop 100% udp dport 53) can never decide, because fault 1 (drop 100% udp) takes all its packets: put it before that, or leave it out",
		}},
	} {
		s := set(t, test.guards, test.faults)
		guards := s.guards()
		s.Faults = Guarded(s.Faults[:guards], s.Faults[guards:])
		var found []string
		for _, unreachable := range s.Unreachable() {
			found = append(found, unreachable.String())
		}
		qt.Check(t, qt.DeepEquals(found, test.want), qt.Commentf("%s", test.faults))
	}
}

// For pairs of random faults, covers says that b can never decide exactly if no packet of the frames below matches b
// and not a: never a false alarm, and none that is missed.
func TestCoversAgainstTheModel(t *testing.T) {
	const seed, pairs = 25, 1000
	random := rand.New(rand.NewPCG(seed, seed))
	packets := packetsOfEachKind()
	covered := 0
	for range pairs {
		a, b := randomMatches(random), randomMatches(random)
		if random.IntN(2) == 0 {
			a = withoutOne(random, b)
		}
		ruleA, ruleB := one(t, "drop "+a).rule, one(t, "pass "+b).rule
		witness, found := model.Packet{}, false
		for _, packet := range packets {
			if packet.Matches(ruleB) && !packet.Matches(ruleA) {
				witness, found = packet, true
				break
			}
		}
		covers := covers(ruleA, ruleB)
		qt.Assert(t, qt.Equals(covers, !found), qt.Commentf("seed %d: does %q cover %q? %+v", seed, a, b, witness))
		if covers {
			covered++
		}
	}
	qt.Check(t, qt.IsTrue(covered > pairs/10 && covered < pairs*3/4), qt.Commentf("%d of %d pairs", covered, pairs))
}

// The direction is not of the packet, so the model does not compare it.
func TestCoversOfOneDirection(t *testing.T) {
	in, out := one(t, "drop").rule, one(t, "drop out").rule
	qt.Check(t, qt.IsFalse(covers(in, out)))
	qt.Check(t, qt.IsFalse(covers(out, in)))
	qt.Check(t, qt.IsTrue(covers(out, out)))
}

var randomChoices = [][]string{
	{"", "", "", "arp", "ip", "ip6", "tcp", "udp", "icmp", "icmp6", "nd", "syn", "ip tcp", "ip6 udp"},
	{"", "", "", "proto 1", "proto 2", "proto 6", "proto 17", "proto 58", "proto 132"},
	{"", "", "", "sport 1", "sport 1-2", "sport 0-65535"},
	{"", "", "", "dport 2", "dport 1-2", "dport 0-65535"},
	{"", "", "", "from 10.0.0.1", "from 10.0.0.0/8", "from 0.0.0.0/0", "from 2001:db8::1", "from 2001:db8::/32", "from ::/0"},
	{"", "", "", "to 10.0.0.1", "to 10.0.0.0/8", "to 2001:db8::/32"},
	{"", "", "", "len 1-1500", "len 20-1500", "len 24-1500", "len 34-1500", "len 41-1500", "len 54-1500", "len 60", "len 1-24"},
}

// randomMatches are matches that some packet meets.
func randomMatches(random *rand.Rand) string {
	for {
		var words []string
		for _, choices := range randomChoices {
			words = append(words, choices[random.IntN(len(choices))])
		}
		text := strings.Join(strings.Fields(strings.Join(words, " ")), " ")
		if _, err := Parse("random", "drop "+text); err == nil {
			return text
		}
	}
}

// withoutOne leaves out one of the matches, so that more packets meet the rest.
func withoutOne(random *rand.Rand, matches string) string {
	words := strings.Fields(matches)
	for range 20 {
		at := random.IntN(len(words) + 1)
		for size := 1; size <= 2 && at+size <= len(words); size++ {
			rest := strings.Join(words[:at], " ") + " " + strings.Join(words[at+size:], " ")
			if _, err := Parse("random", "drop "+rest); err == nil {
				return rest
			}
		}
	}
	return matches
}
