// SPDX-License-Identifier: MIT

package devices

import (
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// filter is a filter of tc that runs a program. The filters of package netlink do not tell their actions.
type filter struct {
	handle  uint32
	program uint32 // its id
	target  int    // index of the device that its action redirects packets to; 0: none
}

// mirredIfindex is where struct tc_mirred has the index of the device; nl.SizeofTcMirred is too large.
const mirredIfindex = 24

// filtersAt lists the filters of the interface that run programs, at one side.
func (s *source) filtersAt(index int, parent uint32) (filters []filter, err error) {
	request := nl.NewNetlinkRequest(unix.RTM_GETTFILTER, unix.NLM_F_DUMP)
	request.Sockets = s.sockets
	request.AddData(&nl.TcMsg{Family: nl.FAMILY_ALL, Ifindex: int32(index), Parent: parent})
	messages, err := complete(request.Execute(unix.NETLINK_ROUTE, unix.RTM_NEWTFILTER))
	if err != nil {
		return nil, err
	}
	for _, message := range messages {
		head := nl.DeserializeTcMsg(message)
		attributes, err := attributesOf(message[head.Len():])
		if err != nil {
			return nil, err
		}
		if kind := attributes[nl.TCA_KIND]; unix.ByteSliceToString(kind) != "bpf" {
			continue
		}
		found, err := programFilter(head.Handle, attributes[nl.TCA_OPTIONS])
		if err != nil {
			return nil, err
		}
		filters = append(filters, found)
	}
	return filters, nil
}

func programFilter(handle uint32, options []byte) (filter, error) {
	attributes, err := attributesOf(options)
	if err != nil {
		return filter{}, err
	}
	found := filter{handle: handle}
	if id := attributes[nl.TCA_BPF_ID]; len(id) >= 4 {
		found.program = nl.NativeEndian().Uint32(id)
	}
	found.target, err = redirectTarget(attributes[nl.TCA_BPF_ACT])
	return found, err
}

// redirectTarget is where the first of the actions that redirects takes packets.
func redirectTarget(actions []byte) (target int, err error) {
	list, err := nl.ParseRouteAttr(actions)
	if err != nil {
		return 0, err
	}
	for _, action := range list {
		attributes, err := attributesOf(action.Value)
		if err != nil {
			return 0, err
		}
		if unix.ByteSliceToString(attributes[nl.TCA_ACT_KIND]) != "mirred" {
			continue
		}
		options, err := attributesOf(attributes[nl.TCA_ACT_OPTIONS])
		if err != nil {
			return 0, err
		}
		if says := options[nl.TCA_MIRRED_PARMS]; len(says) >= mirredIfindex+4 {
			return int(nl.NativeEndian().Uint32(says[mirredIfindex:])), nil
		}
	}
	return 0, nil
}

// attributesOf are the attributes by type, without the flag that says that others are in one.
func attributesOf(bytes []byte) (map[uint16][]byte, error) {
	list, err := nl.ParseRouteAttr(bytes)
	if err != nil {
		return nil, err
	}
	attributes := make(map[uint16][]byte)
	for _, attribute := range list {
		attributes[attribute.Attr.Type&^unix.NLA_F_NESTED] = attribute.Value
	}
	return attributes, nil
}
