// SPDX-License-Identifier: MIT

package runner

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"

	"golang.org/x/sys/unix"

	"dilih/reader/advice"
	"dilih/reader/keeper"
	"dilih/reader/verbs"
)

// keeping is the process that keeps the faults. It ends them when its standard input ends.
type keeping struct {
	process *exec.Cmd
	input   io.Closer
	reports *json.Decoder
	stderr  io.Writer
}

// startKeeper starts the process, which does not hear Ctrl-C: the faults last as long as the command takes to end.
func startKeeper(words []string, stderr io.Writer) (k *keeping, err error) {
	process := exec.Command(words[0], words[1:]...)
	process.Stderr = os.Stderr
	input, err := process.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the keeper of the faults: %w", err)
	}
	output, err := process.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the keeper of the faults: %w", err)
	}
	signal.Ignore(unix.SIGINT, unix.SIGQUIT)
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("start the keeper of the faults: %w", err)
	}
	return &keeping{process, input, json.NewDecoder(output), stderr}, nil
}

// begin waits until the faults are active. What the keeper could not do it has said.
func (k *keeping) begin(signals *signals) (keeper.Report, error) {
	signals.catch()
	began, read := keeper.Report{}, make(chan error, 1)
	go func() { read <- k.reports.Decode(&began) }()
	select {
	case caught := <-signals.caught:
		k.wait()
		return keeper.Report{}, advice.Told(bySignal + int(caught.(unix.Signal)))
	case err := <-read:
		if err == nil {
			return began, nil
		}
		if status := k.wait(); status != 0 {
			return keeper.Report{}, advice.Told(status)
		}
		return keeper.Report{}, fmt.Errorf("read what the keeper of the faults says: %w", err)
	}
}

// end ends the faults, and returns what they did, nil if that is not known, and whether they were not there all the time.
func (k *keeping) end() (ended *keeper.Report, lost bool) {
	k.input.Close()
	if err := k.reports.Decode(&ended); err != nil {
		teller{k.stderr}.warn("the keeper of the faults was killed: they end with their lease, within 10 s; " +
			verbs.Call("down") + " removes what is left")
	}
	return ended, k.wait() != 0
}

// wait ends the faults and returns how the process has ended.
func (k *keeping) wait() (status int) {
	k.input.Close()
	k.process.Wait()
	return keeper.Status(k.process.ProcessState)
}
