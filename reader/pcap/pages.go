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

// worthAWrite is how many bytes are not to wait any longer.
const worthAWrite = 64 << 10

// pages writes blocks one after the other. In a file it keeps a last block after all others, which
// the next blocks are written over; a stream gets it at the end.
type pages struct {
	file   file
	stream io.Writer // instead of a file, or nil
	at     int64     // where the blocks are to be written
	blocks []byte    // still to be written
}

// file is what pages need of an *os.File.
type file interface {
	io.WriterAt
	Truncate(size int64) error
}

// newPages makes the pages of a file, or of what stands in for one, such as a pipe with a name.
func newPages(file *os.File) *pages {
	if stat, err := file.Stat(); err != nil || !stat.Mode().IsRegular() {
		return &pages{stream: file}
	}
	return &pages{file: file}
}

// empty takes away what is in the file.
func (p *pages) empty() error {
	if p.stream != nil {
		return nil
	}
	return p.file.Truncate(0)
}

// add appends a block, or several that belong together.
func (p *pages) add(block []byte) {
	p.makeRoom(len(block))
	p.blocks = append(p.blocks, block...)
	if p.room() < leastFiller { // a large one
		p.fill(p.room() + pageSize)
	}
}

// full says that it is time for a commit.
func (p *pages) full() bool { return len(p.blocks) >= worthAWrite }

// commit writes all there is so far and, to a file, the last block.
func (p *pages) commit(last []byte) error {
	if p.stream == nil {
		return p.end(last)
	}
	_, err := p.stream.Write(p.blocks)
	p.advance(len(p.blocks))
	return err
}

// end is a commit with the last block in any case. When the disk is full, the part of the blocks that
// fitted is taken back.
func (p *pages) end(last []byte) error {
	p.makeRoom(len(last))
	size := len(p.blocks)
	p.blocks = append(p.blocks, last...)
	if p.stream != nil {
		_, err := p.stream.Write(p.blocks)
		return err
	}
	if _, err := p.file.WriteAt(p.blocks, p.at); err != nil {
		_ = p.file.Truncate(p.at) // there is an error to return already
		return err
	}
	p.advance(size)
	return nil
}

func (p *pages) advance(size int) {
	p.at += int64(size)
	p.blocks = p.blocks[:0]
}

// room is how much fits before the next page.
func (p *pages) room() int {
	return pageSize - int((p.at+int64(len(p.blocks)))%pageSize)
}

// makeRoom goes on to the next page if so many bytes do not fit into this one. What they leave over
// must be enough for a filler.
func (p *pages) makeRoom(size int) {
	room := p.room()
	if room < pageSize && room != size && room < size+leastFiller {
		p.fill(room)
	}
}

func (p *pages) fill(size int) { p.blocks = append(p.blocks, filler(size)...) }

func filler(size int) []byte {
	block := make([]byte, size)
	binary.LittleEndian.PutUint32(block, fillerType)
	binary.LittleEndian.PutUint32(block[4:], uint32(size))
	binary.LittleEndian.PutUint32(block[size-4:], uint32(size))
	return block
}
