// SPDX-License-Identifier: MIT

package world

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
)

// programs are all programs of the host by id, and which of them are ours.
type programs struct {
	all      map[uint32]Program
	controls []uint32 // the ids of our control maps
	err      error    // why all may not be complete
}

// readPrograms reads which programs there are. Those that use one of the control maps are ours.
func readPrograms(controls []uint32) programs {
	found := programs{all: make(map[uint32]Program), controls: controls}
	for id := uint32(0); ; {
		next, err := nextProgram(id)
		if errors.Is(err, unix.ENOENT) {
			return found
		}
		if err == nil {
			id = next
			_, err = found.read(id)
		}
		if err != nil {
			found.err = fmt.Errorf("list the BPF programs: %w", err)
			return found
		}
	}
}

// read reads the program with the id; one that is gone has no id.
func (p *programs) read(id uint32) (Program, error) {
	opened, err := getProgram(id)
	if errors.Is(err, unix.ENOENT) {
		return Program{}, nil
	}
	if err != nil {
		return Program{}, err
	}
	defer opened.close()
	program, err := opened.program()
	if err != nil {
		return Program{}, err
	}
	for _, control := range p.controls {
		if slices.Contains(program.Maps, control) {
			program.Control = control
		}
	}
	p.all[id] = program
	return program, nil
}

// byID returns the program that something is attached by, which may be newer than the list.
func (p *programs) byID(id uint32) Program {
	program, known := p.all[id]
	if !known && p.err == nil {
		program, p.err = p.read(id)
	}
	return program
}

// ours returns our programs by id, with their event maps.
func (p *programs) ours() ([]Program, error) {
	var ours []Program
	names := make(map[uint32]string)
	for _, program := range p.all {
		if program.Control == 0 {
			continue
		}
		for _, id := range program.Maps {
			name, err := mapName(names, id)
			if err != nil {
				return ours, fmt.Errorf("read map %d of program %d: %w", id, program.ID, err)
			}
			if name == abi.OutputMap {
				program.Events = id
			}
		}
		ours = append(ours, program)
	}
	slices.SortFunc(ours, func(a, b Program) int { return int(a.ID) - int(b.ID) })
	return ours, nil
}

// mapName returns the name of a map, or "" if it is gone, and remembers it.
func mapName(names map[uint32]string, id uint32) (string, error) {
	if name, known := names[id]; known {
		return name, nil
	}
	opened, err := getMap(id)
	if errors.Is(err, unix.ENOENT) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer opened.close()
	info, err := opened.mapInfo()
	if err != nil {
		return "", err
	}
	names[id] = textOf(info.name[:])
	return names[id], nil
}
