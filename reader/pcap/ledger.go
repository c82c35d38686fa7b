// SPDX-License-Identifier: MIT

// Package pcap writes down what was dropped, in a pcapng file that Wireshark, tshark and tcpdump
// read: each dropped packet that was reported, when, on which interface, and by which fault.
//
// The file ends with a whole block at every moment, so that it is valid whatever ends the reader.
package pcap

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// Ledger is the file of what was dropped. It is safe for concurrent use.
type Ledger struct {
	name string
	file *os.File // nil if the packets go to the standard output
	made bool     // there was no such file before

	mutex     sync.Mutex // guards what follows, and what the recorders know
	pages     *pages
	encoder   *encoder // nil before the first Take
	recorders []*Recorder
	recorded  uint64 // those that wait to be written included
	kept      uint64 // of them, those that are written
	failed    error  // the first one; nothing is written after it
}

// Open opens the file at path, or takes stdout if the path is "-". What is in the file stays there
// until the first Take of a recorder: until then the reader may find out that it cannot start.
func Open(path string, stdout io.Writer) (*Ledger, error) {
	if path == "-" {
		return &Ledger{name: "the standard output", pages: &pages{stream: stdout}}, nil
	}
	file, made, err := open(path)
	if err != nil {
		return nil, err
	}
	return &Ledger{name: path, file: file, made: made, pages: newPages(file)}, nil
}

// open opens the file for writing, and makes it if there is none. Nobody but its owner may read it: it
// will have other people's packets in it. It follows no link, and takes no file of a stranger, who
// would read those packets, or have root write over a file of their choice.
//
// The errors do not wrap what the kernel said: it is not the pins that were not found or not permitted.
func open(path string) (file *os.File, made bool, err error) {
	file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	made = err == nil
	if errors.Is(err, os.ErrExist) {
		file, err = openExisting(path)
	}
	if err != nil {
		return nil, false, fmt.Errorf("write what is dropped: %v", err)
	}
	if made {
		err = giveTo(file, os.Getenv("SUDO_UID"), os.Getenv("SUDO_GID"))
	}
	if err != nil {
		file.Close()
		return nil, false, fmt.Errorf("give the file to the user who called sudo: %v", err)
	}
	return file, made, nil
}

// openExisting looks at what is there before it opens it: the FIFO of a stranger would make it wait.
func openExisting(path string) (*os.File, error) {
	found, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(found)
	var is unix.Stat_t
	if err := unix.Fstat(found, &is); err != nil {
		return nil, fmt.Errorf("look at %q: %w", path, err)
	}
	if is.Mode&unix.S_IFMT == unix.S_IFLNK {
		return nil, fmt.Errorf("%q is a link: name the file itself", path)
	}
	if !trusted(is.Uid) {
		return nil, fmt.Errorf("%q belongs to somebody else, user %d: name another file", path, is.Uid)
	}
	// The very file that was looked at, whatever has the name now.
	file, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", found), unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(file), path), nil
}

// trusted says whether a file of the owner may be written to: root, this user, and who called sudo.
func trusted(owner uint32) bool {
	return owner == 0 || int(owner) == os.Geteuid() || strconv.Itoa(int(owner)) == os.Getenv("SUDO_UID")
}

// giveTo makes the user who called sudo, if there is one, the owner of the file that root has made.
func giveTo(file *os.File, user, group string) error {
	uid, noUser := strconv.ParseUint(user, 10, 31)
	gid, noGroup := strconv.ParseUint(group, 10, 31)
	if os.Geteuid() != 0 || noUser != nil || noGroup != nil {
		return nil
	}
	return file.Chown(int(uid), int(gid))
}

// Recorder makes a recorder of what is dropped by the faults of the pin directory.
func (l *Ledger) Recorder(pin string) *Recorder {
	r := &Recorder{ledger: l, pin: pin, comments: newComments(), clock: newClock(readClock)}
	l.recorders = append(l.recorders, r)
	return r
}

// Close completes the file. One that was made and not used is removed. What went wrong before is its
// error, too.
func (l *Ledger) Close() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.encoder != nil && l.failed == nil {
		l.fail(l.pages.end(lastSection(l.summary())))
	}
	if l.file == nil {
		return l.failed
	}
	if l.made && l.encoder == nil {
		os.Remove(l.name) // of no use, but no harm either
	}
	l.fail(l.file.Close())
	return l.failed
}

// Summary says how many of the drops are in the file. It is empty before the first Take.
func (l *Ledger) Summary() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	switch {
	case l.encoder == nil:
		return ""
	case l.file == nil:
		return l.summary()
	}
	return l.summary() + " in " + l.name
}

// summary counts the drops until the last Take. What was recorded since then has been dropped, too.
func (l *Ledger) summary() string {
	dropped := uint64(0)
	for _, r := range l.recorders {
		dropped += r.before + r.dropped
	}
	return fmt.Sprintf("%d of %d drops recorded", l.recorded, max(dropped, l.recorded))
}

// begin empties the file and puts its first interface at its start.
func (l *Ledger) begin(first link) {
	encoder, header := newEncoder(first)
	l.encoder = encoder
	l.fail(l.pages.empty())
	l.pages.add(header)
}

// write writes down drops, and after them how many that makes.
func (l *Ledger) write(drops []drop, r *Recorder) {
	if l.encoder == nil {
		l.begin(r.link)
	}
	for _, d := range drops {
		blocks, err := l.encoder.packet(d, r.link, r.clock.time(d.at), r.comments.options(d.rule))
		l.fail(err)
		if l.failed != nil {
			break
		}
		l.pages.add(blocks)
		l.recorded++
		if l.pages.full() {
			l.commit()
		}
	}
	l.commit()
}

// commit writes what waits for it. What could not be written is not recorded.
func (l *Ledger) commit() {
	if l.failed == nil {
		l.fail(l.pages.commit(lastSection(l.summary())))
	}
	if l.failed != nil {
		l.recorded = l.kept
	}
	l.kept = l.recorded
}

func (l *Ledger) fail(err error) {
	if err != nil && l.failed == nil {
		l.failed = fmt.Errorf("write what was dropped to %s: %w", l.name, err)
	}
}
