// SPDX-License-Identifier: MIT

package privileges

import (
	"os/exec"
	"testing"

	"github.com/go-quicktest/qt"
)

// Nobody is told to use a sudo that is not there, or that root has no need of.
func TestPerson(t *testing.T) {
	tests := []struct {
		name    string
		user    int
		sudoUID string
		sudo    bool
		command string
		runIt   string
	}{
		{"user", 1000, "", true, "sudo ls", "run it with sudo"},
		{"user without a sudo", 1000, "", false, "ls", "run it as root"},
		{"root", 0, "", true, "ls", "run it as the host's root, with all capabilities"},
		{"root by sudo", 0, "1000", true, "sudo ls", "run it with sudo"},
		{"root by root's sudo", 0, "0", true, "ls", "run it as the host's root, with all capabilities"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			environment := map[string]string{"SUDO_UID": test.sudoUID}
			p := personHere(test.user, func(name string) string { return environment[name] },
				func(string) (string, error) {
					if test.sudo {
						return "/usr/bin/sudo", nil
					}
					return "", exec.ErrNotFound
				})
			qt.Check(t, qt.Equals(p.Command("ls"), test.command))
			qt.Check(t, qt.Equals(p.RunIt(), test.runIt))
		})
	}
}
