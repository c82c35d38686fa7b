// SPDX-License-Identifier: MIT

package pcap

import (
	"encoding/binary"
	"io"
	"os"
)

// A process that is killed within a write may have written a part of it. The kernel copies a page at
// a time, and looks for a deadly signal between two of them; and to a pipe it writes this many bytes
// at once or not at all (PIPE_BUF). So no write crosses a multiple of this many bytes, and no block is
// cut, unless a single packet is larger.
const cellSize = 4096

// A filler is a block for local use, which every reader of pcapng skips.
const (
	fillerType  = 0x80000000
	leastFiller = 16 // bytes
)

// tape writes blocks one after the other. In a file it keeps a last block behind all others, which
// the next block is written over; a stream gets it at the end.
type tape struct {
	file   file
	stream io.Writer // instead of a file, or nil
	at     int64     // where the cell is to be written
	cell   []byte    // blocks that are still to be written
}

// file is what a tape needs of an *os.File.
type file interface {
	io.WriterAt
	Truncate(size int64) error
}

// newTape makes a tape of a file, or of what stands in for one, such as a pipe with a name.
func newTape(file *os.File) *tape {
	if stat, err := file.Stat(); err != nil || !stat.Mode().IsRegular() {
		return &tape{stream: file}
	}
	return &tape{file: file}
}

// rewind takes away what is in the file.
func (t *tape) rewind() error {
	if t.stream != nil {
		return nil
	}
	return t.file.Truncate(0)
}

// add appends a block, or several that belong together.
func (t *tape) add(block []byte) error {
	if err := t.makeRoom(len(block)); err != nil {
		return err
	}
	t.cell = append(t.cell, block...)
	if room := t.room(); room == cellSize || room < leastFiller || len(block) > cellSize {
		return t.fill()
	}
	return nil
}

// commit writes all there is so far and, to a file, the last block.
func (t *tape) commit(last []byte) error {
	if t.stream == nil {
		return t.end(last)
	}
	return t.flush()
}

// end is a commit with the last block in any case.
func (t *tape) end(last []byte) error {
	if err := t.makeRoom(len(last)); err != nil {
		return err
	}
	size := len(t.cell)
	if err := t.write(append(t.cell, last...)); err != nil {
		return err
	}
	t.at += int64(size)
	t.cell = t.cell[:0]
	return nil
}

// room is how much fits in front of the next multiple of the cell's size.
func (t *tape) room() int {
	return cellSize - int((t.at+int64(len(t.cell)))%cellSize)
}

// makeRoom goes on to the next cell if so many bytes do not fit into this one. What they leave over
// must be enough for a filler.
func (t *tape) makeRoom(size int) error {
	if rest := t.room() - size; rest == 0 || rest >= leastFiller {
		return nil
	}
	return t.fill()
}

// fill completes the cell and writes it.
func (t *tape) fill() error {
	room := t.room()
	if room < leastFiller { // behind a large packet
		room += cellSize
	}
	if room != cellSize {
		t.cell = append(t.cell, filler(room)...)
	}
	return t.flush()
}

func filler(size int) []byte {
	block := make([]byte, size)
	binary.LittleEndian.PutUint32(block, fillerType)
	binary.LittleEndian.PutUint32(block[4:], uint32(size))
	binary.LittleEndian.PutUint32(block[size-4:], uint32(size))
	return block
}

func (t *tape) flush() error {
	if err := t.write(t.cell); err != nil {
		return err
	}
	t.at += int64(len(t.cell))
	t.cell = t.cell[:0]
	return nil
}

// write writes whole blocks. When the disk is full, the part of them that fitted is taken back.
func (t *tape) write(blocks []byte) (err error) {
	if len(blocks) == 0 {
		return nil
	}
	if t.stream != nil {
		_, err = t.stream.Write(blocks)
		return err
	}
	if _, err = t.file.WriteAt(blocks, t.at); err != nil {
		_ = t.file.Truncate(t.at) // the write has failed, whatever becomes of this
	}
	return err
}
