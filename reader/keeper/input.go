// SPDX-License-Identifier: MIT

package keeper

import (
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// UntilInputEnds returns a channel that is closed when the input ends or a signal asks this process to end.
func UntilInputEnds(input io.Reader) <-chan struct{} {
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE) // or it would kill this process, which still has to end the faults
	ended, signals := make(chan struct{}), make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGTERM, unix.SIGHUP)
	go func() {
		io.Copy(io.Discard, input)
		signals <- nil
	}()
	go func() {
		<-signals
		close(ended)
	}()
	return ended
}
