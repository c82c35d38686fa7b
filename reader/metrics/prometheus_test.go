// SPDX-License-Identifier: MIT

//go:build kernel

package metrics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/fault/faulttest"
	"dilih/scripts/test/testenv"
)

// realPrometheus is a process that scrapes one address five times a second.
type realPrometheus struct {
	address string
	log     *bytes.Buffer
}

const configuration = `
global: {scrape_interval: 200ms, evaluation_interval: 200ms}
rule_files: [%s]
scrape_configs:
  - {job_name: dilih, static_configs: [{targets: ["%s"]}]}
`

// startPrometheus runs until the test ends, and even a test that is killed takes it along.
func startPrometheus(t *testing.T, target string) *realPrometheus {
	t.Helper()
	directory := t.TempDir()
	alerts, err := filepath.Abs(docs + "/alerts.yml")
	qt.Assert(t, qt.IsNil(err))
	config := filepath.Join(directory, "prometheus.yml")
	qt.Assert(t, qt.IsNil(os.WriteFile(config, fmt.Appendf(nil, configuration, alerts, target), 0o644)))
	p := &realPrometheus{freeAddress(t), new(bytes.Buffer)}
	command := exec.Command(tool(t, "prometheus"), "--config.file="+config, "--storage.tsdb.path="+directory,
		"--web.listen-address="+p.address, "--log.level=warn")
	command.Stdout, command.Stderr = p.log, p.log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	qt.Assert(t, qt.IsNil(command.Start()))
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
		if t.Failed() {
			t.Logf("prometheus: %s", p.log)
		}
	})
	return p
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	qt.Assert(t, qt.IsNil(err))
	defer listener.Close()
	return listener.Addr().String()
}

// series is a series of a query's result, with its last sample.
type series struct {
	Metric map[string]string
	Value  [2]any // when, and what as a text
}

// query asks; the error is that of a server that is not ready yet.
func (p *realPrometheus) query(t *testing.T, text string) ([]series, error) {
	t.Helper()
	var result struct {
		Error string
		Data  struct{ Result []series }
	}
	err := p.get("/api/v1/query?query="+url.QueryEscape(text), &result)
	qt.Assert(t, qt.Equals(result.Error, ""), qt.Commentf("%s", text))
	return result.Data.Result, err
}

func (p *realPrometheus) get(path string, result any) error {
	response, err := http.Get("http://" + p.address + path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(result)
}

// await waits until the query has this one value.
func (p *realPrometheus) await(t *testing.T, text string, want float64) {
	t.Helper()
	testenv.Await(t, func() bool {
		result, err := p.query(t, text)
		if err != nil || len(result) != 1 {
			return false
		}
		got, err := strconv.ParseFloat(result[0].Value[1].(string), 64)
		qt.Assert(t, qt.IsNil(err))
		return got == want
	})
}

// Prometheus gets the kernel's numbers, and every query of the dashboard has an answer.
func TestPrometheus(t *testing.T) {
	w := watch(t)
	faulttest.Force(w.Loaded, "drop 20% burst 2; delay 1ms", faulttest.GuardARP, faulttest.Deadline(math.MaxInt64))
	w.Packets(1009, 60)
	p := startPrometheus(t, w.server.listener.Addr().String())
	p.await(t, "sum(dilih_packets_total)", 1009)
	p.await(t, "count(count_over_time(dilih_up[1m]) >= 2)", 1)
	w.Packets(2003, 60)
	totals := w.Totals()
	qt.Assert(t, qt.Equals(totals.Passed.Packets+totals.Dropped.Packets, 3012))
	p.await(t, `dilih_packets_total{verdict="dropped"}`, float64(totals.Dropped.Packets))
	p.await(t, `dilih_bytes_total{verdict="passed"}`, float64(totals.Passed.Bytes))
	p.await(t, `sum(dilih_processing_seconds_count)`, 3012)
	p.await(t, `histogram_quantile(1, sum by (le) (dilih_processing_seconds_bucket)) > bool 0`, 1)
	p.await(t, `resets(dilih_packets_total{verdict="dropped"}[1m])`, 0)
	p.await(t, "0 < dilih_lease_seconds < bool +Inf", 1)
	for _, query := range queries(t) {
		testenv.Await(t, func() bool {
			result, err := p.query(t, query)
			return err == nil && len(result) > 0
		})
	}
}

// Alerts are evaluated without error, and fire.
func TestPrometheusAlerts(t *testing.T) {
	w := watch(t)
	faulttest.Force(w.Loaded, "drop 100%")
	p := startPrometheus(t, w.server.listener.Addr().String())
	p.await(t, "dilih_up", 1)
	type rule struct{ Name, Health, State, LastError string }
	var rules struct {
		Data struct{ Groups []struct{ Rules []rule } }
	}
	testenv.Await(t, func() bool {
		qt.Assert(t, qt.IsNil(p.get("/api/v1/rules", &rules)))
		return len(rules.Data.Groups) == 1 && rules.Data.Groups[0].Rules[0].Health != "unknown"
	})
	for _, rule := range rules.Data.Groups[0].Rules {
		qt.Check(t, qt.Equals(rule.Health, "ok"), qt.Commentf("%+v", rule))
		qt.Check(t, qt.Equals(rule.State, "inactive"), qt.Commentf("%+v", rule))
	}
	w.Unpin()
	p.await(t, `ALERTS{alertname="DilihUnwatched"}`, 1)
	p.await(t, "absent(dilih_packets_total)", 1)
}
