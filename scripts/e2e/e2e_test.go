// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"host":  inside("HOST_NAMESPACE"),
		"peer":  inside("PEER_NAMESPACE"),
		"echod": echod,
		"chat":  chat,
		"shout": shout,
		"hear":  hear,
		"webd":  webd,
	})
}

// TestScripts runs testdata/*.txtar. In them `host` and `peer` run a command in the namespaces at the
// two ends of the pair; $DEV is the host's end, 192.0.2.1 its address, 192.0.2.2 the peer's.
// With inet6 they are 2001:db8::1 and 2001:db8::2 as well.
func TestScripts(t *testing.T) {
	tree := builtTree(t)
	testscript.Run(t, testscript.Params{
		Dir:         "testdata",
		WorkdirRoot: publicDir(t),
		Setup:       func(env *testscript.Env) error { return setUp(env, tree) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"pings":      pings,
			"eventually": eventually,
			"cut":        cut,
			"inet6":      inet6,
		},
	})
}

// builtTree is the root of this tree, with everything built.
func builtTree(t *testing.T) string {
	tree, err := filepath.Abs("../..")
	qt.Assert(t, qt.IsNil(err))
	out, err := exec.Command("make", "-C", tree, "build").CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("make build: %s", out))
	return tree
}

// publicDir is a directory that any user can reach, unlike those of t.TempDir.
func publicDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "dilih-e2e")
	qt.Assert(t, qt.IsNil(err))
	t.Cleanup(func() { os.RemoveAll(dir) })
	qt.Assert(t, qt.IsNil(os.Chmod(dir, 0o755)))
	return dir
}
