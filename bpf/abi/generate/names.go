// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// words are those of C whose form in Go is not only their first letter.
var words = map[string]string{
	"abi": "ABI", "arp": "ARP", "cpu": "CPU", "gemodel": "GEModel", "icmp": "ICMP", "icmp6": "ICMP6", "id": "ID", "ip": "IP",
	"ip6": "IP6", "l3": "L3", "nd": "ND", "syn": "SYN", "tc": "TC", "tcp": "TCP", "udp": "UDP", "xdp": "XDP",
}

// goName is a name of C in camel case.
func goName(c string) (camel string) {
	for word := range strings.SplitSeq(strings.ToLower(c), "_") {
		special, is := words[word]
		if !is {
			special = strings.ToUpper(word[:1]) + word[1:]
		}
		camel += special
	}
	return camel
}

// goType is the type in Go of a field.
func goType(of btf.Type) (string, error) {
	switch t := btf.UnderlyingType(of).(type) {
	case *btf.Int:
		return fmt.Sprintf("uint%d", 8*t.Size), nil
	case *btf.Array:
		element, err := goType(t.Type)
		return fmt.Sprintf("[%d]%s", t.Nelems, element), err
	case *btf.Enum:
		if known := find(enums, t.Name); known != "" {
			return known, nil
		}
		return fmt.Sprintf("uint%d", 8*t.Size), nil
	case *btf.Struct:
		if known := find(structs, t.Name); known != "" {
			return known, nil
		}
	}
	return "", fmt.Errorf("there is no type in Go for %v", of)
}

func find(names []name, c string) string {
	i := slices.IndexFunc(names, func(n name) bool { return n.c == c })
	if i < 0 {
		return ""
	}
	return names[i].golang
}
