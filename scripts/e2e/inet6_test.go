// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"

	"github.com/rogpeppe/go-internal/testscript"
)

const (
	hostAddress6 = "2001:db8::1"
	peerAddress6 = "2001:db8::2"
)

// inet6 gives both ends IPv6, which labs have not, as it says things of its own accord. There is no
// wait for somebody else with the same address.
func inet6(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: inet6")
	}
	for _, end := range []struct{ namespace, device, address string }{
		{ts.Getenv("HOST_NAMESPACE"), device, hostAddress6},
		{ts.Getenv("PEER_NAMESPACE"), "veth1", peerAddress6},
	} {
		ts.Check(run(in(end.namespace) + fmt.Sprintf("sysctl -qw net.ipv6.conf.%s.disable_ipv6=0", end.device)))
		ts.Check(run(in(end.namespace) + fmt.Sprintf("ip address add %s/64 dev %s nodad", end.address, end.device)))
	}
}
