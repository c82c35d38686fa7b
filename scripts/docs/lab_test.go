// SPDX-License-Identifier: MIT

//go:build kernel

package docs

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
)

// lab is a machine for one document: mounts, processes and a network of its own (testdata/lab.sh), and
// a copy of the tree. All of it ends with its first process.
type lab struct {
	dir, tree string
	first     *exec.Cmd
}

// patience is how long all the commands of a document may take.
const patience = 2 * time.Minute

func newLab(t *testing.T) *lab {
	dir := t.TempDir()
	l := &lab{dir: dir, tree: filepath.Join(dir, "dilih")}
	qt.Assert(t, qt.IsNil(os.Mkdir(l.tree, 0o755)))
	files, err := filepath.Glob(root + "/*")
	qt.Assert(t, qt.IsNil(err))
	out, err := exec.Command("cp", append(files, "-a", "-t", l.tree)...).CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("copy the tree: %s", out))
	l.start(t)
	return l
}

// start starts the first process, which ends when it has no more to read: when this test ends, too.
func (l *lab) start(t *testing.T) {
	l.first = exec.Command("bash", "testdata/lab.sh", l.dir)
	l.first.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET,
	}
	l.first.Env = l.environment()
	l.first.Stderr = os.Stderr
	stdin, err := l.first.StdinPipe()
	qt.Assert(t, qt.IsNil(err))
	stdout, err := l.first.StdoutPipe()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsNil(l.first.Start()))
	limit := time.AfterFunc(patience, func() { l.first.Process.Kill() })
	t.Cleanup(func() {
		stdin.Close()
		l.first.Wait()
		limit.Stop()
	})
	ready, err := bufio.NewReader(stdout).ReadString('\n')
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(ready, "ready\n"))
}

// environment has nothing of the make that may have started this test.
func (l *lab) environment() []string {
	kept := []string{"LC_ALL=C.UTF-8", "PATH=" + l.dir + "/bin:" + os.Getenv("PATH")}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "GO") || name == "HOME" || name == "XDG_CACHE_HOME" {
			kept = append(kept, variable)
		}
	}
	return kept
}

// run runs a command on the machine, in the tree, and returns all that it prints.
func (l *lab) run(words ...string) (output string, err error) {
	enter := []string{"--target", strconv.Itoa(l.first.Process.Pid), "--mount", "--pid", "--net", "--wd=" + l.tree, "--"}
	cmd := exec.Command("nsenter", append(enter, words...)...)
	cmd.Env = l.environment()
	out, err := cmd.CombinedOutput()
	return string(out), err
}
