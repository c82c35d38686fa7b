// SPDX-License-Identifier: MIT

package plan

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

func (m *model) bpftool(space *modelSpace, words []string, stdin string) error {
	switch words[0] + " " + words[1] {
	case "prog loadall":
		return m.load(words[2], words[3], words[4:])
	case "net attach":
		return m.attach(space, words[2], words[4], words[6], len(words) == 8)
	case "net detach":
		device := space.device(words[4])
		if device == nil {
			return errMissing
		}
		device.XDP = slices.DeleteFunc(device.XDP, func(x world.XDP) bool { return x.Mode == words[2] })
		return nil
	case "batch file":
		return m.batch(stdin)
	case "prog pin", "map pin":
		id, _ := strconv.ParseUint(words[3], 10, 32)
		file := modelFile{kind: world.File, mode: 0o600}
		if words[0] == "prog" {
			file.program = uint32(id)
			if m.programs[file.program] == nil {
				return errMissing
			}
		} else {
			file.maps = uint32(id)
			if m.maps[file.maps] == nil {
				return errMissing
			}
		}
		return m.make(words[4], file)
	}
	return errors.New("unknown command")
}

func (m *model) load(object, dir string, words []string) error {
	name := strings.TrimSuffix(strings.TrimPrefix(object, "bpf/"), ".o")
	if name == "dilih_kern" {
		name = abi.Programs[abi.HookXDP]
	}
	if m.files[dir] == nil || !slices.Contains(privatePins, name) {
		return errMissing
	}
	program := &modelProgram{id: m.id(), name: name, objects: m.objects}
	if len(words) > 0 { // the programs of a queue use no map
		ids, err := m.mapsFor(dir, words)
		if err != nil {
			return err
		}
		program.control, program.events = ids[abi.ControlMap], ids[abi.OutputMap]
	}
	m.programs[program.id] = program
	return m.make(dir+"/"+name, modelFile{kind: world.File, mode: 0o600, program: program.id})
}

// mapsFor are the maps that a program is loaded with: those that are named, and new ones.
func (m *model) mapsFor(dir string, words []string) (map[string]uint32, error) {
	ids := map[string]uint32{}
	for i := 0; i+4 < len(words); i += 5 {
		file := m.files[words[i+4]]
		if words[i] != "map" || file == nil || m.maps[file.maps] == nil {
			return nil, errMissing
		}
		ids[words[i+2]] = file.maps
	}
	for _, name := range append(slices.Clone(keptMaps), abi.OutputMap) {
		if ids[name] == 0 {
			ids[name] = m.id()
			m.maps[ids[name]] = &modelMap{name: name, rules: map[uint32]abi.Rule{}}
		}
		if words[0] == "pinmaps" {
			if err := m.make(dir+"/"+name, modelFile{kind: world.File, mode: 0o600, maps: ids[name]}); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

func (m *model) attach(space *modelSpace, mode, pinned, name string, overwrite bool) error {
	device, file := space.device(name), m.files[pinned]
	if device == nil || file == nil || m.programs[file.program] == nil {
		return errMissing
	}
	if mode == native && device.Kind == "bridge" {
		return errors.New("operation not supported")
	}
	if len(device.XDP) > 0 && (!overwrite || device.XDP[0].Mode != mode) {
		return errBusy
	}
	device.XDP = []world.XDP{{Mode: mode, Program: file.program}}
	return nil
}

// batch writes into the maps, in the order of the lines.
func (m *model) batch(text string) error {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		file := m.files[words[3]]
		if file == nil || m.maps[file.maps] == nil {
			return errMissing
		}
		key, err := hex.DecodeString(strings.Join(words[6:10], ""))
		if err != nil {
			return err
		}
		value, err := hex.DecodeString(strings.Join(words[12:], ""))
		if err != nil {
			return err
		}
		if err := m.write(dirOf(words[3]), baseOf(words[3]), binary.NativeEndian.Uint32(key), value); err != nil {
			return err
		}
	}
	return nil
}

// write keeps what is written beside the control map of the same directory.
func (m *model) write(dir, name string, entry uint32, value []byte) error {
	control := m.maps[m.files[dir+"/control"].maps]
	var err error
	switch name {
	case abi.ControlMap:
		_, err = binary.Decode(value, binary.NativeEndian, &control.control)
	case abi.SetsMap:
		_, err = binary.Decode(value, binary.NativeEndian, &control.sets[entry])
	case abi.RulesMap:
		var rule abi.Rule
		_, err = binary.Decode(value, binary.NativeEndian, &rule)
		control.rules[entry] = rule
	}
	return err
}

func (m *model) tc(space *modelSpace, words []string) error {
	device := space.device(words[3])
	if device == nil {
		return errMissing
	}
	switch words[0] + " " + words[1] {
	case "qdisc add":
		if device.Clsact || device.Ingress {
			return errExists
		}
		device.Clsact = true
	case "qdisc del":
		if !device.Clsact {
			return errMissing
		}
		device.Clsact, device.Filters = false, [abi.Directions][]world.Filter{}
	case "qdisc replace":
		device.Root = world.Qdisc{Kind: "fq", Handle: queueHandle}
	default:
		return m.tcFilter(space, device, words)
	}
	return nil
}

func (m *model) tcFilter(space *modelSpace, device *world.Device, words []string) error {
	direction := abi.DirectionIn
	if words[4] == "egress" {
		direction = abi.DirectionOut
	}
	pref, _ := strconv.ParseUint(words[6], 10, 16)
	handle, _ := strconv.ParseUint(words[8], 0, 32)
	if !device.Clsact {
		return errMissing
	}
	filters := &device.Filters[direction]
	at := slices.IndexFunc(*filters, func(f world.Filter) bool { return f.Pref == uint16(pref) && f.Handle == uint32(handle) })
	if slices.ContainsFunc(*filters, func(f world.Filter) bool { return f.Pref == uint16(pref) && f.Kind != "bpf" }) {
		return errBusy
	}
	if words[1] == "del" {
		if at < 0 {
			return errMissing
		}
		*filters = slices.Delete(*filters, at, at+1)
		return nil
	}
	if words[1] == "add" && at >= 0 {
		return errExists
	}
	filter := world.Filter{Pref: uint16(pref), Handle: uint32(handle), Protocol: protocolAll, Kind: "bpf"}
	file := m.files[words[slices.Index(words, "object-pinned")+1]]
	if file == nil || m.programs[file.program] == nil {
		return errMissing
	}
	filter.Program, filter.Object = file.program, m.programs[file.program].name
	if action := slices.Index(words, "redirect"); action >= 0 {
		queue := space.device(words[action+2])
		if queue == nil {
			return errMissing
		}
		filter.Target = queue.Index
	}
	if at >= 0 {
		(*filters)[at] = filter
		return nil
	}
	*filters = append(*filters, filter)
	slices.SortStableFunc(*filters, func(a, b world.Filter) int { return int(a.Pref) - int(b.Pref) })
	return nil
}

func (m *model) ip(space *modelSpace, words []string) error {
	if words[0] == "add" {
		if space.device(words[1]) != nil {
			return errExists
		}
		space.add(world.Device{Name: words[1], Kind: "ifb", Ether: true, GSOMaxSegs: 65535})
		return nil
	}
	name := words[1]
	if words[0] == "set" {
		name = words[2]
	}
	device := space.device(name)
	if device == nil {
		return errMissing
	}
	switch {
	case words[0] == "del":
		space.devices = slices.DeleteFunc(space.devices, func(d *world.Device) bool { return d == device })
	case words[3] == "alias":
		device.Alias, device.Up = words[4], true
	case words[3] == "gso_max_segs":
		most, _ := strconv.ParseUint(words[4], 10, 32)
		device.GSOMaxSegs = uint32(most)
	}
	return nil
}
