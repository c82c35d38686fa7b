// SPDX-License-Identifier: MIT

package devices

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/reader/printable"
)

// patience is how long the kernel may take for an answer about another namespace.
const patience = time.Second

// Namespace is another network namespace whose devices are looked at. Only to open it takes rights. As long as it is
// open the kernel keeps it, so close it as soon as it has come to its end for everybody else.
type Namespace struct {
	Name    string // printable: what NETNS takes, a name or the id of a process
	path    string
	was     os.FileInfo // what was at the path
	process int         // a pidfd of the process at the path, or -1
	source  source
}

// OpenNamespace opens the namespace that was opened at the path, /run/netns/NAME or /proc/PID/ns/net.
func OpenNamespace(path string, opened *os.File) (n *Namespace, err error) {
	n = &Namespace{Name: printable.Text(filepath.Base(path)), path: path, process: -1}
	if n.was, err = opened.Stat(); err != nil {
		return nil, err
	}
	if rest, isProcess := strings.CutPrefix(path, "/proc/"); isProcess {
		n.Name, _, _ = strings.Cut(rest, "/")
		id, err := strconv.Atoi(n.Name)
		if err != nil {
			return nil, fmt.Errorf("the process of %s: %w", path, err)
		}
		if n.process, err = unix.PidfdOpen(id, 0); err != nil {
			return nil, fmt.Errorf("open process %d: %w", id, err)
		}
	}
	if n.source, err = openSource(opened); err != nil {
		n.Close()
		return nil, fmt.Errorf("open netlink sockets in the network namespace %s: %w", n.Name, err)
	}
	return n, nil
}

// openSource opens sockets in the namespace, on a thread that is never used again.
func openSource(namespace *os.File) (source, error) {
	type result struct {
		source source
		err    error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this goroutine
		var found result
		if found.err = unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); found.err == nil {
			found.source, found.err = newSource()
		}
		done <- found
	}()
	found := <-done
	return found.source, found.err
}

// Ended reports whether the name or the process that the namespace was found by is gone.
func (n *Namespace) Ended() bool {
	if n.process >= 0 {
		poll := []unix.PollFd{{Fd: int32(n.process), Events: unix.POLLIN}}
		ready, err := unix.Poll(poll, 0)
		return err == nil && ready > 0
	}
	is, err := os.Stat(n.path)
	return err != nil || !os.SameFile(is, n.was)
}

// Close lets go of the namespace.
func (n *Namespace) Close() {
	n.source.close()
	if n.process >= 0 {
		unix.Close(n.process)
	}
}

// With does the same as the function With in this namespace.
func (n *Namespace) With(ids [abi.Hooks]uint32, pin string) ([]Device, error) {
	found, err := n.source.with(ids, pin)
	for i := range found {
		found[i].Namespace = n.Name
	}
	return found, err
}

// source answers what there is in a network namespace. The zero value is for the namespace of the calling thread.
type source struct {
	handle  netlink.Handle
	sockets map[int]*nl.SocketHandle // for questions that package netlink does not ask
}

// newSource makes a source for the namespace that this thread is in now.
func newSource() (source, error) {
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return source{}, err
	}
	if err := handle.SetSocketTimeout(patience); err != nil {
		handle.Close()
		return source{}, err
	}
	socket, err := nl.GetNetlinkSocketAt(-1, -1, unix.NETLINK_ROUTE) // not in another one
	if err != nil {
		handle.Close()
		return source{}, err
	}
	limit := unix.NsecToTimeval(int64(patience))
	socket.SetSendTimeout(&limit)
	socket.SetReceiveTimeout(&limit)
	return source{*handle, map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: {Socket: socket}}}, nil
}

func (s *source) close() {
	s.handle.Close()
	for _, socket := range s.sockets {
		socket.Close()
	}
}
