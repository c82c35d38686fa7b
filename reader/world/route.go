// SPDX-License-Identifier: MIT

package world

import (
	"context"
	"errors"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// dumpAttempts are how often a list is asked for that changes while the kernel makes it.
const dumpAttempts = 10

// route is a connection to the network configuration of one namespace.
type route struct {
	socket *nl.SocketHandle
	stop   func() bool
}

// openRoute connects to the namespace of this thread. The connection ends with ctx.
func openRoute(ctx context.Context) (route, error) {
	socket, err := nl.GetNetlinkSocketAt(-1, -1, unix.NETLINK_ROUTE) // not in another one
	if err != nil {
		return route{}, err
	}
	return route{&nl.SocketHandle{Socket: socket}, context.AfterFunc(ctx, socket.Close)}, nil
}

func (r route) close() {
	if r.stop() {
		r.socket.Close()
	}
}

// list asks for all objects of a kind and returns their messages. A list that changed while it was made may lack
// objects, and is asked for again.
func (r route) list(question, answer uint16, head nl.NetlinkRequestData, rest ...nl.NetlinkRequestData) (messages [][]byte, err error) {
	for range dumpAttempts {
		request := nl.NewNetlinkRequest(int(question), unix.NLM_F_DUMP)
		request.Sockets = map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: r.socket}
		request.AddData(head)
		for _, data := range rest {
			request.AddData(data)
		}
		messages, err = request.Execute(unix.NETLINK_ROUTE, answer)
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			return messages, err
		}
	}
	return nil, err
}

// parseAttributes returns the attributes in their order. The library panics if the last one is not padded.
func parseAttributes(bytes []byte) ([]syscall.NetlinkRouteAttr, error) {
	padding := -len(bytes) & (unix.NLA_ALIGNTO - 1)
	return nl.ParseRouteAttr(append(bytes[:len(bytes):len(bytes)], make([]byte, padding)...))
}

// attributesOf returns the attributes by type, without the flag of those that contain others.
func attributesOf(bytes []byte) (map[uint16][]byte, error) {
	list, err := parseAttributes(bytes)
	if err != nil {
		return nil, err
	}
	attributes := make(map[uint16][]byte, len(list))
	for _, attribute := range list {
		attributes[attribute.Attr.Type&nl.NLA_TYPE_MASK] = attribute.Value
	}
	return attributes, nil
}

// textOf returns an attribute that is a string.
func textOf(attribute []byte) string { return unix.ByteSliceToString(attribute) }

// numberOf returns an attribute that is a number of 32 bits, or 0 if it is missing.
func numberOf(attribute []byte) uint32 {
	if len(attribute) < 4 {
		return 0
	}
	return nl.NativeEndian().Uint32(attribute)
}
