// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/rogpeppe/go-internal/testscript"

	"dilih/scripts/test/labtest"
	"dilih/scripts/test/testenv"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"echod":   echod,
		"inetd":   inetd,
		"chat":    chat,
		"crowd":   crowd,
		"shout":   shout,
		"hear":    hear,
		"webd":    webd,
		"cable":   cable,
		"linkd":   linkd,
		"tcxd":    tcxd,
		"snatch":  snatch,
		"attack":  attack,
		"pry":     pry,
		"rewrite": rewrite,
	})
}

// TestScripts runs testdata/*.txtar, each in a quiet lab. In them $DEV is eth0, 192.0.2.1 its address
// and 192.0.2.2 the peer's, and `peer` runs a command at the other end. With inet6 the two are
// 2001:db8::1 and 2001:db8::2 as well.
func TestScripts(t *testing.T) {
	labtest.BuildTree(t)
	scripts, err := filepath.Glob("testdata/*.txtar")
	qt.Assert(t, qt.IsNil(err))
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txtar"), func(t *testing.T) {
			t.Parallel()
			labtest.Run(t, labtest.Quiet, func() { runScript(t, script) })
		})
	}
}

func runScript(t *testing.T, script string) {
	testscript.Run(t, testscript.Params{
		Files:       []string{script},
		WorkdirRoot: publicDir(t),
		Setup: func(env *testscript.Env) error {
			seed := testenv.Seed(t)
			env.Values[drawsKey{}] = draws{seed, rand.New(rand.NewPCG(seed, 0))}
			return setUp(env)
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"pings":      pings,
			"eventually": eventually,
			"cut":        cut,
			"inet6":      inet6,
		},
	})
}

// drawsKey is where a script has its draws: random numbers, and the seed that they come from.
type drawsKey struct{}

type draws struct {
	seed uint64
	*rand.Rand
}

// condition fq: does the kernel have it?
func condition(word string) (bool, error) {
	if word != "fq" {
		return false, fmt.Errorf("no such condition: %s", word)
	}
	return hasFQ(), nil
}

// publicDir is a directory that any user can reach, unlike those of t.TempDir.
func publicDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "dilih-e2e")
	qt.Assert(t, qt.IsNil(err))
	t.Cleanup(func() { os.RemoveAll(dir) })
	qt.Assert(t, qt.IsNil(os.Chmod(dir, 0o755)))
	return dir
}

// setUp gives a script a tree of its own and the settings.
func setUp(env *testscript.Env) error {
	env.Cd = filepath.Join(env.WorkDir, "tree")
	env.Setenv("PATH", filepath.Join(env.WorkDir, "bin")+":"+env.Getenv("PATH"))
	env.Setenv("DEV", device)
	env.Setenv("PIN", pin)
	env.Setenv("PATIENCE", strconv.Itoa(int(testenv.Patience().Seconds())))
	keepGoCaches(env)
	return labtest.CopyTree(env.Cd)
}

// keepGoCaches lets scripts build Go: testscript gives them an empty home.
func keepGoCaches(env *testscript.Env) {
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN", "GONOSUMDB", "GOSUMDB"} {
		if out, err := exec.Command("go", "env", name).Output(); err == nil {
			env.Setenv(name, strings.TrimSpace(string(out)))
		}
	}
}
