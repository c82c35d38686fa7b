// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"encoding/json"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/advice"
	"dilih/reader/world"
)

func TestLook(t *testing.T) {
	loaded := kerneltest.LoadPinned(t).LoadAll()
	loaded.Put(abi.FaultSet{Seed: 42}, abi.Rule{Kinds: abi.KindARP})
	stdout, stderr, code := command("look", "--pin", loaded.Pin)
	qt.Check(t, qt.Equals(code, advice.Fine), qt.Commentf("%s%s", stdout, stderr))
	qt.Check(t, qt.StringContains(stdout, loaded.Pin+": loaded, 1 fault and 0 guards are active (generation 1, seed 42)\n"))

	stdout, _, _ = command("look", "--json", "--pin", loaded.Pin)
	var found world.World
	qt.Assert(t, qt.IsNil(json.Unmarshal([]byte(stdout), &found)))
	qt.Check(t, qt.Equals(found.Pinned.Control.Set.Seed, 42))
	qt.Check(t, qt.HasLen(found.Programs, len(abi.Programs)))
}

// An ordinary user sees what needs no rights, and is told about the rest.
func TestLookUnprivileged(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	p := prepare(t, "look", "--pin", loaded.Pin).ordinary(65534).start()
	qt.Assert(t, qt.Equals(p.code(), advice.NotPermitted), qt.Commentf("%s", p.stderr.String()))
	qt.Check(t, qt.StringContains(p.stdout.String(), "could not be read:\n"))
	qt.Check(t, qt.StringContains(p.stderr.String(), world.ErrRights.Error()))
}
