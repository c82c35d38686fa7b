// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// watched are the pins that GROUP may look at, and secret those that are for root alone.
var (
	watched = []string{"control", "sets", "rules", "rule_counters", "totals"}
	secret  = []string{"xdp_dilih", "tc_out", "cpus", "sequences", "flows"}
)

const (
	mine = "/sys/fs/bpf/mine" // a name that is nobody's yet
	lock = "/sys/fs/bpf/dilih-lock"
)

// attempt is one thing that somebody tries.
type attempt struct {
	name string
	try  func() error
}

// attack tries all that nobody but root should be able to do, and to look at things too: attack PROGRAM MAY...
// What is named MAY has to work, and the kernel has to forbid all else. PROGRAM is a file of the program's ids, as
// bpftool shows them.
func attack() {
	may := os.Args[2:]
	failed := false
	for _, a := range attempts(os.Args[1]) {
		at := slices.Index(may, a.name)
		err := a.try()
		if at >= 0 {
			may = slices.Delete(may, at, at+1)
		}
		if !expected(err, at >= 0) {
			failed = true
			fmt.Printf("NOT AS IT SHOULD BE: %s: %v\n", a.name, err)
		}
	}
	if failed || len(may) > 0 {
		must(fmt.Errorf("not all as it should be; nobody tried %q", may))
	}
}

// rewrite opens all pins, writes to a map and runs the program, as root can: rewrite.
func rewrite() {
	must(onPin("rule_counters", 0, update))
	must(open("xdp_dilih", 0))
	must(run(0))
	for _, name := range slices.Concat(watched, secret[1:]) {
		must(open(name, 0))
	}
}

func expected(err error, may bool) bool {
	if may {
		return err == nil
	}
	return errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
}

func attempts(program string) (all []attempt) {
	all = append(all, onDirectory()...)
	for _, name := range watched {
		all = append(all, onMap(name)...)
	}
	for _, name := range append([]string{"output_map"}, secret...) {
		all = append(all,
			attempt{"open " + name, func() error { return open(name, 0) }},
			attempt{"open to read " + name, func() error { return open(name, unix.BPF_F_RDONLY) }})
	}
	all = append(all,
		attempt{"run", func() error { return run(0) }},
		attempt{"run live", func() error { return run(unix.BPF_F_TEST_XDP_LIVE_FRAMES) }},
		attempt{"list programs", func() error { return get(unix.BPF_PROG_GET_NEXT_ID, 0) }})
	all = append(all, byID(program)...)
	return append(all,
		attempt{"packets", packets},
		attempt{"freeze output_map", func() error { return onPin("output_map", 0, freeze) }})
}

// onDirectory tries what anybody who may write to a directory can do in it, and to its files, and locks.
func onDirectory() []attempt {
	control := filepath.Join(pin, "control")
	inside := filepath.Join(pin, "mine")
	return []attempt{
		{"look", func() error { _, err := os.ReadDir(pin); return err }},
		{"lock PIN", func() error { return holdLock(pin) }},
		{"lock events", func() error { return holdLock(filepath.Join(pin, "events")) }},
		{"lock dilih-lock", func() error { return holdLock(lock) }},
		{"create", func() error { _, err := os.Create(inside); return err }},
		{"mkdir", func() error { return unix.Mkdir(inside, 0o777) }},
		{"symlink", func() error { return unix.Symlink("/tmp", inside) }},
		{"rename pin", func() error { return unix.Rename(control, inside) }},
		{"rename PIN", func() error { return unix.Rename(pin, mine) }},
		{"rename lock", func() error { return unix.Rename(lock, mine) }},
		{"unlink", func() error { return unix.Unlink(control) }},
		{"rmdir", func() error { return unix.Rmdir(filepath.Join(pin, "events")) }},
		{"link inside", func() error { return unix.Link(control, inside) }},
		{"chmod pin", func() error { return unix.Chmod(control, 0o666) }},
		{"chmod PIN", func() error { return unix.Chmod(pin, 0o777) }},
		{"chown", func() error { return unix.Chown(control, unix.Geteuid(), unix.Getegid()) }},
	}
}

func holdLock(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
}

// onMap tries what there is to try with a map that is open for reading at most.
func onMap(name string) []attempt {
	watching := func(does func(fd int) error) func() error {
		return func() error { return onPin(name, unix.BPF_F_RDONLY, does) }
	}
	return []attempt{
		{"read " + name, watching(lookUp)},
		{"open " + name, func() error { return open(name, 0) }},
		{"open only to write " + name, func() error { return open(name, unix.BPF_F_WRONLY) }},
		{"write " + name, watching(update)},
		{"freeze " + name, watching(freeze)},
		{"share memory with " + name, watching(share)},
		{"pin anew " + name, watching(pinAnew)},
	}
}

// byID tries to open the program and its maps by their ids.
func byID(program string) (all []attempt) {
	text, err := os.ReadFile(program)
	must(err)
	var ids struct {
		ID   uint32   `json:"id"`
		Maps []uint32 `json:"map_ids"`
	}
	must(json.Unmarshal(text, &ids))
	all = append(all, attempt{"program by id", func() error { return get(unix.BPF_PROG_GET_FD_BY_ID, ids.ID) }})
	for _, id := range ids.Maps {
		all = append(all, attempt{fmt.Sprint("map by id ", id), func() error { return get(unix.BPF_MAP_GET_FD_BY_ID, id) }})
	}
	return all
}
