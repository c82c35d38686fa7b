// SPDX-License-Identifier: MIT

package bugreport

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
)

// patience is for a tool that should only say its version.
const patience = 10 * time.Second

func (r *report) versions(ctx context.Context, tree string) {
	r.field("dilih", firstLine(ctx, filepath.Join(tree, "scripts/version")))
	r.field("reader", fmt.Sprintf("dilih-reader, ABI %d", abi.Version))
	r.field("Linux", linux())
	r.field("distribution", distribution())
	for _, tool := range []struct {
		name    string
		command []string
	}{
		{"clang", []string{cmp.Or(os.Getenv("CLANG"), "clang"), "--version"}},
		{"bpftool", []string{"bpftool", "version"}},
		{"iproute2", []string{"ip", "-V"}},
		{"go", []string{"go", "version"}},
	} {
		r.field(tool.name, firstLine(ctx, tool.command...))
	}
}

// firstLine returns the first line of what a command says.
func firstLine(ctx context.Context, command ...string) string {
	path := find(command[0])
	if path == "" {
		return "not found"
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	process := exec.CommandContext(ctx, path, command[1:]...)
	process.Dir = "/" // outside of the module, which an old Go may not take
	said, err := process.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("cannot be asked: %v", err)
	}
	line, _, _ := strings.Cut(string(said), "\n")
	return strings.TrimPrefix(line, filepath.Dir(path)+"/") // some say first how they were called
}

// find returns the path of a command: of the plain one, or else of that with the newest version of LLVM in its name.
func find(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	newest, path := 0, ""
	for _, directory := range filepath.SplitList(os.Getenv("PATH")) {
		candidates, _ := filepath.Glob(filepath.Join(directory, name+"-*"))
		for _, candidate := range candidates {
			version, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(candidate), name+"-"))
			if err == nil && version > newest {
				newest, path = version, candidate
			}
		}
	}
	return path
}

func linux() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return fmt.Sprintf("cannot be asked: %v", err)
	}
	return unix.ByteSliceToString(name.Release[:]) + " " + unix.ByteSliceToString(name.Machine[:])
}

func distribution() string {
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return fmt.Sprintf("cannot be read: %v", err)
	}
	return strings.Trim(valueIn(text, "PRETTY_NAME"), `"`)
}

// valueIn returns the value of a name in lines NAME=VALUE.
func valueIn(text []byte, name string) string {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), name+"="); found {
			return value
		}
	}
	return "not set"
}

// words are sorted and joined.
func words(list []string) string {
	slices.Sort(list)
	return strings.Join(list, " ")
}
