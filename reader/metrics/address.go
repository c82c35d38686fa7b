// SPDX-License-Identifier: MIT

package metrics

import (
	"fmt"
	"net"
)

const loopback = "127.0.0.1"

// Address checks HOST:PORT. Without HOST it is the loopback, so that opening the metrics to the network
// takes a word: 0.0.0.0 or [::].
func Address(text string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return "", fmt.Errorf("%q is not an address: expected HOST:PORT or :PORT, such as :9435", text)
	}
	if _, err := net.LookupPort("tcp", port); err != nil || port == "" {
		return "", fmt.Errorf("%q is not an address: there is no port %q", text, port)
	}
	if host == "" {
		host = loopback
	}
	return net.JoinHostPort(host, port), nil
}
