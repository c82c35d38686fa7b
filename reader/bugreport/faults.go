// SPDX-License-Identifier: MIT

package bugreport

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"dilih/reader/tally"
)

func (r *report) faults(s tally.Snapshot) {
	r.line("seed %d, shadow %t, %s", s.Seed, s.Shadow, leaseOf(s.Lease))
	for _, count := range tally.Counted {
		value := fmt.Sprint(count.All(s))
		if by := count.ByDirection(s); len(by) > 1 {
			value = fmt.Sprintf("%d in, %d out", by[0], by[1])
		}
		r.field(count.Name, value)
	}
	for _, part := range s.Missing() {
		r.line("missing: %s %v", part.Part, part.Direction)
	}
	hidden := make(placeholders)
	for _, rule := range s.Rules {
		r.line("matched %d dropped %d: %s", rule.Matched.Packets, rule.Dropped.Packets, hidden.text(rule.Text))
	}
}

func leaseOf(lease tally.Lease) string {
	switch {
	case lease.Forever:
		return "never ends"
	case lease.Ended():
		return "has ended"
	}
	return "ends in " + lease.Left.Round(time.Second).String()
}

// placeholders stand for addresses: the same one gets the same placeholder wherever it is.
type placeholders map[string]string

// text returns the text of a fault without its addresses.
func (p placeholders) text(text string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		parts := strings.Split(word, ",")
		for j, part := range parts {
			parts[j] = p.address(part)
		}
		words[i] = strings.Join(parts, ",")
	}
	return strings.Join(words, " ")
}

// address returns a placeholder for an address, which may have a length of its prefix, and any other word as it is.
func (p placeholders) address(word string) string {
	text, length, isPrefix := strings.Cut(word, "/")
	address, err := netip.ParseAddr(text)
	if err != nil {
		return word
	}
	if p[text] == "" {
		family := "IPV4"
		if address.Is6() {
			family = "IPV6"
		}
		p[text] = fmt.Sprintf("%s-%d", family, len(p)+1)
	}
	if isPrefix {
		return p[text] + "/" + length
	}
	return p[text]
}
