// SPDX-License-Identifier: MIT

package metrics

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"
)

// dial connects to the server and says nothing.
func dial(t *testing.T, server *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.listener.Addr().String())
	qt.Assert(t, qt.IsNil(err))
	return conn
}

func (l *limited) count() int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return len(l.open)
}

// fake is a connection from anywhere, which counts how often it was closed.
type fake struct {
	net.Conn
	from   string
	closed int
}

func (f *fake) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.from))
}

func (f *fake) Close() error {
	f.closed++
	return nil
}

// step is a connection from an address, which asks at once or stays silent.
type step struct {
	from string
	asks bool
}

func TestEviction(t *testing.T) {
	const a, b, c, d = "192.0.2.1:1", "192.0.2.2:1", "[2001:db8::1]:1", "[2001:db8::2]:1"
	tests := []struct {
		name  string
		most  int
		steps []step
		loser int // the step whose connection is closed in the end
	}{
		{"the oldest", 2, []step{{a, false}, {b, false}, {a, false}}, 0},
		{"the silent before who has asked", 3, []step{{a, true}, {b, false}, {a, true}, {b, false}}, 1},
		{"who takes no answer before who comes", 3, []step{{a, true}, {b, true}, {a, true}, {b, false}}, 0},
		{"who has more than a share", share + 2, append([]step{{b, false}, {b, false}}, slices.Repeat([]step{{a, true}}, share+1)...), 2},
		{"one of a network", share + 2, append([]step{{a, false}, {c, false}}, slices.Repeat([]step{{d, false}}, share+1)...), 1},
	}
	for _, test := range tests {
		l := limit(nil, test.most)
		var fakes []*fake
		for _, step := range test.steps {
			f := &fake{from: step.from}
			fakes = append(fakes, f)
			if conn := l.admit(f); step.asks {
				conn.ask()
			}
		}
		for i, f := range fakes {
			qt.Check(t, qt.Equals(f.closed == 1, i == test.loser), qt.Commentf("%s: %d", test.name, i))
		}
		qt.Check(t, qt.Equals(l.count(), test.most))
	}
}

// What is closed makes room once, by whomever and however often it is closed.
func TestCloseTwice(t *testing.T) {
	l := limit(nil, 2)
	first, second := l.admit(&fake{from: "192.0.2.1:1"}), l.admit(&fake{from: "192.0.2.1:2"})
	first.Close()
	first.Close()
	qt.Assert(t, qt.Equals(l.count(), 1))
	second.Close()
	qt.Assert(t, qt.Equals(l.count(), 0))
	qt.Assert(t, qt.HasLen(l.clients, 0))
}

func TestWhose(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:1":          "192.0.2.1/32",
		"[::ffff:192.0.2.1]:1": "192.0.2.1/32",
		"[2001:db8::1]:1":      "2001:db8::/64",
		"[fe80::1%eth0]:1":     "fe80::/64",
	} {
		address := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(remote))
		qt.Check(t, qt.Equals(whose(address).String(), want))
	}
}

// failing has an error for each Accept, and in the end a connection.
type failing struct {
	net.Listener
	errs []error
}

func (f *failing) Accept() (net.Conn, error) {
	if len(f.errs) == 0 {
		return &fake{from: "192.0.2.1:1"}, nil
	}
	err := f.errs[0]
	f.errs = f.errs[1:]
	return nil, err
}

func TestAcceptGoesOn(t *testing.T) {
	l := limit(&failing{errs: []error{syscall.EMFILE, syscall.ENOMEM, net.ErrClosed}}, 1)
	_, err := l.Accept()
	qt.Assert(t, qt.IsTrue(errors.Is(err, net.ErrClosed)))
	_, err = l.Accept()
	qt.Assert(t, qt.IsNil(err))
}
