// SPDX-License-Identifier: MIT

package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"dilih/reader/printable"
	"dilih/reader/tally"
)

const (
	askTimeout    = time.Second      // for all of a request
	answerTimeout = 10 * time.Second // for the answer to be taken
	closeTimeout  = time.Second      // for the scrapes under way
)

const index = `<!doctype html>
<title>dilih-reader</title>
<p>dilih-reader: <a href="metrics">metrics</a> for Prometheus
`

// Server serves /metrics. To close a nil Server does nothing.
type Server struct {
	listener *limited
	http     *http.Server
}

// Listen opens the address, which Address has checked. Nobody is answered before Serve.
func Listen(address string) (*Server, error) {
	most, err := affordable()
	if err != nil {
		return nil, fmt.Errorf("count the descriptors for %s: %w", address, err)
	}
	// No connection lasts long enough for the kernel to ask whether it is alive.
	config := net.ListenConfig{KeepAlive: -1}
	listener, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		// Not wrapped: a port has nothing to do with rights to the pins.
		return nil, fmt.Errorf("listen on %s: %v; name another address with --listen", address, reason(err))
	}
	server := &http.Server{
		ReadTimeout:    askTimeout,
		WriteTimeout:   answerTimeout,
		MaxHeaderBytes: 1 << 14,
		ConnState:      note,
		ErrorLog:       log.New(io.Discard, "", 0), // the terminal belongs to the tables
	}
	server.SetKeepAlivesEnabled(false) // scrapes are seconds apart
	return &Server{limit(listener, most), server}, nil
}

// note tells a connection when its request is here.
func note(conn net.Conn, state http.ConnState) {
	if state == http.StateActive {
		conn.(*connection).ask()
	}
}

// reason is what the kernel said, without what was tried.
func reason(err error) error {
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}

// URL is where the metrics are.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/metrics" }

// Serve answers from now on with what look sees. It calls look from one goroutine at a time, and at most
// once in 100 ms.
func (s *Server) Serve(look func() []tally.Snapshot) {
	s.http.Handler = handler(look)
	go s.http.Serve(s.listener) // ends with Close
}

func handler(look func() []tally.Snapshot) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collector{look},
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", newSource(registry))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, index) })
	return mux
}

// format is what each Prometheus reads.
var format = string(expfmt.NewFormat(expfmt.TypeTextPlain))

// ServeHTTP implements http.Handler.
func (s *source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page, err := s.page(r.Context())
	if err != nil {
		http.Error(w, printable.Text(err.Error()), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", format)
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	w.Write(page)
}

// Close ends all scrapes and gives the address back.
func (s *Server) Close() {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	s.http.Shutdown(ctx)
	s.http.Close()
	s.listener.Close() // http knows of it only from Serve on
}
