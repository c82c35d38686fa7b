// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dilih/bpf/abi"
)

// Programs are the ids of programs that were just loaded, by hook.
type Programs map[abi.Hook]uint32

// ParsePrograms reads NAME=ID words.
func ParsePrograms(words []string) (Programs, error) {
	programs := make(Programs)
	for _, word := range words {
		name, number, _ := strings.Cut(word, "=")
		hook := slices.Index(abi.Programs[:], name)
		id, err := strconv.ParseUint(number, 10, 32)
		if hook < 0 || err != nil || id == 0 {
			return nil, fmt.Errorf("%q is not NAME=ID of a program: %s", word, strings.Join(abi.Programs[:], ", "))
		}
		programs[abi.Hook(hook)] = uint32(id)
	}
	return programs, nil
}

func (p Programs) setIn(control *abi.Control) {
	for hook, id := range p {
		control.Programs[hook] = id
	}
}
