// SPDX-License-Identifier: MIT

package pinned

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/reader/printable"
)

// Busy is the error of a lock that somebody else holds.
type Busy struct {
	PID     int    // 0 if unknown: the holder may be in another PID namespace
	Command string // printable; empty if unknown
	User    string // name, or number if it has none; empty if unknown
}

func (b *Busy) Error() string {
	switch {
	case b.PID == 0:
		return "another reader has the events"
	case b.User == "":
		return fmt.Sprintf("another reader has the events (pid %d)", b.PID)
	}
	return fmt.Sprintf("another reader has the events (pid %d, %s, user %s)", b.PID, b.Command, b.User)
}

// Lock makes this process the one reader of the events: a second one would take every event away
// from the first without either of them noticing. The lock is on a directory that only those who may
// read events can open, so that nobody else can hold it. The error is a *Busy when somebody else is it,
// and wraps ErrClosed when this process is not one of them. The lock ends with Close, or with the
// process, however that ends.
func (p *Pins) Lock() error {
	if err := p.openLock(); err != nil {
		return err
	}
	err := unix.Flock(int(p.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return p.busy()
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", p.lock.Name(), err)
	}
	return nil
}

// openLock opens the lock if it is not open yet: later there may be no right to.
func (p *Pins) openLock() (err error) {
	if p.lock != nil {
		return nil
	}
	path := filepath.Join(p.Path, abi.EventsLock)
	p.lock, err = os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: %s is missing", ErrIncomplete, path)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: %w", ErrClosed, err)
	case err != nil:
		return fmt.Errorf("open the readers' lock: %w", err)
	}
	return nil
}

// Unlock lets another reader have the events.
func (p *Pins) Unlock() error {
	if err := unix.Flock(int(p.lock.Fd()), unix.LOCK_UN); err != nil {
		return fmt.Errorf("unlock %s: %w", p.lock.Name(), err)
	}
	return nil
}

func (p *Pins) busy() *Busy {
	busy := &Busy{}
	var stat unix.Stat_t
	if err := unix.Fstat(int(p.lock.Fd()), &stat); err != nil {
		return busy
	}
	locks, err := os.Open("/proc/locks")
	if err != nil {
		return busy
	}
	defer locks.Close()
	inode := fmt.Sprintf("%02x:%02x:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev), stat.Ino)
	for lines := bufio.NewScanner(locks); lines.Scan(); {
		if pid := flockOwner(lines.Text(), inode); pid > 0 {
			busy.PID = pid
			busy.Command, busy.User = process(pid)
			break
		}
	}
	return busy
}

// flockOwner is the pid in a line of /proc/locks such as "1: FLOCK  ADVISORY  WRITE 4711 00:2b:77 0 EOF",
// or 0 if the line is about another lock or somebody who only waits for this one.
func flockOwner(line, inode string) int {
	fields := strings.Fields(line)
	if len(fields) < 6 || fields[1] != "FLOCK" || fields[5] != inode {
		return 0
	}
	pid, _ := strconv.Atoi(fields[4])
	return pid
}

// process names the command and the user of a process, as far as /proc shows them.
func process(pid int) (command, owner string) {
	directory := fmt.Sprintf("/proc/%d", pid)
	name, err := os.ReadFile(directory + "/comm")
	if err != nil {
		return "", ""
	}
	var stat unix.Stat_t
	if err := unix.Stat(directory, &stat); err != nil {
		return "", ""
	}
	uid := strconv.Itoa(int(stat.Uid))
	if account, err := user.LookupId(uid); err == nil {
		uid = account.Username
	}
	return printable.Text(strings.TrimSpace(string(name))), uid
}
