// SPDX-License-Identifier: MIT

//go:build kernel && netem

package e2e

import (
	"io"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/scripts/test/labtest"
)

// waysToLose are ways to lose 2 % of what leaves, on the machine that sends it.
var waysToLose = []struct{ name, command string }{
	{"nothing lost", "true"},
	{"dilih out", "DEV=" + device + " PIN=" + pin + " FAULT='drop 2% out' ../../up"},
	{"netem loss", "tc qdisc add dev " + device + " root netem limit 100000 loss 2%"},
	{"nft in output", "nft 'add table t; add chain t out { type filter hook output priority 0; }; add rule t out numgen random mod 100 < 2 drop'"},
}

// TestNetemAndSenders prints what a sender notices of each way, in 50,000 datagrams and 64 MiB of TCP. Of dilih it is
// sure that UDP is told nothing, and that TCP sends again what was lost: all of 1000 super-packets come through less than
// once in 500 million runs.
func TestNetemAndSenders(t *testing.T) {
	for _, way := range waysToLose {
		t.Run(way.name, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() {
				if out, err := exec.Command("bash", "-euc", way.command).CombinedOutput(); err != nil {
					t.Logf("%s: not here: %s", way.name, out)
					return
				}
				refused := sendAndCount(t, 50_000)
				took := transfer(t, 64<<20)
				again := output(t, "nstat -asz TcpRetransSegs | awk '/^Tcp/ { print $2 }'")
				t.Logf("%-14s UDP errors %5d, TCP segments sent again %5s, %5.0f Mbit/s",
					way.name, refused, again, float64(64<<23)/1e6/took.Seconds())
				if strings.HasPrefix(way.name, "dilih") {
					qt.Check(t, qt.Equals(refused, 0))
					qt.Check(t, qt.Not(qt.Equals(again, "0")))
				}
			})
		})
	}
}

// sendAndCount sends so many datagrams, and counts those that the kernel refuses.
func sendAndCount(t *testing.T, count int) (refused int) {
	receiver := dialFromPeer(t, func() (net.Conn, error) { // or the peer would say that nobody is there
		return net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(peerAddress), Port: 9})
	})
	defer receiver.Close()
	socket, address := openUDP(t, netip.MustParseAddr(peerAddress))
	defer unix.Close(socket)
	for range count {
		if unix.Sendto(socket, []byte("datagram"), 0, address) != nil {
			refused++
		}
	}
	return refused
}

// transfer sends so many bytes to the peer, over one connection.
func transfer(t *testing.T, bytes int64) time.Duration {
	listener, err := net.Listen("tcp", hostAddress+":0")
	qt.Assert(t, qt.IsNil(err))
	defer listener.Close()
	go func() {
		connection, err := listener.Accept()
		must(err)
		connection.Write(make([]byte, bytes))
		connection.Close()
	}()
	receiver := dialFromPeer(t, func() (net.Conn, error) { return net.Dial("tcp", listener.Addr().String()) })
	defer receiver.Close()
	start := time.Now()
	received, err := io.Copy(io.Discard, receiver)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(received, bytes))
	return time.Since(start)
}
