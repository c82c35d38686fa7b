// SPDX-License-Identifier: MIT

package privileges

import (
	"os"
	"os/exec"

	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// Person is who sits in front of the terminal, and how that person gets what takes root.
type Person struct {
	IsRoot  bool // without sudo
	HasSudo bool // there is one to use
}

// here is taken before this process gives up what it is.
var here = personHere(os.Geteuid(), os.Getenv, exec.LookPath)

// Here is the person who started this process.
func Here() Person { return here }

func personHere(user int, environment func(string) string, find func(string) (string, error)) Person {
	_, missing := find("sudo")
	return Person{IsRoot: user == 0 && number(environment("SUDO_UID")) == 0, HasSudo: missing == nil}
}

// Command is how the person has a command run by root.
func (p Person) Command(command string) string {
	if p.IsRoot || !p.HasSudo {
		return command
	}
	return "sudo " + command
}

// RunIt is how the person has this program run with the rights that it lacks.
func (p Person) RunIt() string {
	switch {
	case p.IsRoot:
		return "run it as the host's root, with all capabilities"
	case p.HasSudo:
		return "run it with sudo"
	}
	return "run it as root"
}

// MayUseBPF says whether this process has a capability with which the kernel lets it use BPF. If it is refused
// nevertheless, something else forbids it.
func MayUseBPF() bool {
	for _, capability := range []cap.Value{cap.BPF, cap.SYS_ADMIN} {
		if able, err := cap.GetProc().GetFlag(cap.Effective, capability); err == nil && able {
			return true
		}
	}
	return false
}
