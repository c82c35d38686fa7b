// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

const (
	hostAddress6 = "2001:db8::1"
	peerAddress6 = "2001:db8::2"
	enableIPv6   = "net.ipv6.conf." + device + ".disable_ipv6=0"
)

// inet6 gives both ends IPv6, see addIPv6.
func inet6(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: inet6")
	}
	ts.Check(addIPv6())
}

// addIPv6 gives both ends IPv6, which a quiet lab has not, as it sends packets by itself. There is no
// wait for somebody else with the same address.
func addIPv6() error {
	for _, command := range []string{
		"sysctl -qw " + enableIPv6,
		"ip address add " + hostAddress6 + "/64 dev " + device + " nodad",
		"peer sysctl -qw " + enableIPv6,
		"peer ip address add " + peerAddress6 + "/64 dev " + device + " nodad",
	} {
		words := strings.Fields(command)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", command, err, out)
		}
	}
	return nil
}
