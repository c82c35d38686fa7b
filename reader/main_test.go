// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"kernel.org/pub/linux/libs/security/libcap/cap"

	"dilih/reader/advice"
	"dilih/reader/watch"
)

// asCommand makes the test binary behave as dilih-reader, for tests that need a process of its own.
const asCommand = "DILIH_READER_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// command runs dilih-reader within the test, which needs its rights for what comes next.
func command(args ...string) (stdout, stderr string, code int) {
	return commandCalled("dilih-reader", args...)
}

// commandCalled runs the program by that name.
func commandCalled(name string, args ...string) (stdout, stderr string, code int) {
	var out, err bytes.Buffer
	keep := func(...cap.Value) error { return nil }
	code = run(env{append([]string{name}, args...), watch.World{Stdout: &out, Stderr: &err, GiveUp: keep}})
	return out.String(), err.String(), code
}

// Help fits on a screen, and is what was asked for: on the standard output.
func TestHelpFits(t *testing.T) {
	for _, args := range [][]string{
		{"dilih-reader", "--help"}, {"dilih-reader", "-h"}, {"dilih-reader", "help"}, {"dilih-reader", "help", "look"},
		{"dilih-reader", "completion", "--help"}, {"dilih-reader", "presets", "--help"},
		{"dilih"}, {"dilih", "help", "watch"},
	} {
		stdout, stderr, code := commandCalled(args[0], args[1:]...)
		qt.Check(t, qt.Equals(code, advice.Fine))
		qt.Check(t, qt.Equals(stderr, ""))
		qt.Check(t, qt.IsTrue(strings.Count(stdout, "\n") <= 24), qt.Commentf("%v: %d lines", args, strings.Count(stdout, "\n")))
		for line := range strings.SplitSeq(stdout, "\n") {
			qt.Check(t, qt.IsTrue(twwidth.Width(line) <= 80), qt.Commentf("%v: %s", args, line))
		}
	}
}

// A wrong command line is an error that names what is wrong; it prints no help and starts nothing.
func TestUsage(t *testing.T) {
	tests := []struct {
		args []string
		says string
	}{
		{[]string{"--cuont", "1"}, "there is no option --cuont: did you mean --count?\n  see dilih-reader --help\n"},
		{[]string{"plam"}, `no command "plam": did you mean plan?`},
		{[]string{"--count", "1", "plan", "drop"}, "plan has no option --count"},
		{[]string{"eth0", "--count", "1"}, `no command "eth0"`},
		{[]string{"--interval", "soon"}, "soon"},
		{[]string{"--interval", "5"}, "--interval 5 has no unit: write 5s"},
		{[]string{"--interval", "0s"}, "too short"},
		{[]string{"--interval", "-1s"}, "too short"},
		{[]string{"--count", "0", "--format", "json"}, "no rates without an interval"},
		{[]string{"--count", "-1"}, "-1"},
		{[]string{"--for", "-1s"}, "in the past"},
		{[]string{"--pin", "/a", "--pin", "/b", "--pin", "/a"}, "--pin /a is given twice"},
		{[]string{"--format", "xml"}, "table, json, csv and summary"},
		{[]string{"--pcap", ""}, "name of a file"},
		{[]string{"--pcap", "-", "--format", "json"}, "would both write to the standard output"},
		{[]string{"completion"}, "bash, zsh and fish"},
		{[]string{"completion", "tcsh"}, "tcsh"},
		{[]string{"plan", "--nonsense"}, "-nonsense"},
		{[]string{"plan", "drap 5%"}, "drap"},
		{[]string{"look", "eth0"}, "unexpected argument"},
		{[]string{"look", "--pin", "dilih"}, "must be absolute"},
	}
	for _, test := range tests {
		stdout, stderr, code := command(test.args...)
		comment := qt.Commentf("%q: %s", test.args, stderr)
		qt.Check(t, qt.Equals(code, advice.Usage), comment)
		qt.Check(t, qt.Equals(stdout, ""), comment)
		qt.Check(t, qt.StringContains(stderr, test.says), comment)
		qt.Check(t, qt.IsTrue(strings.HasPrefix(stderr, "dilih-reader: ")), comment)
	}
}

func TestNothingLoaded(t *testing.T) {
	for _, format := range []string{"table", "json", "csv", "summary"} {
		stdout, stderr, code := command("--pin", filepath.Join(t.TempDir(), "no"), "--format", format)
		qt.Check(t, qt.Equals(code, advice.NotLoaded))
		qt.Check(t, qt.Equals(stdout, ""))
		qt.Check(t, qt.StringContains(stderr, "DEV=eth0 make"))
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		for _, name := range []string{"dilih", "dilih-reader"} {
			stdout, _, code := commandCalled(name, "completion", shell)
			qt.Check(t, qt.Equals(code, advice.Fine))
			qt.Check(t, qt.IsTrue(regexp.MustCompile(`\b`+name+`\n`).MatchString(stdout) || shell == "fish"), qt.Commentf("%s", stdout))
			mixed := name == "dilih" && strings.Contains(strings.ReplaceAll(stdout, "(dilih-reader)", ""), "reader")
			qt.Check(t, qt.IsFalse(mixed), qt.Commentf("%s", stdout))
		}
	}
}

// What the scripts ask the program for. cli looks at the arguments of the process to answer.
func TestCompletionWords(t *testing.T) {
	tests := []struct {
		args []string
		want []string
	}{
		{[]string{"dilih-reader"}, []string{"plan", "predict", "presets", "completion"}},
		{[]string{"dilih-reader", "--hi"}, []string{"--histogram"}},
		{[]string{"dilih-reader", "--"}, []string{"--histogram", "--count"}},
		{[]string{"dilih-reader", "completion"}, []string{"bash", "zsh", "fish"}},
		{[]string{"dilih"}, []string{"up", "watch", "predict", "help"}},
		{[]string{"dilih", "up"}, []string{"lo"}},
		{[]string{"dilih", "-v", "down"}, []string{"lo"}},
		{[]string{"dilih", "up", "lo", "--se"}, []string{"--seed", "--segmentation"}},
		{[]string{"dilih", "run", "drop 5%", "--"}, []string{"--assert", "--seed"}},
		{[]string{"dilih", "watch", "--hi"}, []string{"--histogram"}},
		{[]string{"dilih", "run", "--", "ls"}, nil},
		{[]string{"dilih", "lab", "--", "touch", "--"}, nil},
	}
	for _, test := range tests {
		process := exec.Command(os.Args[0])
		process.Args = append(test.args, "--generate-bash-completion")
		process.Env = append(os.Environ(), asCommand+"=1")
		stdout, err := process.Output()
		qt.Check(t, qt.IsNil(err))
		words := strings.FieldsFunc(string(stdout), func(r rune) bool { return r == '\n' || r == ':' })
		for _, want := range test.want {
			qt.Check(t, qt.IsTrue(slices.Contains(words, want)), qt.Commentf("%v: %q", test.args, stdout))
		}
		qt.Check(t, qt.IsTrue(test.want != nil || len(words) == 0), qt.Commentf("%v: %q", test.args, stdout))
	}
}

// Called dilih, the program has the commands of the reader too, by its own name.
func TestCalledDilih(t *testing.T) {
	stdout, stderr, code := commandCalled("/usr/bin/dilih", "predict", "drop every 3", "--seed", "1", "--packets", "9")
	qt.Check(t, qt.Equals(code, advice.Fine))
	qt.Check(t, qt.Equals(stdout, "3\n6\n9\n"), qt.Commentf("%s", stderr))
	for _, name := range []string{"watch", "plan", "predict", "look", "presets", "completion"} {
		stdout, _, code := commandCalled("dilih", name, "--help")
		qt.Check(t, qt.Equals(code, advice.Fine))
		qt.Check(t, qt.IsTrue(strings.HasPrefix(stdout, "dilih "+name)), qt.Commentf("%s", stdout))
	}
	_, stderr, code = commandCalled("dilih", "watch", "eth0")
	qt.Check(t, qt.Equals(code, advice.Usage))
	qt.Check(t, qt.Equals(stderr, "dilih: unexpected argument \"eth0\": watch takes options only\n  see dilih watch --help\n"))
	_, stderr, code = commandCalled("dilih", "watch", "--pin", filepath.Join(t.TempDir(), "no"))
	qt.Check(t, qt.Equals(code, advice.NotLoaded), qt.Commentf("%s", stderr))
}
