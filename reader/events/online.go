// SPDX-License-Identifier: MIT

package events

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// cpuSet is which CPUs, by number.
type cpuSet map[int]bool

// online are the CPUs that are online now.
func online() (cpuSet, error) {
	const file = "/sys/devices/system/cpu/online"
	list, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ask which CPUs are online: %w", err)
	}
	cpus, err := parseCPUs(strings.TrimSpace(string(list)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return cpus, nil
}

// parseCPUs reads a list as the kernel writes them: 0-3,6.
func parseCPUs(list string) (cpuSet, error) {
	cpus := make(cpuSet)
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err := strconv.ParseUint(first, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%q is no list of CPUs", list)
		}
		to, err := strconv.ParseUint(last, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%q is no list of CPUs", list)
		}
		for cpu := from; cpu <= to; cpu++ {
			cpus[int(cpu)] = true
		}
	}
	return cpus, nil
}

// within says that all of these are among the others.
func (c cpuSet) within(others cpuSet) bool {
	for cpu := range c {
		if !others[cpu] {
			return false
		}
	}
	return true
}
