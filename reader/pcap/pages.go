// SPDX-License-Identifier: MIT

package pcap

import (
	"encoding/binary"
	"io"
	"os"
)

// A process that is killed while it writes to a file may have written a part of it: the kernel copies
// page by page, and looks for a deadly signal between two of them. So at each multiple of the least
// size of a page a block begins, and no block is cut, unless a single packet is larger than that.
const pageSize = 4096

// A filler is a block for local use, which every reader of pcapng skips.
const (
	fillerType  = 0x80000000
	leastFiller = 16 // bytes
)

// enough is how many bytes are worth a write.
const enough = 64 << 10

// tape writes blocks one after the other. In a file it keeps a last block behind all others, which
// the next blocks are written over; a stream gets it at the end.
type tape struct {
	file   file
	stream io.Writer // instead of a file, or nil
	at     int64     // where the blocks are to be written
	blocks []byte    // still to be written
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
func (t *tape) add(block []byte) {
	t.makeRoom(len(block))
	t.blocks = append(t.blocks, block...)
	if t.room() < leastFiller { // a large one
		t.fill(t.room() + pageSize)
	}
}

// full says that it is time for a commit.
func (t *tape) full() bool { return len(t.blocks) >= enough }

// commit writes all there is so far and, to a file, the last block.
func (t *tape) commit(last []byte) error {
	if t.stream == nil {
		return t.end(last)
	}
	_, err := t.stream.Write(t.blocks)
	t.advance(len(t.blocks))
	return err
}

// end is a commit with the last block in any case. When the disk is full, the part of the blocks that
// fitted is taken back.
func (t *tape) end(last []byte) error {
	t.makeRoom(len(last))
	size := len(t.blocks)
	t.blocks = append(t.blocks, last...)
	if t.stream != nil {
		_, err := t.stream.Write(t.blocks)
		return err
	}
	if _, err := t.file.WriteAt(t.blocks, t.at); err != nil {
		_ = t.file.Truncate(t.at) // there is an error to report already
		return err
	}
	t.advance(size)
	return nil
}

func (t *tape) advance(size int) {
	t.at += int64(size)
	t.blocks = t.blocks[:0]
}

// room is how much fits in front of the next page.
func (t *tape) room() int {
	return pageSize - int((t.at+int64(len(t.blocks)))%pageSize)
}

// makeRoom goes on to the next page if so many bytes do not fit into this one. What they leave over
// must be enough for a filler.
func (t *tape) makeRoom(size int) {
	room := t.room()
	if room < pageSize && room != size && room < size+leastFiller {
		t.fill(room)
	}
}

func (t *tape) fill(size int) { t.blocks = append(t.blocks, filler(size)...) }

func filler(size int) []byte {
	block := make([]byte, size)
	binary.LittleEndian.PutUint32(block, fillerType)
	binary.LittleEndian.PutUint32(block[4:], uint32(size))
	binary.LittleEndian.PutUint32(block[size-4:], uint32(size))
	return block
}
