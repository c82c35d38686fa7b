// SPDX-License-Identifier: MIT

package metrics

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

const docs = "../../docs"

// promtool checks the file, or what it reads from the standard input.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	command := exec.Command(tool(t, "promtool"), args...)
	command.Stdin = strings.NewReader(stdin)
	output, err := command.CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("promtool %v: %s", args, output))
	qt.Assert(t, qt.IsFalse(strings.Contains(string(output), "lint error")), qt.Commentf("%s", output))
}

// tool is a program of Debian's package prometheus, installed, or unpacked by scripts/setup.
func tool(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	cache, err := os.UserCacheDir()
	qt.Assert(t, qt.IsNil(err))
	path := filepath.Join(cache, "dilih/usr/bin", name)
	_, err = os.Stat(path)
	qt.Assert(t, qt.IsNil(err), qt.Commentf("to bring it here: scripts/setup test"))
	return path
}

func TestPromtoolOnMetrics(t *testing.T) {
	promtool(t, exposition(t, usual(t), gone(t)), "check", "metrics")
}

func TestPromtoolOnAlerts(t *testing.T) {
	promtool(t, "", "check", "rules", docs+"/alerts.yml")
	promtool(t, "", "test", "rules", "testdata/alerts.test.yml")
}

// readGuide reads a file of the guide.
func readGuide(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(docs, name))
	qt.Assert(t, qt.IsNil(err))
	return string(text)
}

// queries are the queries of the dashboard, with its variables filled in, and of the guide.
func queries(t *testing.T) (all []string) {
	t.Helper()
	var dashboard any
	qt.Assert(t, qt.IsNil(json.Unmarshal([]byte(readGuide(t, "grafana-dashboard.json")), &dashboard)))
	variables := strings.NewReplacer("$host", ".+", "$pin", ".+", "$__rate_interval", "1m", " offset 1m", " offset 1d")
	for _, query := range values(dashboard, "expr") {
		query = variables.Replace(query)
		qt.Assert(t, qt.IsFalse(strings.Contains(query, "$")), qt.Commentf("%s", query))
		all = append(all, query)
	}
	qt.Assert(t, qt.IsTrue(len(all) > 20))
	_, guide, found := strings.Cut(readGuide(t, "prometheus.md"), "```promql\n")
	qt.Assert(t, qt.IsTrue(found))
	guide, _, _ = strings.Cut(guide, "```")
	return append(all, strings.Split(guide, "\n\n")...)
}

// values are the texts under the key, anywhere in the JSON.
func values(node any, key string) (found []string) {
	switch node := node.(type) {
	case map[string]any:
		if text, ok := node[key].(string); ok {
			found = append(found, text)
		}
		for _, child := range node {
			found = append(found, values(child, key)...)
		}
	case []any:
		for _, child := range node {
			found = append(found, values(child, key)...)
		}
	}
	return found
}

var metricName = regexp.MustCompile(`\bdilih_\w+`)

// The dashboard, the alerts and the guide name metrics that there are, and the guide names all of them.
func TestNamesExist(t *testing.T) {
	alerts, guide := readGuide(t, "alerts.yml"), readGuide(t, "prometheus.md")
	exist := make(map[string]bool)
	for _, line := range strings.Split(exposition(t, usual(t)), "\n") {
		if name := metricName.FindString(line); !strings.HasPrefix(line, "#") && name != "" {
			exist[name] = true
		}
	}
	exist["dilih_processing_seconds"] = true // as its name stands for its three series
	for _, text := range append(queries(t), alerts, guide) {
		for _, name := range metricName.FindAllString(text, -1) {
			qt.Check(t, qt.IsTrue(exist[name]), qt.Commentf("%s", name))
		}
	}
	for name := range exist {
		name = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		qt.Check(t, qt.StringContains(guide, "`"+name), qt.Commentf("the guide leaves out %s", name))
	}
}
