// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"math/big"
	"strings"
)

// meant are words of other tools, and those that say the same here.
var meant = map[string]string{
	"loss": "drop", "lose": "drop", "block": "drop", "deny": "drop",
	"accept": "pass", "allow": "pass",
	"latency": "delay", "bandwidth": "rate", "dup": "duplicate",
	"src": "from", "saddr": "from", "source": "from",
	"dst": "to", "daddr": "to", "dest": "to", "destination": "to",
	"host": "from or to", "port": "dport or sport",
	"ip4": "ip", "ipv4": "ip", "ipv6": "ip6", "icmpv6": "icmp6",
	"egress": "out", "outgoing": "out",
	"in": "to leave it out, as a fault without out is for what arrives",
}

// suggestion is what was probably meant by a word: one of the candidates, if people or other tools have another name
// for it, or misspelled it; or "".
func suggestion(typed string, candidates []string) string {
	ours := meant[strings.ToLower(typed)]
	for _, candidate := range candidates {
		if strings.Contains(" "+ours+" ", " "+candidate+" ") {
			return ours
		}
	}
	return nearest(typed, candidates)
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
