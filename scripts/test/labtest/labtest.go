// SPDX-License-Identifier: MIT

// Package labtest runs tests in the lab (scripts/lib/lab.sh): each on a machine of its own, all of which
// is gone with the test. It is for packages in scripts/.
package labtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
)

// Loudness says whether the two ends of the network send packets by themselves.
type Loudness string

const (
	Quiet  Loudness = "quiet"  // neither ARP nor IPv6: only what a test sends is on the wire
	Chatty Loudness = "chatty" // as anywhere
)

// testInLab is the variable that names the test that runs in this lab.
const testInLab = "DILIH_LAB_TEST"

// Run runs a test in a lab of its own: it starts this program there once more, for this test alone.
func Run(t *testing.T, loudness Loudness, test func()) {
	if os.Getenv(testInLab) == t.Name() {
		test()
		return
	}
	program, err := os.Executable()
	qt.Assert(t, qt.IsNil(err))
	thisTest := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	cmd := exec.Command("bash", "-c", `. ../../lib/packages.sh; . ../../lib/lab.sh; lab "$@"`, "lab", string(loudness),
		program, "-test.v", "-test.run="+thisTest, "-test.timeout="+timeLeft(t).String())
	cmd.Env = append(os.Environ(), testInLab+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.StringContains(string(out), "--- PASS: "+t.Name()+" "))
}

// timeLeft is a little less than go test has left, so that the test in the lab is the one that says where it hangs.
func timeLeft(t *testing.T) time.Duration {
	deadline, limited := t.Deadline()
	if !limited {
		return 0
	}
	return max(time.Until(deadline)*9/10, time.Second)
}

// BuildTree builds what the tests run, before the first lab.
func BuildTree(t *testing.T) {
	if os.Getenv(testInLab) != "" {
		return
	}
	if _, err := os.Stat("../../../Makefile"); err != nil {
		return // a tree in the virtual machine, which has been built
	}
	out, err := exec.Command("make", "-C", "../../..", "build").CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("make build: %s", out))
}

// CopyTree copies this tree, and not the history of it, into a new directory. The times are copied too,
// so that make finds everything built.
func CopyTree(target string) error {
	if err := os.Mkdir(target, 0o755); err != nil {
		return err
	}
	files, err := filepath.Glob("../../../[^.]*") // unlike in a shell, * stands for .git as well
	if err != nil {
		return err
	}
	if out, err := exec.Command("cp", append(files, "-a", "-t", target)...).CombinedOutput(); err != nil {
		return fmt.Errorf("copy the tree: %w: %s", err, out)
	}
	return nil
}
