// SPDX-License-Identifier: MIT

package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/go-quicktest/qt"
)

// disk is a file that remembers each write.
type disk struct {
	bytes  []byte
	writes []write
	room   int // bytes that fit; 0: any number
}

type write struct{ from, to int64 }

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
	d.writes = append(d.writes, write{at, int64(end)})
	return len(p), err
}

func (d *disk) Truncate(size int64) error {
	d.bytes = d.bytes[:size]
	return nil
}

// split takes a file apart. rest is what is left behind the last whole block.
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

// kept are the blocks but for fillers.
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

// check looks at a tape after each write: the file ends with a whole block. Nothing is lost, and the
// last block is where it should be.
type check struct {
	t      *testing.T
	disk   disk
	tape   tape
	blocks [][]byte
}

func newCheck(t *testing.T) *check {
	c := &check{t: t}
	c.tape.file = c
	return c
}

func (c *check) Truncate(size int64) error { return c.disk.Truncate(size) }

func (c *check) WriteAt(p []byte, at int64) (int, error) {
	c.t.Helper()
	n, err := c.disk.WriteAt(p, at)
	_, rest := split(c.disk.bytes)
	qt.Assert(c.t, qt.HasLen(rest, 0), qt.Commentf("after a write of %d bytes to %d", len(p), at))
	return n, err
}

func (c *check) add(size int) {
	c.t.Helper()
	b := block(uint32(len(c.blocks)), size)
	c.blocks = append(c.blocks, b)
	qt.Assert(c.t, qt.IsNil(c.tape.add(b)))
}

func (c *check) commit(last []byte) {
	c.t.Helper()
	qt.Assert(c.t, qt.IsNil(c.tape.commit(last)))
	blocks, _ := split(c.disk.bytes)
	got := kept(blocks)
	qt.Assert(c.t, qt.HasLen(got, len(c.blocks)+1))
	for i, want := range append(c.blocks, last) {
		qt.Assert(c.t, qt.IsTrue(bytes.Equal(got[i], want)), qt.Commentf("block %d", i))
	}
	qt.Assert(c.t, qt.IsTrue(bytes.Equal(blocks[len(blocks)-1], last)))
}

// Blocks of all sizes, in batches of all sizes, and a last block that grows.
func TestTape(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 10 {
		c := newCheck(t)
		for commit := range 50 {
			for range random.IntN(60) {
				c.add(16 + 4*random.IntN(100))
			}
			c.commit(block(0xffff, 60+commit/5*4))
		}
		for _, w := range c.disk.writes {
			qt.Assert(t, qt.Equals(w.from/cellSize, (w.to-1)/cellSize), qt.Commentf("%+v", w))
		}
	}
}

// Blocks that leave every possible rest of a cell.
func TestTapeEdges(t *testing.T) {
	for size := 16; size <= 2*cellSize+64; size += 4 {
		c := newCheck(t)
		c.add(size)
		c.commit(block(0xffff, 60))
		c.commit(block(0xffff, 64))
		c.add(16)
		c.add(size)
		c.add(16)
		c.commit(block(0xffff, 64))
		for _, w := range c.disk.writes {
			oneCell := w.from/cellSize == (w.to-1)/cellSize
			qt.Assert(t, qt.IsTrue(oneCell || size > cellSize-leastFiller), qt.Commentf("%d: %+v", size, w))
		}
	}
}

// A stream is written once, in pieces that a pipe takes whole, and gets the last block at the end.
func TestTapeStream(t *testing.T) {
	var pipe pieces
	tape := &tape{stream: &pipe}
	var want [][]byte
	for i := range 1000 {
		b := block(uint32(i), 16+4*(i%90))
		want = append(want, b)
		qt.Assert(t, qt.IsNil(tape.add(b)))
		if i%7 == 0 {
			qt.Assert(t, qt.IsNil(tape.commit(block(0xffff, 60))))
		}
	}
	qt.Assert(t, qt.IsNil(tape.end(block(0xffff, 60))))
	blocks, rest := split(bytes.Join(pipe, nil))
	qt.Assert(t, qt.HasLen(rest, 0))
	qt.Assert(t, qt.DeepEquals(kept(blocks), append(want, block(0xffff, 60))))
	for _, piece := range pipe {
		qt.Assert(t, qt.IsTrue(len(piece) <= cellSize))
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
func TestTapeDiskFull(t *testing.T) {
	for room := 100; room < 9000; room += 37 {
		d := &disk{room: room}
		tape := &tape{file: d}
		var err error
		for i := 0; err == nil; i++ {
			if err = tape.add(block(uint32(i), 16+4*(i%50))); err == nil && i%5 == 0 {
				err = tape.commit(block(0xffff, 60))
			}
		}
		qt.Assert(t, qt.ErrorIs(err, errFull))
		_, rest := split(d.bytes)
		qt.Assert(t, qt.HasLen(rest, 0))
	}
}
