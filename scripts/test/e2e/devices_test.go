// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/labtest"
)

const (
	// allDevices is set where the kernel has all kinds of devices.
	allDevices = "DILIH_ALL_DEVICES"
	// noSuchKind is what devices.sh ends with if the kernel has no such kind.
	noSuchKind = 77
)

// TestDevices puts dilih on a device of each kind, in each mode, and finds there what the table in docs/devices.md
// says. `make vm-test` tries the kinds that this kernel does not have.
func TestDevices(t *testing.T) {
	labtest.BuildTree(t)
	for _, row := range devices(t) {
		for column, mode := range map[int]string{1: "xdpgeneric", 2: "xdpdrv"} {
			t.Run(row[0]+"/"+mode, func(t *testing.T) {
				t.Parallel()
				labtest.Run(t, labtest.Quiet, func() { tryDevice(t, row[0], mode, row[column]) })
			})
		}
	}
}

// devices are the rows of the table, by cells.
func devices(t *testing.T) (rows [][]string) {
	text, err := os.ReadFile("../../../docs/devices.md")
	qt.Assert(t, qt.IsNil(err))
	_, table, found := strings.Cut(string(text), "\n|---|---|---|---|\n")
	qt.Assert(t, qt.IsTrue(found))
	table, _, _ = strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		rows = append(rows, strings.Split(strings.Trim(line, "| \n"), " | "))
	}
	return rows
}

func tryDevice(t *testing.T, kind, mode, expected string) {
	cmd := exec.Command("bash", "testdata/devices.sh", kind, mode, expected)
	self, err := os.Executable()
	qt.Assert(t, qt.IsNil(err))
	cmd.Env = append(os.Environ(), "E2E="+self)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	failed := (*exec.ExitError)(nil)
	if errors.As(err, &failed) && failed.ExitCode() == noSuchKind && os.Getenv(allDevices) == "" {
		t.Logf("this kernel has no %s", kind)
		return
	}
	qt.Assert(t, qt.IsNil(err))
}
