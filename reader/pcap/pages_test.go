// SPDX-License-Identifier: MIT

package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/testenv"
)

// disk is a file, on a disk that may be full.
type disk struct {
	bytes []byte
	room  int // bytes that fit; 0: any number
}

var errFull = errors.New("disk full")

func (d *disk) WriteAt(p []byte, at int64) (n int, err error) {
	if d.room > 0 && at+int64(len(p)) > int64(d.room) {
		p, err = p[:max(0, d.room-int(at))], errFull
	}
	end := int(at) + len(p)
	if end > len(d.bytes) {
		d.bytes = append(d.bytes, make([]byte, end-len(d.bytes))...)
	}
	copy(d.bytes[at:], p)
	return len(p), err
}

func (d *disk) Truncate(size int64) error {
	d.bytes = d.bytes[:size]
	return nil
}

// split takes a file apart. rest is what is left after the last whole block.
func split(file []byte) (blocks [][]byte, rest []byte) {
	for len(file) >= 12 {
		size := int(binary.LittleEndian.Uint32(file[4:]))
		if size < 12 || size%4 != 0 || size > len(file) || int(binary.LittleEndian.Uint32(file[size-4:])) != size {
			break
		}
		blocks, file = append(blocks, file[:size]), file[size:]
	}
	return blocks, file
}

// kept are the blocks without fillers.
func kept(blocks [][]byte) (rest [][]byte) {
	for _, block := range blocks {
		if binary.LittleEndian.Uint32(block) != fillerType {
			rest = append(rest, block)
		}
	}
	return rest
}

// block is a block that can be told from others.
func block(number uint32, size int) []byte {
	b := filler(size)
	binary.LittleEndian.PutUint32(b, number)
	return b
}

// check looks at the file after each write, and after each part of it that may be all that is written
// by a process that is killed: it ends with a whole block. No block is missing, and the last block is where
// it should be.
type check struct {
	t      *testing.T
	disk   disk
	pages  pages
	blocks [][]byte
	large  bool // there are blocks larger than a page
}

func newCheck(t *testing.T) *check {
	c := &check{t: t}
	c.pages.file = c
	return c
}

func (c *check) Truncate(size int64) error { return c.disk.Truncate(size) }

func (c *check) WriteAt(p []byte, at int64) (n int, err error) {
	c.t.Helper()
	for end := (at/pageSize + 1) * pageSize; end < at+int64(len(p)); end += pageSize {
		c.write(p[:end-at], at)
	}
	c.write(p, at)
	return len(p), nil
}

func (c *check) write(p []byte, at int64) {
	c.t.Helper()
	_, err := c.disk.WriteAt(p, at)
	qt.Assert(c.t, qt.IsNil(err))
	_, rest := split(c.disk.bytes)
	qt.Assert(c.t, qt.IsTrue(c.large || len(rest) == 0), qt.Commentf("%d bytes at %d", len(p), at))
}

func (c *check) add(size int) {
	c.t.Helper()
	b := block(uint32(len(c.blocks)), size)
	c.blocks = append(c.blocks, b)
	c.pages.add(b)
}

func (c *check) commit(last []byte) {
	c.t.Helper()
	qt.Assert(c.t, qt.IsNil(c.pages.commit(last)))
	blocks, _ := split(c.disk.bytes)
	got := kept(blocks)
	qt.Assert(c.t, qt.HasLen(got, len(c.blocks)+1))
	for i, want := range append(c.blocks, last) {
		qt.Assert(c.t, qt.IsTrue(bytes.Equal(got[i], want)), qt.Commentf("block %d", i))
	}
	qt.Assert(c.t, qt.IsTrue(bytes.Equal(blocks[len(blocks)-1], last)))
}

// Blocks of all sizes, in batches of all sizes, and a last block that grows.
func TestPages(t *testing.T) {
	random := testenv.Random(t)
	for range 10 {
		c := newCheck(t)
		for commit := range 50 {
			for range random.IntN(60) {
				c.add(16 + 4*random.IntN(100))
			}
			c.commit(block(0xffff, 60+commit/5*4))
		}
	}
}

// Blocks that leave every possible rest of a page.
func TestPagesEdges(t *testing.T) {
	for size := 16; size <= 2*pageSize+64; size += 4 {
		c := newCheck(t)
		c.large = size > pageSize-leastFiller
		c.add(size)
		c.commit(block(0xffff, 60))
		c.commit(block(0xffff, 64))
		c.add(16)
		c.add(size)
		c.add(16)
		c.commit(block(0xffff, 64))
		_, rest := split(c.disk.bytes)
		qt.Assert(t, qt.HasLen(rest, 0))
	}
}

// A stream is written once, in whole blocks, and gets the last block at the end.
func TestPagesStream(t *testing.T) {
	var pipe pieces
	p := &pages{stream: &pipe}
	var want [][]byte
	for i := range 1000 {
		b := block(uint32(i), 16+4*(i%90))
		want = append(want, b)
		p.add(b)
		if i%7 == 0 {
			qt.Assert(t, qt.IsNil(p.commit(block(0xffff, 60))))
		}
	}
	qt.Assert(t, qt.IsNil(p.end(block(0xffff, 60))))
	blocks, rest := split(bytes.Join(pipe, nil))
	qt.Assert(t, qt.HasLen(rest, 0))
	qt.Assert(t, qt.DeepEquals(kept(blocks), append(want, block(0xffff, 60))))
	for _, piece := range pipe {
		_, rest := split(piece)
		qt.Assert(t, qt.HasLen(rest, 0))
	}
}

type pieces [][]byte

func (p *pieces) Write(piece []byte) (int, error) {
	*p = append(*p, bytes.Clone(piece))
	return len(piece), nil
}

// When the disk is full the file ends with what was written before.
func TestPagesDiskFull(t *testing.T) {
	for room := 100; room < 9000; room += 37 {
		d := &disk{room: room}
		p := &pages{file: d}
		var err error
		for i := 0; err == nil; i++ {
			p.add(block(uint32(i), 16+4*(i%50)))
			if i%5 == 0 {
				err = p.commit(block(0xffff, 60))
			}
		}
		qt.Assert(t, qt.ErrorIs(err, errFull))
		_, rest := split(d.bytes)
		qt.Assert(t, qt.HasLen(rest, 0))
	}
}
