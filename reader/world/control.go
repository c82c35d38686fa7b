// SPDX-License-Identifier: MIT

package world

import (
	"fmt"
	"path/filepath"

	"github.com/cilium/ebpf"
	"github.com/vishvananda/netlink/nl"

	"dilih/bpf/abi"
)

// controlAttempts are more than anyone changes the faults while they are read.
const controlAttempts = 16

// readControl reads the control map in a directory of pins, and the faults that it makes active. A change meanwhile
// makes it read again.
func readControl(directory string) (control *Control, err error) {
	opened, err := openMap(directory, abi.ControlMap)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	info, err := opened.Info()
	if err != nil {
		return nil, err
	}
	id, _ := info.ID()
	for range controlAttempts {
		control = &Control{Map: uint32(id)}
		if err := control.read(opened); err != nil {
			return nil, err
		}
		if !control.Active || control.Error != "" {
			return control, nil
		}
		if err := control.readFaults(directory); err != nil {
			control.Error = err.Error()
			return control, nil
		}
		after := new(Control)
		if err := after.read(opened); err != nil {
			return nil, err
		}
		if after.Control == control.Control && control.Set.Generation == control.Generation {
			return control, nil
		}
	}
	control.Error = "it changed each time it was read"
	return control, nil
}

func openMap(directory, name string) (*ebpf.Map, error) {
	return ebpf.LoadPinnedMap(filepath.Join(directory, name), &ebpf.LoadPinOptions{ReadOnly: true})
}

// read reads the entry of the map. Each ABI begins with its number and the generation.
func (c *Control) read(opened *ebpf.Map) error {
	bytes, err := opened.LookupBytes(uint32(0))
	if err != nil {
		return err
	}
	if len(bytes) < 8 {
		return fmt.Errorf("it has entries of %d bytes", len(bytes))
	}
	c.ABI, c.Generation = nl.NativeEndian().Uint32(bytes), nl.NativeEndian().Uint32(bytes[4:])
	c.Active = c.ABI != 0
	if !c.Active {
		return nil
	}
	if c.ABI != abi.Version {
		c.Error = fmt.Sprintf("the faults have ABI %d, expected %d", c.ABI, abi.Version)
		return nil
	}
	return opened.Lookup(uint32(0), &c.Control)
}

// readFaults reads the active bank.
func (c *Control) readFaults(directory string) error {
	bank := c.Generation % abi.Banks
	if err := lookup(directory, abi.SetsMap, bank, 1, func(sets *ebpf.Map, entry uint32) error {
		return sets.Lookup(entry, &c.Set)
	}); err != nil {
		return err
	}
	count := min(uint32(c.Set.Rules), abi.MaxRules)
	c.Rules = make([]abi.Rule, count)
	first := bank * abi.MaxRules
	return lookup(directory, abi.RulesMap, first, count, func(rules *ebpf.Map, entry uint32) error {
		return rules.Lookup(entry, &c.Rules[entry-first])
	})
}

// lookup calls take for so many entries of a pinned map.
func lookup(directory, name string, first, count uint32, take func(*ebpf.Map, uint32) error) error {
	opened, err := openMap(directory, name)
	if err != nil {
		return fmt.Errorf("open the map %s: %w", name, err)
	}
	defer opened.Close()
	for entry := first; entry < first+count; entry++ {
		if err := take(opened, entry); err != nil {
			return fmt.Errorf("entry %d of the map %s: %w", entry, name, err)
		}
	}
	return nil
}
