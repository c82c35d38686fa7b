// SPDX-License-Identifier: MIT

package metrics

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	mostConnections = 512                   // at a time
	share           = 16                    // what a client may have of them, however many others want some
	breather        = 10 * time.Millisecond // after the kernel had no connection to give
)

// limited is a listener with so many connections at a time. It makes nobody wait for one of them to end:
// those who wait do so in a queue of the kernel, which is open to all, and a client that finds it full tries again
// only after a second. So it takes each at once, and for each that is too many it closes another.
type limited struct {
	net.Listener
	most int

	mutex   sync.Mutex    // guards what follows, and what is in there
	open    []*connection // the oldest first, where to ask makes young again
	clients map[netip.Prefix]*client
}

// client is everybody at an address.
type client struct {
	address     netip.Prefix
	connections int
}

func limit(listener net.Listener, most int) *limited {
	return &limited{Listener: listener, most: most, clients: make(map[netip.Prefix]*client)}
}

// affordable connections are no more than a quarter of the descriptors: the sessions need some, too.
func affordable() (int, error) {
	var descriptors unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &descriptors); err != nil {
		return 0, err
	}
	return int(min(mostConnections, max(1, descriptors.Cur/4))), nil
}

// Accept implements net.Listener. It fails only when the listener is closed: whatever else the kernel lacks
// passes, and an error would be the end of all answers.
func (l *limited) Accept() (net.Conn, error) {
	runtime.Gosched() // so that what the last one said is read before others take its place
	for {
		conn, err := l.Listener.Accept()
		if err == nil {
			return l.admit(conn), nil
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		time.Sleep(breather)
	}
}

func (l *limited) admit(conn net.Conn) *connection {
	address := whose(conn.RemoteAddr())
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.clients[address] == nil {
		l.clients[address] = &client{address: address}
	}
	c := &connection{conn, l, l.clients[address], false}
	c.client.connections++
	l.open = append(l.open, c)
	if len(l.open) > l.most {
		l.evict()
	}
	return c
}

// whose connection it is. An IPv6 client has as many addresses as it likes in its network, so that counts.
func whose(remote net.Addr) netip.Prefix {
	address := remote.(*net.TCPAddr).AddrPort().Addr().Unmap().WithZone("")
	return netip.PrefixFrom(address, min(address.BitLen(), 64)).Masked()
}

// evict closes a connection of a client that has more than its share, or of any if none has. Who has yet to
// ask, and who has asked, cannot crowd each other out: the larger of the two crowds loses its oldest, which
// had the longest time to do what an honest client does at once.
func (l *limited) evict() {
	beyond := slices.ContainsFunc(l.open, (*connection).beyond)
	var oldest [2]*connection
	var crowd [2]int
	for _, c := range l.open {
		if beyond && !c.beyond() {
			continue
		}
		kind := 0
		if c.asked {
			kind = 1
		}
		if crowd[kind]++; crowd[kind] == 1 {
			oldest[kind] = c
		}
	}
	loser := oldest[0]
	if crowd[1] > crowd[0] {
		loser = oldest[1]
	}
	l.forget(loser)
	loser.reset()
}

func (l *limited) forget(c *connection) {
	i := slices.Index(l.open, c)
	if i < 0 {
		return // evicted
	}
	l.open = slices.Delete(l.open, i, i+1)
	c.client.connections--
	if c.client.connections == 0 {
		delete(l.clients, c.client.address)
	}
}

// connection is one of those that are counted, until it is closed.
type connection struct {
	net.Conn
	of     *limited
	client *client
	asked  bool
}

// ask says that a request is here.
func (c *connection) ask() {
	c.of.mutex.Lock()
	defer c.of.mutex.Unlock()
	if i := slices.Index(c.of.open, c); i >= 0 {
		c.asked = true
		c.of.open = append(slices.Delete(c.of.open, i, i+1), c)
	}
}

// beyond says that the client has more than its share. Among the others, a few connections more or less make
// no difference.
func (c *connection) beyond() bool { return c.client.connections > share }

// Close implements net.Conn.
func (c *connection) Close() error {
	c.of.mutex.Lock()
	c.of.forget(c)
	c.of.mutex.Unlock()
	return c.Conn.Close()
}

// reset closes the connection and leaves nothing of it in the kernel, such as an answer that is not taken.
func (c *connection) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Conn.Close()
}
