// SPDX-License-Identifier: MIT

//go:build kernel && netem

package docs

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/lib/labtest"
)

// TestQueueCommands runs the commands of each document that make packets wait, in one lab, in which dilih is
// on eth0 before the first. It takes a kernel that has fq and ifb: it is for `make vm-test`.
func TestQueueCommands(t *testing.T) {
	for _, document := range documents(t) {
		blocks, _ := blocksOf(document, read(t, document))
		blocks = slices.DeleteFunc(blocks, func(b block) bool { return !b.waits() })
		if len(blocks) > 0 {
			t.Run(document, func(t *testing.T) {
				labtest.Run(t, labtest.Chatty, func() { runQueueCommands(t, document, blocks) })
			})
		}
	}
}

func runQueueCommands(t *testing.T, document string, blocks []block) {
	s := newShell(t)
	replaceMake(t)
	runBlock(t, s, "before all", block{Info: "sh", Text: "DEV=eth0 make FAULT=pass\n"})
	checks := checksOf(document)
	for section, blocks := range bySection(blocks) {
		t.Run(section, func(t *testing.T) {
			for _, b := range blocks {
				runBlock(t, s, b.at(), b)
			}
			runCheck(t, s, checks[section+".queue"])
		})
	}
	runBlock(t, s, "after all", block{Info: "sh", Text: "make down\n"})
}

// replaceMake puts a command of that name into the lab, which is gone with it, if the machine has none: it turns
// `DEV=eth0 make FAULT=pass` and `make fault FAULT='drop 5%'` into the script of the verb. All is built there.
func replaceMake(t *testing.T) {
	if _, err := exec.LookPath("make"); err == nil {
		return
	}
	const text = `#!/bin/bash
verb=up
for word; do
	case $word in
	*=*) export "$word" ;;
	*) verb=$word ;;
	esac
done
exec "scripts/$verb"
`
	qt.Assert(t, qt.IsNil(os.WriteFile("/run/lab/make", []byte(text), 0o755)))
}
