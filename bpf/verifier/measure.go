// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cilium/ebpf"
)

// budget is how many of the 1,000,000 instructions that the verifier processes at most a program may take.
const budget = 300_000

// result is how the loading of a program went.
type result struct {
	instructions int
	time         time.Duration
	refusal      []string // the last lines of the verifier's log, if it refused the program
}

// measure loads the only program of an object, over maps that are there already. The time is the median
// of three loads.
func measure(spec *ebpf.CollectionSpec, program string, shared map[string]*ebpf.Map) (result, error) {
	var loads [3]time.Duration
	var log string
	for i := range loads {
		began := time.Now()
		loaded, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{
			MapReplacements: shared,
			Programs:        ebpf.ProgramOptions{LogLevel: ebpf.LogLevelStats},
		})
		loads[i] = time.Since(began)
		var refused *ebpf.VerifierError
		if errors.As(err, &refused) {
			return result{refusal: refused.Log[max(0, len(refused.Log)-lastLines):]}, nil
		}
		if err != nil {
			return result{}, err
		}
		log = loaded.Programs[program].VerifierLog
		loaded.Close()
	}
	slices.Sort(loads[:])
	instructions, err := processed(log)
	return result{instructions: instructions, time: loads[len(loads)/2]}, err
}

const lastLines = 10

var processedLine = regexp.MustCompile(`(?m)^processed (\d+) insns`)

// processed reads the log and not the program's info, which has the number since Linux 5.16 only.
func processed(log string) (int, error) {
	found := processedLine.FindStringSubmatch(log)
	if found == nil {
		return 0, fmt.Errorf("no number of instructions in the verifier's log %q", log)
	}
	return strconv.Atoi(found[1])
}

func (r result) withinBudget() bool {
	return r.refusal == nil && r.instructions <= budget
}

func (r result) print(object, program string) {
	if r.refusal != nil {
		fmt.Printf(row, object, program, "refused:", "")
		fmt.Printf("      %s\n", strings.Join(r.refusal, "\n      "))
		return
	}
	fmt.Printf(row, object, program, r.instructions, fmt.Sprintf("%.3f s", r.time.Seconds()))
	if !r.withinBudget() {
		fmt.Printf("      that is over the budget of %d\n", budget)
	}
}
