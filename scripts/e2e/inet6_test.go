// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import "github.com/rogpeppe/go-internal/testscript"

const (
	hostAddress6 = "2001:db8::1"
	peerAddress6 = "2001:db8::2"
	enableIPv6   = "net.ipv6.conf." + device + ".disable_ipv6=0"
)

// inet6 gives both ends IPv6, which a quiet lab has not, as it says things of its own accord. There is no
// wait for somebody else with the same address.
func inet6(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: inet6")
	}
	ts.Check(ts.Exec("sysctl", "-qw", enableIPv6))
	ts.Check(ts.Exec("ip", "address", "add", hostAddress6+"/64", "dev", device, "nodad"))
	ts.Check(ts.Exec("peer", "sysctl", "-qw", enableIPv6))
	ts.Check(ts.Exec("peer", "ip", "address", "add", peerAddress6+"/64", "dev", device, "nodad"))
}
