// SPDX-License-Identifier: MIT

//go:build kernel && netem

package docs

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/labtest"
)

// TestQueueCommands runs the commands of all documents that make packets wait, in the order of the book and in one lab,
// in which dilih is on eth0 from the beginning. It needs a kernel that has fq and ifb: it is for `make vm-test`.
func TestQueueCommands(t *testing.T) {
	labtest.Run(t, labtest.Chatty, func() {
		s := newShell(t)
		replaceMake(t)
		runBlock(t, s, "before all", block{Info: "sh", Text: "DEV=eth0 make FAULT=pass\n"})
		for _, document := range documents(t) {
			blocks, _ := blocksOf(document, read(t, document))
			blocks = slices.DeleteFunc(blocks, func(b block) bool { return !b.waits() })
			if len(blocks) > 0 {
				t.Run(document, func(t *testing.T) { runQueueCommands(t, s, document, blocks) })
			}
		}
		runBlock(t, s, "after all", block{Info: "sh", Text: "make down\n"})
	})
}

func runQueueCommands(t *testing.T, s *shell, document string, blocks []block) {
	checks := checksOf(document)
	for section, blocks := range bySection(blocks) {
		t.Run(section, func(t *testing.T) {
			for _, b := range blocks {
				runBlock(t, s, b.at(), b)
			}
			runCheck(t, s, checks[section+".queue"])
		})
	}
}

// replaceMake writes a command of that name, which is gone with the lab, if the machine has none. It calls the script of
// the verb in `DEV=eth0 make FAULT=pass` and `make fault FAULT='drop 5%'`. Everything has been built before.
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
