// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"net/netip"
	"strings"

	"dilih/bpf/abi"
)

// prefix reads an address or a prefix after the word of, which narrows m to its family.
func (p *parser) prefix(of word, m *match) (abi.Prefix, error) {
	w := p.take()
	address, bits, hasBits := strings.Cut(w.text, "/")
	ip, err := netip.ParseAddr(address)
	switch {
	case err != nil:
		return abi.Prefix{}, p.unexpectedValue(w, "an address or a prefix, as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32",
			meantAddress(of.text, w.text))
	case ip.Zone() != "":
		return abi.Prefix{}, p.fail(w, "packets have no zone", fmt.Sprintf("nearest: %s", ip.WithZone("")))
	}
	prefix := netip.PrefixFrom(ip, ip.BitLen())
	if hasBits {
		if prefix, err = netip.ParsePrefix(w.text); err != nil {
			return abi.Prefix{}, p.noLength(w, ip, bits)
		}
	}
	if err := p.checkMapped(w, ip, prefix.Bits()); err != nil {
		return abi.Prefix{}, err
	}
	if prefix != prefix.Masked() {
		return abi.Prefix{}, p.fail(w, fmt.Sprintf("%s has bits set beyond its first %d", ip, prefix.Bits()),
			"nearest: "+nearestPrefix(prefix))
	}
	m.families, m.of, m.kinds = familyIP6, "IPv6", abi.KindIP6
	if ip.Is4() {
		m.families, m.of, m.kinds = familyIP, "IPv4", abi.KindIP
	}
	return encodePrefix(prefix), nil
}

// noLength fails for what stands behind the slash and is no prefix length.
func (p *parser) noLength(w word, ip netip.Addr, length string) error {
	help := fmt.Sprintf("expected a whole number from 0 to %d", ip.BitLen())
	if prefix, isMask := prefixOfMask(ip, length); isMask {
		help = "nearest: " + nearestPrefix(prefix)
	}
	return p.fail(w, fmt.Sprintf("%.40q is not a prefix length", length), help)
}

// nearestPrefix is the prefix without bits beyond its length, and its one address if it has such bits.
func nearestPrefix(prefix netip.Prefix) string {
	if prefix == prefix.Masked() {
		return prefix.String()
	}
	return fmt.Sprintf("%s, or %s for that one address", prefix.Masked(), prefix.Addr())
}

// encodePrefix gives a masked prefix the form of the kernel.
func encodePrefix(prefix netip.Prefix) (encoded abi.Prefix) {
	copy(encoded.Address[:], prefix.Addr().AsSlice())
	for bit := range prefix.Bits() {
		encoded.Mask[bit/8] |= 0x80 >> (bit % 8)
	}
	return encoded
}

// prefixText prints a prefix as people type it: a single address without its length.
func prefixText(encoded abi.Prefix, isIPv4 bool) string {
	ip := netip.AddrFrom16(encoded.Address)
	if isIPv4 {
		ip = netip.AddrFrom4([4]byte(encoded.Address[:4]))
	}
	bits := 0
	for bits < ip.BitLen() && encoded.Mask[bits/8]&(0x80>>(bits%8)) != 0 {
		bits++
	}
	if bits == ip.BitLen() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, bits).String()
}
