// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// meant are words of other tools, and those that say the same here.
var meant = map[string]string{
	"loss": "drop", "lose": "drop", "block": "drop", "deny": "drop",
	"accept": "pass", "allow": "pass",
	"latency": "delay", "bandwidth": "rate", "dup": "duplicate", "limit": "queue", "distribution": "normal",
	"src": "from", "saddr": "from", "source": "from", "src host": "from", "src net": "from", "-s": "from",
	"dst": "to", "daddr": "to", "dest": "to", "destination": "to", "dst host": "to", "dst net": "to", "-d": "to",
	"host": "from or to", "net": "from or to", "port": "dport or sport",
	"src port": "sport", "source port": "sport", "dst port": "dport", "destination port": "dport",
	"ip4": "ip", "ipv4": "ip", "ipv6": "ip6", "icmpv6": "icmp6",
	"egress": "out", "outgoing": "out", "outbound": "out", "output": "out", "tx": "out",
	"igmp": "proto 2", "ipip": "proto 4", "gre": "proto 47", "esp": "proto 50", "ah": "proto 51", "ospf": "proto 89",
	"vrrp": "proto 112", "sctp": "proto 132",
}

const (
	incoming = "leave it out: a fault without out is for incoming packets"
	negation = "put what is not to be matched in a fault before this one, as in: pass tcp dport 22; drop 5% tcp"
	together = "leave it out: a packet has to meet all matches of a fault"
	either   = "write two faults, in two lines or with ; between them"
	netmask  = "write it as a length behind the address: 10.0.0.0/8 for the netmask 255.0.0.0"
	device   = "leave it out: a fault names no device, DEV=eth0 does"
)

// explained are words that have no counterpart here, and what to do instead.
var explained = map[string]string{
	"in": incoming, "ingress": incoming, "incoming": incoming, "inbound": incoming, "input": incoming, "rx": incoming,
	"both": "write two faults, one without out for incoming packets and one with out, as in: drop 5%; drop 5% out",
	"and":  together, "&&": together, "or": either, "||": either, "not": negation, "!": negation, "except": negation,
	"dev": device, "device": device, "if": device, "iface": device, "interface": device, "iif": device, "oif": device,
	"iifname": device, "oifname": device, "-i": device, "-o": device,
	"for": "leave it out: FOR=10m says how long the faults last",
	"any": "leave it out: what a fault does not ask for is met by every packet", "all": "leave it out: a fault without matches is for all packets",
	"-p": "leave it out: tcp, udp and icmp are matches of their own", "-j": "begin the fault with drop or pass instead",
	"mac": "leave it out: dilih does not compare Ethernet addresses", "ether": "leave it out: dilih does not compare Ethernet addresses",
	"vlan": "leave it out: dilih looks past VLAN tags; attach it to the VLAN's own device instead",
	"mask": netmask, "netmask": netmask,
}

var (
	deviceName      = regexp.MustCompile(`^(lo|(eth|en[opsx]|wlan|wl[opsx]|veth|br|docker|bond|tun|tap|wg)[0-9][a-z0-9]*)$`)
	portAndProtocol = regexp.MustCompile(`^(?:(tcp|udp)[/:](\d{1,5})|(\d{1,5})/(tcp|udp))$`) // tcp/80, 80/tcp
)

// hint says what was probably meant by the word, which is followed by next, or what to do instead; or "".
func hint(typed, next string, candidates []string) string {
	if typed == "" {
		return ""
	}
	word := strings.ToLower(typed)
	if help := explain(word); help != "" {
		return help
	}
	for _, phrase := range []string{word + " " + strings.ToLower(next), word, strings.TrimLeft(word, "-")} {
		if ours := synonym(phrase, candidates); ours != "" {
			return "did you mean " + ours + "?"
		}
	}
	if ours := nearest(typed, candidates); ours != "" {
		return "did you mean " + ours + "?"
	}
	return ""
}

// explain says what to do instead of a word of other tools, or "".
func explain(word string) string {
	if help, known := explained[word]; known {
		return help
	}
	if name, _, isLink := strings.Cut(word, "@"); isLink && name != "" || deviceName.MatchString(name) {
		return fmt.Sprintf("leave it out: a fault names no device, DEV=%.40s does", printable(name))
	}
	if parts := portAndProtocol.FindStringSubmatch(word); parts != nil {
		return fmt.Sprintf("did you mean %s dport %s?", parts[1]+parts[4], parts[2]+parts[3])
	}
	if rest, negated := strings.CutPrefix(word, "!"); negated {
		_, isMatch := vocabulary[rest]
		if isMatch {
			return negation
		}
	}
	return ""
}

// synonym is the phrase or its counterpart here, if that begins with one of the candidates; or "".
func synonym(phrase string, candidates []string) string {
	ours := meant[phrase]
	for _, candidate := range candidates {
		if phrase == candidate {
			return candidate
		}
		if strings.Contains(" "+ours+" ", " "+candidate+" ") {
			return ours
		}
	}
	return assigned(phrase, candidates)
}

// assigned is what was meant by name=value, or "".
func assigned(phrase string, candidates []string) string {
	name, value, is := strings.Cut(strings.TrimSpace(phrase), "=")
	if !is || value == "" || strings.ContainsAny(phrase, " ") {
		return ""
	}
	if ours := synonym(name, candidates); ours != "" {
		return fmt.Sprintf("%s %.40s", ours, printable(value))
	}
	return ""
}

// asPercentage is what was probably meant by a number without a sign, as 2 or 0.02.
func asPercentage(number string) string {
	numerator, denominator, ok := fraction(number)
	if !ok || numerator.Sign() == 0 || numerator.Cmp(denominator) >= 0 {
		return number + "%"
	}
	share := new(big.Rat).SetFrac(numerator.Mul(numerator, hundred), denominator).FloatString(len(number))
	return fmt.Sprintf("%s%%, which is %s of all, or %s%%", strings.TrimSuffix(strings.TrimRight(share, "0"), "."), number, number)
}
