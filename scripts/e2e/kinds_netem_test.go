// SPDX-License-Identifier: MIT

//go:build kernel && netem

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/lib/labtest"
)

// tunnels are devices whose packets begin with IP, by kind, and how each is made: $here and $there are the
// addresses of its ends, and run once at each. They need a kernel that has them: they are for `make vm-test`.
var tunnels = map[string]string{
	"ipip": "ip link add t0 type ipip local $here remote $there",
	"gre":  "ip link add t0 type gre local $here remote $there key 7",
	"sit":  "ip link add t0 type sit local $here remote $there mode any",
	"wireguard": `ip link add t0 type wireguard
		wg set t0 listen-port 51820 private-key <(echo $my_key) peer $(wg pubkey <<<$their_key) allowed-ips 0.0.0.0/0 endpoint $there:51820`,
}

const joinTunnel = `
keys=(x AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=)
join() {
	here=192.0.2.$1 there=192.0.2.$2 my_key=${keys[$1]} their_key=${keys[$2]}
	eval "$3"
	ip address add 203.0.113.$1/24 dev t0
	ip link set t0 up
}
join "$@"`

// Half of the pings through it are lost, to the packet.
func TestTunnelsNetem(t *testing.T) {
	for kind, add := range tunnels {
		t.Run(kind, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() {
				mustRun(t, "bash", "-euc", joinTunnel, "join", "1", "2", add)
				mustRun(t, "peer", "bash", "-euc", joinTunnel, "join", "2", "1", add)
				qt.Assert(t, qt.StringContains(mustRun(t, "../up"), "dilih is on t0 (generic)"))
				said, _ := exec.Command("peer", "ping", "-nqc", "200", "-i", "0.01", "203.0.113.1").Output()
				qt.Assert(t, qt.StringContains(string(said), " 100 received"))
				var counted struct {
					Rules []struct {
						Text             string
						Matched, Dropped int
					}
				}
				line := mustRun(t, "../../dilih-reader", "--count", "1", "--interval", "10ms", "--format", "json")
				qt.Assert(t, qt.IsNil(json.Unmarshal([]byte(line), &counted)))
				last := counted.Rules[len(counted.Rules)-1]
				qt.Assert(t, qt.Equals(last.Matched, 200))
				qt.Assert(t, qt.Equals(last.Dropped, 100))
				mustRun(t, "../down")
			})
		})
	}
}

// Where packets begin with something else, every match would miss.
func TestOtherKindsNetem(t *testing.T) {
	for kind, add := range map[string]string{
		"gre that takes from anybody": "ip link add t0 type gre local 192.0.2.1 key 7",
		"vti":                         "ip link add t0 type vti local 192.0.2.1 remote 192.0.2.2 key 7",
	} {
		t.Run(kind, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() {
				mustRun(t, "bash", "-euc", add)
				up := exec.Command("../up")
				up.Env = append(os.Environ(), "DEV=t0", "PIN="+pin)
				said, err := up.CombinedOutput()
				qt.Assert(t, qt.IsNotNil(err))
				qt.Assert(t, qt.StringContains(string(said), "DEV=t0: dilih does not know how its packets begin"))
			})
		})
	}
}

// mustRun runs a command with settings for the tunnel and returns what it says.
func mustRun(t *testing.T, words ...string) string {
	t.Helper()
	command := exec.Command(words[0], words[1:]...)
	command.Env = append(os.Environ(), "DEV=t0", "PIN="+pin, "FAULT=drop every 2 icmp from 203.0.113.2 len 84")
	said, err := command.CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s: %s", strings.Join(words, " "), said))
	return string(said)
}
