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
	slots  chan struct{}
	closed chan struct{}
	close  func() error
}

func limit(listener net.Listener) *limited {
	l := &limited{Listener: listener, slots: make(chan struct{}, mostConnections), closed: make(chan struct{})}
	l.close = sync.OnceValue(func() error {
		close(l.closed)
		return listener.Close()
	})
	return l
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	release := sync.OnceFunc(func() { <-l.slots })
	return &slot{conn, release}, nil
}

// Close implements net.Listener. It ends an Accept that waits for a slot, too.
func (l *limited) Close() error { return l.close() }

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
