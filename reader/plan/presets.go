// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strings"

	"dilih/reader/world"
)

// askedGuards are those of the setting GUARD, one a line or between semicolons: matches, or by name what a host needs
// that nobody can walk to.
func askedGuards(setting string, known world.Guards) (texts []string, err error) {
	for line := range strings.Lines(setting) {
		line, _, _ = strings.Cut(line, "#")
		for _, asked := range strings.Split(line, ";") {
			guards, err := preset(strings.TrimSpace(asked), known)
			if err != nil {
				return nil, err
			}
			for _, guard := range guards {
				if !slices.Contains(texts, guard) {
					texts = append(texts, guard)
				}
			}
		}
	}
	return texts, nil
}

// preset is the guard itself, or what it is the name of.
func preset(name string, known world.Guards) ([]string, error) {
	switch name {
	case "":
		return nil, nil
	case "dhcp":
		return []string{"udp dport 68", "udp dport 546"}, nil
	case "mld":
		return []string{"proto 2", "icmp6"}, nil
	case "tunnels":
		return tunnelGuards(known.Tunnels)
	}
	return []string{name}, nil
}

// tunnelProtocols are the IP protocols of tunnels without a port.
var tunnelProtocols = map[string][]string{
	"gre": {"proto 47"}, "gretap": {"proto 47"}, "ip6gre": {"proto 47"}, "ip6gretap": {"proto 47"},
	"erspan": {"proto 47"}, "ip6erspan": {"proto 47"},
	"ipip": {"proto 4"}, "sit": {"proto 41"}, "ip6tnl": {"proto 4", "proto 41"},
	"ipsec": {"proto 50", "proto 51", "udp dport 500", "udp dport 4500"},
}

func tunnelGuards(tunnels []world.Tunnel) (texts []string, err error) {
	for _, tunnel := range tunnels {
		switch {
		case tunnel.Error != "":
			return nil, refuse(failed, Named("GUARD", "tunnels"), tunnel.Error,
				"name the port: "+Named("GUARD", "udp dport 51820"))
		case tunnelProtocols[tunnel.Kind] != nil:
			texts = append(texts, tunnelProtocols[tunnel.Kind]...)
		case tunnel.Port != 0:
			texts = append(texts, fmt.Sprintf("udp dport %d", tunnel.Port))
		}
	}
	return texts, nil
}
