// SPDX-License-Identifier: MIT

package dilih

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/urfave/cli/v2"

	"dilih/reader/usage"
	"dilih/scripts/lib/tables"
)

// called is the script that dilih became.
type called struct {
	path        string
	argv        []string
	environment []string
}

// settings are the variables of the environment that are settings.
func (c called) settings() (all []string) {
	for _, variable := range c.environment {
		for _, s := range tables.Settings() {
			if strings.HasPrefix(variable, s.Name+"=") {
				all = append(all, variable)
			}
		}
	}
	return all
}

// call calls dilih, which becomes no other program.
func call(words ...string) (script called, stdout string, err error) {
	var out bytes.Buffer
	program := New(Setup{
		Stdout: &out, Stderr: &out, Directory: "/tree",
		Commands: []*cli.Command{{Name: "watch", Action: func(*cli.Context) error { return nil }}},
		Exec: func(path string, argv, environment []string) error {
			script = called{path, argv, environment}
			return nil
		},
	})
	err = program.Run(append([]string{"dilih"}, words...))
	return script, out.String(), err
}

// Options and arguments become settings, in whatever order they stand.
func TestSettings(t *testing.T) {
	t.Setenv("FAULT", "that of another program")
	t.Setenv("KERNEL", "too")
	here, err := os.Getwd()
	qt.Assert(t, qt.IsNil(err))
	for _, test := range []struct {
		words    []string
		settings []string
	}{
		{[]string{"up", "eth0"}, []string{"DEV=eth0"}},
		{[]string{"up", "eth0", "drop 5%"}, []string{"DEV=eth0", "FAULT=drop 5%"}},
		{[]string{"up", "--for", "10m", "eth0", "drop 5%", "--seed=42"}, []string{"DEV=eth0", "FAULT=drop 5%", "FOR=10m", "SEED=42"}},
		{[]string{"up", "eth0", "--shadow", "drop 5%"}, []string{"DEV=eth0", "FAULT=drop 5%", "SHADOW=1"}},
		{[]string{"-v", "--for", "10m", "up", "eth0"}, []string{"DEV=eth0", "FOR=10m", "VERBOSE=1"}},
		{[]string{"up", "eth0", "--verbose"}, []string{"DEV=eth0", "VERBOSE=1"}},
		{[]string{"up", "-vv", "eth0", "-v"}, []string{"DEV=eth0", "VERBOSE=2"}},
		{[]string{"up", "--dev", "eth0", "drop 5%"}, []string{"DEV=eth0", "FAULT=drop 5%"}},
		{[]string{"up", "--dev", "eth0", "--dev", "eth1"}, []string{"DEV=eth0 eth1"}},
		{[]string{"up", "eth0", "drop 5%", "--dev", "eth1"}, []string{"DEV=eth0 eth1", "FAULT=drop 5%"}},
		{[]string{"up", "--fault", "drop 5%", "eth0"}, []string{"DEV=eth0", "FAULT=drop 5%"}},
		{[]string{"up", "eth0", "--fault", "--seed"}, []string{"DEV=eth0", "FAULT=--seed"}},
		{[]string{"up", "eth0", "--events-group="}, []string{"DEV=eth0", "EVENTS_GROUP="}},
		{[]string{"up", "eth0", "drop 5% # a\n$(b) `c`"}, []string{"DEV=eth0", "FAULT=drop 5% # a\n$(b) `c`"}},
		{[]string{"up", "help"}, []string{"DEV=help"}},
		{[]string{"fault"}, nil},
		{[]string{"fault", "--guard", "tcp", "drop", "--guard", "a,b"}, []string{"FAULT=drop", "GUARD=tcp; a,b"}},
		{[]string{"fault", "--fault-file", "a/../b"}, []string{"FAULT_FILE=" + here + "/a/../b"}},
		{[]string{"fault", "--fault-file", "/a"}, []string{"FAULT_FILE=/a"}},
		{[]string{"fault", "drop", "--dry-run"}, []string{"FAULT=drop", "DRY_RUN=1"}},
		{[]string{"status", "--pin", "/a"}, []string{"PIN=/a"}},
		{[]string{"--pin", "/a", "status"}, []string{"PIN=/a"}},
		{[]string{"down"}, nil},
		{[]string{"down", "eth0"}, []string{"DEV=eth0"}},
		{[]string{"lab"}, nil},
	} {
		script, _, err := call(test.words...)
		comment := qt.Commentf("%q", test.words)
		qt.Check(t, qt.IsNil(err), comment)
		qt.Check(t, qt.DeepEquals(script.settings(), test.settings), comment)
		qt.Check(t, qt.HasLen(script.argv, 1), comment)
		qt.Check(t, qt.Equals(filepath.Dir(script.path), "/tree/scripts"), comment)
	}
}

// The rest of the environment is for the script, too.
func TestEnvironmentStays(t *testing.T) {
	t.Setenv("SSH_CONNECTION", "192.0.2.2 4000 192.0.2.1 22")
	script, _, err := call("up", "eth0")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.SliceContains(script.environment, "SSH_CONNECTION=192.0.2.2 4000 192.0.2.1 22"))
}

// A command begins after the first --, and is never looked into.
func TestCommand(t *testing.T) {
	t.Setenv("FAULT", "of the command")
	script, _, err := call("run", "--assert", "dropped>0", "drop 5%", "--assert=matched>0", "--", "./test.sh", "--seed", "4", "--", "x")
	qt.Assert(t, qt.IsNil(err))
	var unset []string
	for _, s := range tables.Settings() {
		unset = append(unset, "-u", s.Name)
	}
	want := append(append([]string{"/tree/scripts/run"}, unset...), "FAULT=drop 5%", "ASSERT=dropped>0; matched>0", "--", "./test.sh", "--seed", "4", "--", "x")
	qt.Check(t, qt.DeepEquals(script.argv, want))
	qt.Check(t, qt.DeepEquals(script.settings(), []string{"FAULT=of the command"}))

	script, _, err = call("lab", "--", "bash", "-c", "exit 4")
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.DeepEquals(script.argv, []string{"/tree/scripts/lab", "bash", "-c", "exit 4"}))
}

// What cannot be meant is an error that starts nothing.
func TestUsage(t *testing.T) {
	for _, test := range []struct {
		words []string
		says  string
	}{
		{[]string{"upp"}, `there is no command "upp": did you mean up?`},
		{[]string{"xyz"}, `there is no command "xyz"`},
		{[]string{"help", "upp"}, `there is no command "upp": did you mean up?`},
		{[]string{"-v"}, "there is no option -v"},
		{[]string{"up"}, "up needs a device: dilih up eth0"},
		{[]string{"up", "eth0", "drop", "5%"}, `unexpected argument "5%": quote the whole fault, as in 'drop 1% burst 4; delay 40ms udp'`},
		{[]string{"down", "eth0", "eth1"}, `unexpected argument "eth1"`},
		{[]string{"status", "--seed", "4"}, "status has no option --seed"},
		{[]string{"up", "eth0", "--sed", "4"}, "up has no option --sed: did you mean --seed?"},
		{[]string{"up", "eth0", "--Seed", "4"}, "up has no option --Seed: did you mean --seed?"},
		{[]string{"up", "eth0", "-s", "4"}, "up has no option -s"},
		{[]string{"up", "eth0", "--seed"}, "--seed needs a value"},
		{[]string{"up", "eth0", "--seed", "4", "--seed=5"}, `--seed "5": it is given twice`},
		{[]string{"up", "eth0", "drop", "--fault", "pass"}, `--fault "pass": it is given twice`},
		{[]string{"up", "eth0", "--shadow=perhaps"}, `--shadow "perhaps": parse error`},
		{[]string{"down", "--", "eth0"}, "down takes no command, so nothing may follow --"},
		{[]string{"down", "--"}, "down takes no command, so nothing may follow --"},
		{[]string{"run", "drop 5%"}, "run needs a command: dilih run 'drop 5%' -- ./test.sh"},
		{[]string{"run", "drop 5%", "--"}, "run needs a command: dilih run 'drop 5%' -- ./test.sh"},
	} {
		script, stdout, err := call(test.words...)
		comment := qt.Commentf("%q: %v", test.words, err)
		qt.Check(t, qt.ErrorIs(err, usage.Err), comment)
		qt.Check(t, qt.ErrorMatches(err, "\\Q"+test.says+"\\E"), comment)
		qt.Check(t, qt.Equals(script.path, ""), comment)
		qt.Check(t, qt.Equals(stdout, ""), comment)
	}
}

func TestNoScript(t *testing.T) {
	program := New(Setup{Exec: func(string, []string, []string) error { return errors.New("no such file or directory") }, Directory: "/tree"})
	qt.Assert(t, qt.ErrorMatches(program.Run([]string{"dilih", "up", "eth0"}), "run /tree/scripts/up: no such file or directory"))
}

// Help fits on a screen, whichever way it is asked for.
func TestHelpFits(t *testing.T) {
	_, overview, err := call()
	qt.Assert(t, qt.IsNil(err))
	for _, words := range [][]string{{"help"}, {"--help"}, {"-h"}} {
		_, stdout, err := call(words...)
		qt.Check(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(stdout, overview), qt.Commentf("%q", words))
	}
	fits(t, overview)
	for _, v := range verbs {
		_, help, err := call("help", v.name)
		qt.Assert(t, qt.IsNil(err))
		fits(t, help)
		qt.Check(t, qt.IsTrue(strings.HasPrefix(help, strings.TrimSpace("dilih "+v.name+" "+v.arguments)+"\n")))
		for _, s := range tables.Settings() {
			shown := regexp.MustCompile(`(?m)^  --` + option(s) + `[ ,]`).MatchString(help)
			qt.Check(t, qt.Equals(shown, slices.Contains(s.Verbs, v.name)), qt.Commentf("%s: %s", v.name, s.Name))
		}
		for _, words := range [][]string{{v.name, "--help"}, {v.name, "eth0", "-h"}, {"--help", v.name}} {
			_, stdout, err := call(words...)
			qt.Check(t, qt.IsNil(err))
			qt.Check(t, qt.Equals(stdout, help), qt.Commentf("%q", words))
		}
	}
}

func fits(t *testing.T, help string) {
	t.Helper()
	qt.Check(t, qt.IsTrue(strings.Count(help, "\n") <= 24), qt.Commentf("%s", help))
	for line := range strings.SplitSeq(help, "\n") {
		qt.Check(t, qt.IsTrue(twwidth.Width(line) <= 80), qt.Commentf("%s", line))
	}
}

// The version is that of the file beside the program, or else what scripts/version prints.
func TestVersion(t *testing.T) {
	var out bytes.Buffer
	setup := Setup{Stdout: &out, Directory: t.TempDir()}
	version := func() string {
		out.Reset()
		qt.Assert(t, qt.IsNil(New(setup).Run([]string{"dilih", "--version"})))
		return out.String()
	}
	qt.Assert(t, qt.IsNotNil(New(setup).Run([]string{"dilih", "--version"})))
	qt.Assert(t, qt.IsNil(os.Mkdir(filepath.Join(setup.Directory, "scripts"), 0o755)))
	qt.Assert(t, qt.IsNil(os.WriteFile(filepath.Join(setup.Directory, "scripts", "version"), []byte("#!/bin/sh\necho 1.2\n"), 0o755)))
	qt.Check(t, qt.Matches(version(), `dilih 1\.2, ABI \d+\n`))
	qt.Assert(t, qt.IsNil(os.WriteFile(filepath.Join(setup.Directory, "version"), []byte("1.3\n"), 0o644)))
	qt.Check(t, qt.Matches(version(), `dilih 1\.3, ABI \d+\n`))
}
