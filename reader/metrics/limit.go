// SPDX-License-Identifier: MIT

package metrics

import (
	"net"
	"sync"
)

// mostConnections at a time; the others wait in the kernel's queue. Each costs a descriptor, which the
// sessions need too.
const mostConnections = 64

// limited is a listener with so many connections at a time.
type limited struct {
	net.Listener
	slots chan struct{}
}

func limit(listener net.Listener) net.Listener {
	return &limited{listener, make(chan struct{}, mostConnections)}
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	release := sync.OnceFunc(func() { <-l.slots })
	return &slot{conn, release}, nil
}

// slot is a connection that makes room for the next when it is closed.
type slot struct {
	net.Conn
	release func()
}

// Close implements net.Conn.
func (s *slot) Close() error {
	defer s.release()
	return s.Conn.Close()
}
