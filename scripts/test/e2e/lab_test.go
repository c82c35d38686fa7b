// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/labtest"
	"dilih/scripts/test/testenv"
)

// inLab are commands that put dilih to work in a lab, and see that it does what it is asked to.
const inLab = `make -s DEV=eth0 FAULT='drop 100% icmp' >/dev/null
! peer ping -n -q -c 3 -i 0.01 -W 0.1 192.0.2.1 >/dev/null || exit 3
`

// A lab leaves nothing outside, however it ends. It is made in another one here, whose outside is known.
func TestLabLeavesNothing(t *testing.T) {
	labtest.BuildTree(t)
	labtest.Run(t, labtest.Quiet, func() {
		before := outside(t)
		lab := exec.Command("make", "-s", "-C", "../../..", "lab")
		lab.Stdin = strings.NewReader(inLab)
		out, err := lab.CombinedOutput()
		qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", out))
		qt.Assert(t, qt.DeepEquals(outside(t), before))

		killLab(t)
		testenv.Await(t, func() bool { return len(outside(t)) == len(before) },
			func() string { return fmt.Sprintf("%q, and before %q", outside(t), before) })
		qt.Assert(t, qt.DeepEquals(outside(t), before))
	})
}

// killLab starts a lab and kills the first process of it, at work.
func killLab(t *testing.T) {
	lab := exec.Command("make", "-s", "-C", "../../..", "lab")
	stdin, err := lab.StdinPipe()
	qt.Assert(t, qt.IsNil(err))
	stdout, err := lab.StdoutPipe()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsNil(lab.Start()))
	_, err = stdin.Write([]byte(inLab + "echo ready\nsleep 1000\n"))
	qt.Assert(t, qt.IsNil(err))
	ready, err := bufio.NewReader(stdout).ReadString('\n')
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(ready, "ready\n"))
	qt.Assert(t, qt.IsNil(exec.Command("pkill", "-KILL", "-f", "unshare --mount --net --pid").Run()))
	qt.Assert(t, qt.IsNotNil(lab.Wait()))
}

// outside is what can be seen from here: devices, pins, namespaces with a name, and processes by number.
func outside(t *testing.T) (seen []string) {
	for _, pattern := range []string{"/sys/class/net/*", "/sys/fs/bpf/*", "/run/netns/*", "/proc/[0-9]*"} {
		found, err := filepath.Glob(pattern)
		qt.Assert(t, qt.IsNil(err))
		for _, path := range found {
			if filepath.Base(path) != strconv.Itoa(os.Getpid()) {
				seen = append(seen, path)
			}
		}
	}
	return seen
}
