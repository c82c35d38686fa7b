// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/kerneltest"
	"dilih/scripts/test/testenv"
)

const (
	asAttacker  = "DILIH_READER_TEST_ATTACK" // makes the test binary attack: how, from where, which port
	patience    = time.Second                // of an attacker
	scrapes     = 10                         // during an attack
	mostSockets = 512 + 16                   // the connections that the reader takes at a time, and its own sockets
)

// attackers, of which each has a connection at a time, are more than the reader takes.
var attackers = testenv.Rounds(10_000)

const question = "GET /metrics HTTP/1.1\r\nHost: x\r\n"

// attacks are what is done with a connection. Afterwards it is reset, and there is another at once.
var attacks = map[string]func(net.Conn){
	"say nothing":   func(conn net.Conn) { io.Copy(io.Discard, conn) },
	"half a word":   func(conn net.Conn) { trickle(conn, "GET /met") },
	"half a header": func(conn net.Conn) { trickle(conn, question+"X: ") },
	"half a body":   func(conn net.Conn) { trickle(conn, "POST"+question[3:]+"Content-Length: 9999\r\n\r\n") },
	"large header":  func(conn net.Conn) { trickle(conn, question+"X: "+strings.Repeat("x", 1<<17)) },
	"HTTP/2":        func(conn net.Conn) { trickle(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") },
	"come and go":   func(net.Conn) {},
	"ask":           func(conn net.Conn) { io.WriteString(conn, question+"\r\n"); io.Copy(io.Discard, conn) },
	"never listen":  func(conn net.Conn) { io.WriteString(conn, question+"\r\n"); time.Sleep(patience) },
	"pipeline":      func(conn net.Conn) { io.WriteString(conn, strings.Repeat(question+"\r\n", 100)); time.Sleep(patience) },
}

// trickle sends the text, and then a byte at a time, until the other end has enough.
func trickle(conn net.Conn, text string) {
	for err := error(nil); err == nil; time.Sleep(patience / 10) {
		_, err = io.WriteString(conn, text)
		text = "x"
	}
}

// origins are addresses that an attacker has. Ours are 127.0.0.1, which it may have, too.
var origins = map[string]func() string{
	"our address":    func() string { return "127.0.0.1" },
	"many addresses": func() string { return fmt.Sprintf("127.1.%d.%d", rand.IntN(4), 1+rand.IntN(254)) },
	"IPv6":           func() string { return "::1" },
}

// init makes the process an attacker, if it is to be one, until it is killed.
func init() {
	attack, origin, port := order(os.Getenv(asAttacker))
	if attack == nil {
		return
	}
	var tried sync.WaitGroup
	tried.Add(attackers)
	for range attackers {
		go func() {
			first := sync.OnceFunc(tried.Done)
			for {
				connect(origin(), port, func(conn net.Conn) {
					first()
					attack(conn)
				})
				first()
			}
		}()
	}
	tried.Wait()
	fmt.Println("all have tried")
	select {}
}

func order(text string) (attack func(net.Conn), origin func() string, port string) {
	words := append(strings.Split(text, ","), "", "")
	return attacks[words[0]], origins[words[1]], words[2]
}

// connect does something with a connection, if there is one to be had. It takes in next to nothing.
func connect(from, port string, attack func(net.Conn)) {
	to := "127.0.0.1"
	if from == "::1" {
		to = from
	}
	dialer := net.Dialer{
		LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 0)),
		Timeout:   patience,
		Control: func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1) })
		},
	}
	conn, err := dialer.Dial("tcp", net.JoinHostPort(to, port))
	if err != nil {
		return
	}
	conn.(*net.TCPConn).SetLinger(0)
	attack(conn)
	conn.Close()
}

// startAttack returns when the attack is under way. Attackers have machines of their own: here they get the
// time that the reader leaves.
func startAttack(t *testing.T, attack, origin, port string) {
	t.Helper()
	p := &process{Cmd: exec.Command("nice", "-n", "19", os.Args[0]), tb: t}
	p.Env = append(os.Environ(), asAttacker+"="+strings.Join([]string{attack, origin, port}, ","))
	p.Cmd.Stdout, p.Cmd.Stderr = &p.stdout, &p.stderr
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.start()
	testenv.Await(t, func() bool { return strings.Contains(p.stdout.String(), "all have tried") }, p.stderr.String)
}

// port is that of a reader which listens on all addresses.
func (p *process) port() string {
	p.tb.Helper()
	url := strings.TrimSuffix(p.url(), "/metrics")
	return url[strings.LastIndex(url, ":")+1:]
}

// scrapeAnew gets the metrics on a new connection. One that is cut off is tried again: who asks from the attacker's own
// address, and as it does, may be taken for it.
func scrapeAnew(t *testing.T, port string) {
	t.Helper()
	client := http.Client{Timeout: testenv.Patience(), Transport: &http.Transport{DisableKeepAlives: true}}
	testenv.Await(t, func() bool {
		response, err := client.Get("http://127.0.0.1:" + port + "/metrics")
		if err != nil {
			return false
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		return err == nil && strings.Contains(string(text), "\ndilih_up{")
	})
}

// openSockets returns how many sockets the process has open.
func (p *process) openSockets() (count int) {
	p.tb.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.Process.Pid))
	qt.Assert(p.tb, qt.IsNil(err))
	for _, file := range files {
		if target, err := os.Readlink(file); err == nil && strings.HasPrefix(target, "socket:") {
			count++
		}
	}
	return count
}

// assault is an attack from an origin.
type assault struct{ attack, origin string }

// TestScrapeUnderAttack sees that an attack keeps nobody from the metrics, nor fills the reader with connections.
func TestScrapeUnderAttack(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	var assaults []assault
	for _, attack := range slices.Sorted(maps.Keys(attacks)) {
		for _, origin := range slices.Sorted(maps.Keys(origins)) {
			assaults = append(assaults, assault{attack, origin})
		}
	}
	for _, a := range testenv.Sample(t, assaults, 3) {
		t.Run(a.attack+" from "+a.origin, func(t *testing.T) {
			p := prepare(t, "--pin", loaded.Pin, "--interval", "1h", "--listen", "[::]:0").start()
			port := p.port()
			startAttack(t, a.attack, a.origin, port)
			most := 0
			for range scrapes {
				scrapeAnew(t, port)
				most = max(most, p.openSockets())
			}
			t.Logf("%d scrapes were answered, beside up to %d open sockets", scrapes, most)
			qt.Assert(t, qt.IsTrue(most <= mostSockets), qt.Commentf("%d sockets", most))
		})
	}
}
