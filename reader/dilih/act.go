// SPDX-License-Identifier: MIT

package dilih

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"dilih/scripts/lib/tables"
)

// act becomes the script of the verb.
func (v verb) act(c *cli.Context, setup Setup) error {
	words, command := c.Args().Slice(), []string(nil)
	if at := slices.Index(words, "--"); at >= 0 {
		words, command = words[:at], words[at+1:]
	}
	if err := v.check(c, words, command); err != nil {
		return err
	}
	settings, err := given(c)
	if err != nil {
		return err
	}
	path := filepath.Join(setup.Directory, "scripts", v.name)
	argv, environment := []string{path}, os.Environ()
	if v.name == "run" {
		// The command has the environment of the caller; these words are for env.
		for _, s := range tables.Settings() {
			argv = append(argv, "-u", s.Name)
		}
		argv = append(append(argv, settings...), "--")
	} else {
		environment = append(withoutSettings(environment), settings...)
	}
	if err := setup.Exec(path, append(argv, command...), withoutGo(environment)); err != nil {
		return fmt.Errorf("run %s: %w", path, err)
	}
	return nil
}

// withoutSettings drops the variables by whose names the scripts know settings: other programs use such names.
func withoutSettings(environment []string) []string {
	var names []string
	for _, s := range tables.Settings() {
		names = append(names, s.Name)
	}
	return slices.DeleteFunc(environment, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(names, name)
	})
}

// withoutGo drops GOTRACEBACK=none, by which Go replaces the caller's value, if any, in a program that the kernel runs
// with more rights than its caller has. The capability to read events is such a right.
func withoutGo(environment []string) []string {
	vector, _ := unix.Auxv() // on error, nothing is known to have been put there
	if !slices.Contains(vector, [2]uintptr{atSecure, 1}) {
		return environment
	}
	return slices.DeleteFunc(environment, func(variable string) bool { return variable == "GOTRACEBACK=none" })
}

const atSecure = 23 // AT_SECURE of <linux/auxvec.h>

// version returns that of the file that was installed beside the program, or else that of the tree.
func (s Setup) version() (string, error) {
	text, err := os.ReadFile(filepath.Join(s.Directory, "version"))
	if errors.Is(err, fs.ErrNotExist) {
		text, err = exec.Command(filepath.Join(s.Directory, "scripts", "version")).Output()
	}
	return string(text), err
}
