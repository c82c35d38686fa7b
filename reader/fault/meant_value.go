// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

var (
	otherRange = regexp.MustCompile(`^(\d+)(?::|\.\.|–|-)(\d*)$`)
	upTo       = regexp.MustCompile(`^(?::|-)(\d+)$`)
)

// longestNumber is how long a number may be to come back in a hint, in bytes.
const longestNumber = 24

// services are the ports that people know by name.
var services = map[string]string{
	"ssh": "22", "domain": "53", "dns": "53", "http": "80", "ntp": "123", "https": "443", "mysql": "3306", "postgresql": "5432",
}

// meantNumbers is the number or range that was probably meant by a text that is none, or what to do instead; or "".
func meantNumbers(text, of string, most uint64) string {
	switch {
	case len(text) > longestNumber:
		return ""
	case services[strings.ToLower(text)] != "" && strings.HasSuffix(of, "port"):
		return "did you mean " + services[strings.ToLower(text)] + "?"
	case strings.Contains(text, ","):
		return "write a fault for each of them"
	}
	if parts := upTo.FindStringSubmatch(text); parts != nil {
		return "did you mean 0-" + parts[1] + "?"
	}
	parts := otherRange.FindStringSubmatch(text)
	if parts == nil {
		return ""
	}
	last := parts[2]
	if last == "" {
		last = strconv.FormatUint(most, 10)
	}
	return "did you mean " + parts[1] + "-" + last + "?"
}

// meantProtocol is what was probably meant by proto NAME, or "".
func meantProtocol(name string) string {
	if number, is := strings.CutPrefix(meant[name], "proto "); is {
		return "did you mean proto " + number + "?"
	}
	if m, known := vocabulary[name]; known && m.protocols != nil {
		return "did you mean " + name + ", without proto?"
	}
	return ""
}

// withPoint is the number in a text that has a comma before its decimals, with a point instead.
func withPoint(text string) (number string, ok bool) {
	number = strings.Replace(text, ",", ".", 1)
	return number, number != text && decimal.MatchString(number) && len(text) <= longestNumber
}

// meantNumber is the same number, with its unit, if it has a comma before its decimals, or "".
func meantNumber(number, unit string) string {
	if pointed, ok := withPoint(number); ok {
		return "did you mean " + pointed + unit + "?"
	}
	return ""
}

var otherPercent = regexp.MustCompile(`^([0-9.,]{1,20})(pct|percent)$`)

// meantPercentage is the same percentage, if it has a comma before its decimals, or a word in place of its sign, or "".
func meantPercentage(text string) string {
	if parts := otherPercent.FindStringSubmatch(text); parts != nil {
		text = parts[1]
	}
	if text = strings.TrimSuffix(text, "%"); decimal.MatchString(text) {
		return "did you mean " + text + "%?"
	}
	return meantNumber(text, "%")
}

// otherShares are the ways to say that some of some packets are dropped.
var otherShares = regexp.MustCompile(`^(\d{1,9}) ?(?:/|in|in every|of|of every|out of|out of every) ?(\d{1,9})( |$)`)

// meantShare is what was probably meant by a share that is no percentage, as 3 of every 4, or "".
func meantShare(words []word) string {
	var texts []string
	for _, w := range words[:min(5, len(words))] {
		texts = append(texts, w.text)
	}
	if len(texts) > 1 && decimal.MatchString(texts[0]) && strings.HasPrefix(texts[1], "packet") && texts[0] != "0" {
		return "nearest: drop first " + texts[0]
	}
	parts := otherShares.FindStringSubmatch(strings.Join(texts, " "))
	if parts == nil {
		return ""
	}
	some, _ := new(big.Int).SetString(parts[1], 10)
	all, _ := new(big.Int).SetString(parts[2], 10)
	if some.Sign() == 0 || some.Cmp(all) > 0 {
		return ""
	}
	percent := new(big.Rat).SetFrac(new(big.Int).Mul(some, hundred), all).FloatString(7)
	share := "drop " + strings.TrimSuffix(strings.TrimRight(percent, "0"), ".") + "%"
	if some.IsUint64() && some.Uint64() == 1 {
		return fmt.Sprintf("nearest: drop every %s, or %s for that many in the mean", all, share)
	}
	return fmt.Sprintf("nearest: %s, which drops %s of %s in the mean", share, some, all)
}

// meantAddress is what was probably meant by a text that is no address, after the word from or to; or "".
func meantAddress(of, text string) string {
	port := map[string]string{"from": "sport", "to": "dport"}[of]
	if rest, negated := strings.CutPrefix(text, "!"); negated {
		return fmt.Sprintf("put a fault before this one, as in: pass %s %.40s", of, printable(rest))
	}
	if end, err := netip.ParseAddrPort(text); err == nil {
		return fmt.Sprintf("did you mean %s %s %s %d?", of, end.Addr(), port, end.Port())
	}
	if ip, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return "did you mean " + ip.String() + "?"
	}
	if prefix, ok := shortPrefix(text); ok {
		return "did you mean " + prefix.String() + "?"
	}
	switch {
	case text == "any", text == "all", text == "*", text == "anywhere":
		return "leave out " + of + ": what a fault does not ask for is met by every packet"
	case text == "localhost":
		return "did you mean 127.0.0.1 or ::1?"
	case listOfAddresses.MatchString(text):
		return "write a fault for each address or prefix"
	case hostName.MatchString(text):
		return fmt.Sprintf("dilih does not look up names: use an address, as getent ahosts %.30s prints", text)
	}
	return ""
}

var (
	hostName        = regexp.MustCompile(`^(?i:[a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-zA-Z]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.?$`)
	listOfAddresses = regexp.MustCompile(`^[0-9a-fA-F.:/]+[,-][0-9a-fA-F.:/,-]+$`)
	short           = regexp.MustCompile(`^(\d{1,3}(?:\.\d{1,3}){0,3})((?:\.\*){1,3}|/\d{1,2})$`)
)

// shortPrefix reads 10.1/16, 0/0 and 10.1.*.*.
func shortPrefix(text string) (prefix netip.Prefix, ok bool) {
	parts := short.FindStringSubmatch(text)
	if parts == nil {
		return netip.Prefix{}, false
	}
	given := strings.Count(parts[1], ".") + 1
	bits, length := 8*given, parts[2]
	if digits, has := strings.CutPrefix(length, "/"); has {
		bits, _ = strconv.Atoi(digits)
	}
	prefix, err := netip.ParsePrefix(fmt.Sprintf("%s%s/%d", parts[1], strings.Repeat(".0", 4-given), bits))
	return prefix, err == nil && prefix == prefix.Masked()
}

// prefixOfMask is the prefix that an address and a netmask, or a wildcard mask, stand for.
func prefixOfMask(ip netip.Addr, mask string) (prefix netip.Prefix, ok bool) {
	parsed, err := netip.ParseAddr(mask)
	if err != nil || !parsed.Is4() || !ip.Is4() {
		return netip.Prefix{}, false
	}
	for bits := range 33 {
		prefix := netip.PrefixFrom(ip, bits)
		ones := encodePrefix(prefix).Mask
		if parsed.As4() == [4]byte(ones[:4]) || parsed.As4() == [4]byte{^ones[0], ^ones[1], ^ones[2], ^ones[3]} && bits > 0 && bits < 32 {
			return prefix, true
		}
	}
	return netip.Prefix{}, false
}
