// SPDX-License-Identifier: MIT

package pcap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"dilih/bpf/abi"
	"dilih/reader/printable"
)

const application = "dilih-reader"

// link is an interface of the file: a device, and the pin directory whose faults are on it. Its link type is always
// Ethernet, because libpcap stops reading a file at an interface with another type than the first.
type link struct {
	name, pin string
}

func (l link) descriptor() pcapgo.NgInterface {
	return pcapgo.NgInterface{Name: l.name, Description: printable.Text(l.pin), LinkType: layers.LinkTypeEthernet}
}

// ethernetHeader is what stands before a packet that begins with IP: addresses of zeros, as on the device lo, and the
// EtherType. That is 0 if not even the version of IP was sent along.
func ethernetHeader(packet []byte) []byte {
	header := make([]byte, 14)
	if len(packet) == 0 {
		return header
	}
	switch packet[0] >> 4 {
	case 4:
		binary.BigEndian.PutUint16(header[12:], uint16(layers.EthernetTypeIPv4))
	case 6:
		binary.BigEndian.PutUint16(header[12:], uint16(layers.EthernetTypeIPv6))
	}
	return header
}

// encoder makes the blocks of a pcapng file, one at a time. A block is valid until the next one.
type encoder struct {
	writer *pcapgo.NgWriter
	block  bytes.Buffer
	ids    map[link]int
}

// newEncoder makes an encoder, and the blocks that the file begins with.
func newEncoder(first link) (e *encoder, header []byte) {
	e = &encoder{ids: map[link]int{first: 0}}
	e.writer = newWriter(&e.block, first.descriptor(), "")
	return e, bytes.Clone(e.block.Bytes())
}

// newWriter writes the header of a section into the buffer. No buffer refuses it.
func newWriter(to *bytes.Buffer, first pcapgo.NgInterface, comment string) *pcapgo.NgWriter {
	about := pcapgo.NgSectionInfo{Application: application, Hardware: runtime.GOARCH, OS: runtime.GOOS, Comment: comment}
	writer, _ := pcapgo.NewNgWriterInterface(to, first, pcapgo.NgWriterOptions{SectionInfo: about})
	_ = writer.Flush()
	return writer
}

// packet makes the block of a dropped packet, and before it that of an interface not seen before.
func (e *encoder) packet(d drop, on link, at time.Time, options pcapgo.NgPacketOptions) ([]byte, error) {
	e.block.Reset()
	packet, length := d.packet, int(d.length)
	if d.hook.L3() {
		header := ethernetHeader(packet)
		packet, length = slices.Concat(header, packet), length+len(header)
	}
	id, known := e.ids[on]
	if !known {
		added, err := e.writer.AddInterface(on.descriptor())
		if err != nil {
			return nil, fmt.Errorf("add the interface %s: %w", on.name, err)
		}
		id, e.ids[on] = added, added
	}
	info := gopacket.CaptureInfo{
		Timestamp:      at,
		CaptureLength:  len(packet),
		Length:         max(length, len(packet)), // unknown if its Enter was lost
		InterfaceIndex: id,
	}
	options.Flags = flags(d)
	if err := e.writer.WritePacketWithOptions(info, packet, options); err != nil {
		return nil, err
	}
	if err := e.writer.Flush(); err != nil {
		return nil, err
	}
	return e.block.Bytes(), nil
}

// flags say which way the packet went. That is not known if its Enter was lost.
func flags(d drop) *pcapgo.NgEpbFlags {
	switch {
	case d.length == 0:
		return nil
	case d.hook.Direction() == abi.DirectionOut:
		return &pcapgo.NgEpbFlags{Direction: pcapgo.NgEpbFlagDirectionOutbound}
	}
	return &pcapgo.NgEpbFlags{Direction: pcapgo.NgEpbFlagDirectionInbound}
}

// lastSection is a section with nothing in it but a comment. A comment is shown by all programs only
// if it belongs to a packet or to a section, and this one is about all packets before it.
func lastSection(comment string) []byte {
	var section bytes.Buffer
	newWriter(&section, link{}.descriptor(), comment)
	length := binary.LittleEndian.Uint32(section.Bytes()[4:]) // of the header; the interface comes after it
	return section.Bytes()[:length]
}
