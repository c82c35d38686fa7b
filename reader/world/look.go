// SPDX-License-Identifier: MIT

package world

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"dilih/reader/clocks"
)

// ErrPIN means that a PIN is no path that pins can have.
var ErrPIN = errors.New("must be absolute, without . or .. or double slashes")

// Look reads the state of the host once.
func Look(ctx context.Context, question Question) (World, error) {
	if !filepath.IsAbs(question.PIN) || filepath.Clean(question.PIN) != question.PIN {
		return World{}, fmt.Errorf("PIN %q: %w", question.PIN, ErrPIN)
	}
	now, err := clocks.Read(unix.CLOCK_BOOTTIME)
	if err != nil {
		return World{}, err
	}
	runtime.LockOSThread() // whose network namespace is the own one
	defer runtime.UnlockOSThread()
	found := World{
		Now: now, Nonce: nonce(), Kernel: kernelRelease(), HasIFB: exists("/sys/module/ifb"), Rights: readRights(),
	}
	found.readPins(question.PIN)
	if question.Guards {
		found.Guards = readGuards()
	}
	tree := readPinTree()
	found.BPFFS.Open = tree.open
	found.BPFFS.OpenError = textOfError(tree.err)
	if err := found.readAttached(ctx, tree); err != nil {
		return World{}, err
	}
	return found, nil
}

func (w *World) readPins(pin string) {
	w.BPFFS = readBPFFS(filepath.Dir(pin))
	w.Lock, _ = entryAt(filepath.Join(w.BPFFS.Path, "dilih-lock")) // or Pinned has an Error as well
	w.Pinned, w.New, w.Old = readDirectory(pin), readDirectory(pin+"-new"), readDirectory(pin+"-old")
}

func (w *World) directories() []Directory { return []Directory{w.Pinned, w.New, w.Old} }

// readAttached reads which programs there are, and where they are attached.
func (w *World) readAttached(ctx context.Context, tree pinTree) error {
	programs := readPrograms(w.controls())
	ctx, cancel := context.WithTimeout(ctx, wholePatient)
	defer cancel()
	tour, err := newTour(ctx, marked(w.directories()...))
	if err != nil {
		return fmt.Errorf("find the own network namespace: %w", err)
	}
	tour.visitKnown()
	w.Namespaces = tour.namespaces
	w.describe(&programs, tree)
	if ctx.Err() == nil && (w.isLeftOver() || w.isNowhere()) {
		err := tour.visitProcesses(func(identity) bool { return true })
		w.Namespaces = tour.namespaces
		w.describe(&programs, tree)
		if w.isLeftOver() {
			tour.err = err
		}
	}
	sortNamespaces(w.Namespaces)
	w.NamespacesError = textOfError(tour.err)
	return nil
}

// controls returns the ids of our control maps.
func (w *World) controls() (ids []uint32) {
	for _, directory := range w.directories() {
		if directory.Control != nil {
			ids = append(ids, directory.Control.Map)
		}
	}
	return ids
}

func nonce() string {
	var bytes [8]byte
	rand.Read(bytes[:]) // which never fails
	return hex.EncodeToString(bytes[:])
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func textOfError(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
