// SPDX-License-Identifier: MIT

package main

import (
	"net"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/advice"
)

func TestListenUsage(t *testing.T) {
	for address, says := range map[string]string{
		"9435":       "--listen \"9435\" is not an address: expected HOST:PORT or :PORT, such as :9435",
		":nonsense":  "there is no port \"nonsense\"",
		"::1:9435":   "expected HOST:PORT",
		"eth0":       "expected HOST:PORT",
		"[::1]:":     "there is no port \"\"",
		"":           "expected HOST:PORT",
		"host:70000": "there is no port \"70000\"",
	} {
		stdout, stderr, code := command("--listen", address)
		qt.Check(t, qt.Equals(code, advice.Usage))
		qt.Check(t, qt.Equals(stdout, ""))
		qt.Check(t, qt.StringContains(stderr, says), qt.Commentf("%s", address))
	}
}

// One error, before anything is opened.
func TestAddressInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	qt.Assert(t, qt.IsNil(err))
	defer listener.Close()
	address := listener.Addr().String()
	stdout, stderr, code := command("--listen", address, "--pin", t.TempDir())
	qt.Assert(t, qt.Equals(code, advice.Failed))
	qt.Assert(t, qt.Equals(stdout, ""))
	qt.Assert(t, qt.Equals(stderr, "dilih-reader: listen on "+address+": address already in use; name another address with --listen\n"))
}
