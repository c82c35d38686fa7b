// SPDX-License-Identifier: MIT

package metrics

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/reader/tally"
	"dilih/scripts/test/testenv"
)

func TestAddress(t *testing.T) {
	tests := []struct{ text, want, mistake string }{
		{":9435", "127.0.0.1:9435", ""},
		{"127.0.0.2:9435", "127.0.0.2:9435", ""},
		{"0.0.0.0:9435", "0.0.0.0:9435", ""},
		{"[::]:9435", "[::]:9435", ""},
		{"[::1]:0", "[::1]:0", ""},
		{"localhost:http", "localhost:http", ""},
		{"9435", "", "expected HOST:PORT"},
		{"127.0.0.1", "", "expected HOST:PORT"},
		{"::1:9435", "", "expected HOST:PORT"},
		{":", "", "no port"},
		{":nonsense", "", `no port "nonsense"`},
		{":65536", "", `no port "65536"`},
		{":-1", "", "no port"},
	}
	for _, test := range tests {
		got, err := Address(test.text)
		qt.Check(t, qt.Equals(got, test.want), qt.Commentf("%q", test.text))
		if test.mistake != "" {
			qt.Check(t, qt.ErrorMatches(err, ".*"+test.mistake+".*"), qt.Commentf("%q", test.text))
		} else {
			qt.Check(t, qt.IsNil(err))
		}
	}
}

// listen has a port of its own until the test ends.
func listen(t *testing.T) *Server {
	t.Helper()
	server, err := Listen("127.0.0.1:0")
	qt.Assert(t, qt.IsNil(err))
	t.Cleanup(server.Close)
	return server
}

// get is the answer, with its status.
func get(url string) (body string, status int, err error) {
	response, err := http.Get(url)
	if err != nil {
		return "", 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), response.StatusCode, err
}

func TestServes(t *testing.T) {
	server := listen(t)
	server.Serve(func() []tally.Snapshot { return []tally.Snapshot{usual(t)} })
	root := strings.TrimSuffix(server.URL(), "metrics")
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"metrics": {http.StatusOK, `dilih_packets_total{direction="in",pin="/sys/fs/bpf/dilih",verdict="dropped"} 500`},
		"":        {http.StatusOK, `href="metrics"`},
		"other":   {http.StatusNotFound, ""},
	} {
		body, status, err := get(root + path)
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(status, want.status), qt.Commentf("%q", path))
		qt.Check(t, qt.StringContains(body, want.says))
	}
	response, err := http.Post(server.URL(), "text/plain", strings.NewReader("x"))
	qt.Assert(t, qt.IsNil(err))
	response.Body.Close()
	qt.Assert(t, qt.Equals(response.StatusCode, http.StatusMethodNotAllowed))
}

// A connection made before Serve is answered after it.
func TestAnswersNobodyBeforeServe(t *testing.T) {
	server := listen(t)
	conn, err := net.Dial("tcp", server.listener.Addr().String())
	qt.Assert(t, qt.IsNil(err))
	defer conn.Close()
	fmt.Fprint(conn, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
	qt.Assert(t, qt.IsNil(conn.SetReadDeadline(time.Now().Add(50*time.Millisecond))))
	_, err = conn.Read(make([]byte, 1))
	qt.Assert(t, qt.ErrorMatches(err, ".*i/o timeout"))
	server.Serve(func() []tally.Snapshot { return nil })
	qt.Assert(t, qt.IsNil(conn.SetReadDeadline(time.Now().Add(testenv.Patience()))))
	line, err := bufio.NewReader(conn).ReadString('\n')
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(line, "HTTP/1.1 200 OK\r\n"))
}

func TestAddressInUse(t *testing.T) {
	first := listen(t)
	address := first.listener.Addr().String()
	_, err := Listen(address)
	qt.Assert(t, qt.ErrorMatches(err, "listen on "+address+": address already in use; name another address with --listen"))
	first.Close()
	again, err := Listen(address)
	qt.Assert(t, qt.IsNil(err))
	again.Close()
}

// Many scrapes at once, twice: each is answered, and nothing is left over.
func TestBurst(t *testing.T) {
	const bursts, scrapes = 2, 100
	snapshot := usual(t)
	looks := 0 // calls do not overlap: the race detector would tell
	server := listen(t)
	server.Serve(func() []tally.Snapshot {
		looks++
		return []tally.Snapshot{snapshot}
	})
	_, _, err := get(server.URL())
	qt.Assert(t, qt.IsNil(err))
	before, began := runtime.NumGoroutine(), time.Now()
	for range bursts {
		burst(t, server.URL(), scrapes)
	}
	testenv.Await(t, func() bool { return runtime.NumGoroutine() <= before })
	server.Close()
	qt.Assert(t, qt.IsTrue(looks <= 2+int(time.Since(began)/shelfLife)), qt.Commentf("%d looks", looks))
}

func burst(t *testing.T, url string, scrapes int) {
	t.Helper()
	var all sync.WaitGroup
	for range scrapes {
		all.Go(func() {
			body, status, err := get(url)
			qt.Check(t, qt.IsNil(err))
			qt.Check(t, qt.Equals(status, http.StatusOK))
			qt.Check(t, qt.StringContains(body, "dilih_up"))
		})
	}
	all.Wait()
}

// Clients that say nothing take up no more than the connections there are, and Close ends them.
func TestSilentClients(t *testing.T) {
	server := listen(t)
	server.Serve(func() []tally.Snapshot { return nil })
	for range 2 * mostConnections {
		defer dial(t, server).Close()
	}
	testenv.Await(t, func() bool { return server.listener.count() == mostConnections })
	server.Close()
	testenv.Await(t, func() bool { return server.listener.count() == 0 })
}
