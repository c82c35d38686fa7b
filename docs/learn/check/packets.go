// SPDX-License-Identifier: MIT

package main

import "encoding/binary"

// ethernet is a frame of 60 bytes or more of this type, with that after its header.
func ethernet(kind uint16, payload ...byte) []byte {
	frame := binary.BigEndian.AppendUint16(make([]byte, 12), kind)
	frame = append(frame, payload...)
	return append(frame, make([]byte, max(0, 60-len(frame)))...)
}

// udp is a packet of IPv4 whose header has so many words, with UDP for a port in it.
func udp(words int, port uint16) []byte {
	packet := make([]byte, words*4+8)
	packet[0] = 4<<4 | byte(words)
	packet[9] = 17
	binary.BigEndian.PutUint16(packet[words*4+2:], port)
	return packet
}
