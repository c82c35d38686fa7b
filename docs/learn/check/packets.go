// SPDX-License-Identifier: MIT

package main

import "encoding/binary"

// ethernet is a frame of 60 bytes or more of this type, with that behind its header.
func ethernet(kind uint16, payload ...byte) []byte {
	frame := binary.BigEndian.AppendUint16(make([]byte, 12), kind)
	frame = append(frame, payload...)
	return append(frame, make([]byte, max(0, 60-len(frame)))...)
}
