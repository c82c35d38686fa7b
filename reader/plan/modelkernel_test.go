// SPDX-License-Identifier: MIT

package plan

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// model is a kernel and a bpffs in memory, which carries out the commands of steps. It shares nothing with what Next
// believes that they do.
type model struct {
	files    map[string]*modelFile // by path; a pin directory and what is in it
	programs map[uint32]*modelProgram
	maps     map[uint32]*modelMap
	spaces   []*modelSpace
	lastID   uint32
	now      uint64
	ifb      bool
	rejects  func(argv []string) bool // makes a command fail, without any effect
}

type modelFile struct {
	kind          world.Type
	uid, gid      uint32
	mode          uint32
	program, maps uint32
	changed       uint64
}

type modelProgram struct {
	id      uint32
	name    string
	control uint32 // 0: it uses none
	events  uint32
}

// modelMap is a map; only that of control has contents, and what is reached through it.
type modelMap struct {
	name    string
	control abi.Control
	sets    [abi.Banks]abi.FaultSet
	rules   map[uint32]abi.Rule
}

type modelSpace struct {
	inode   uint64
	path    string
	own     bool
	hidden  int // 1: only a look at all processes finds it; 2: nothing does
	error   string
	devices []*world.Device
	last    int // index
}

const modelPIN = "/sys/fs/bpf/dilih"

func newModel() *model {
	return &model{
		files: map[string]*modelFile{}, programs: map[uint32]*modelProgram{}, maps: map[uint32]*modelMap{},
		lastID: 10, now: 1e12, rejects: func([]string) bool { return false },
	}
}

func (m *model) id() uint32 {
	m.lastID++
	return m.lastID
}

func (m *model) space(inode uint64) *modelSpace {
	for _, s := range m.spaces {
		if s.inode == inode || inode == 0 && s.own {
			return s
		}
	}
	return nil
}

func (s *modelSpace) device(name string) *world.Device {
	for _, d := range s.devices {
		if d.Name == name {
			return d
		}
	}
	return nil
}

func (s *modelSpace) add(d world.Device) *world.Device {
	s.last++
	d.Index = s.last
	if d.Entry == "" && d.Ether {
		d.Entry = "xdp_dilih"
	}
	s.devices = append(s.devices, &d)
	return &d
}

// look is what world.Look would see.
func (m *model) look() world.World {
	w := world.World{
		Now: m.now, Nonce: fmt.Sprintf("%016x", m.now), Kernel: "6.1.0-test", HasIFB: m.ifb,
		Rights: world.Rights{Capabilities: 1<<41 - 1},
		BPFFS:  world.BPFFS{Path: dirOf(modelPIN), Mounted: true, Way: []world.Entry{{Name: dirOf(modelPIN), Type: world.Dir, Mode: 0o1777}}},
	}
	w.Pinned, w.New, w.Old = m.directory(modelPIN), m.directory(modelPIN+"-new"), m.directory(modelPIN+"-old")
	m.addPrograms(&w)
	left := m.addSpaces(&w, 0)
	if left {
		w.Namespaces = nil
		m.addSpaces(&w, 1)
	}
	return w
}

func (m *model) addPrograms(w *world.World) {
	controls := map[uint32]bool{}
	for _, dir := range []*world.Directory{&w.Pinned, &w.New, &w.Old} {
		if dir.Control != nil {
			controls[dir.Control.Map] = true
		}
	}
	alive := m.alive()
	for id, program := range m.programs {
		if program.control != 0 && controls[program.control] && alive[id] {
			w.Programs = append(w.Programs, world.Program{ID: id, Name: program.name, Control: program.control, Events: program.events})
		}
	}
	slices.SortFunc(w.Programs, func(a, b world.Program) int { return int(a.ID) - int(b.ID) })
}

// alive are the programs that are pinned or attached.
func (m *model) alive() map[uint32]bool {
	alive := map[uint32]bool{}
	for _, file := range m.files {
		alive[file.program] = true
	}
	for _, space := range m.spaces {
		for _, device := range space.devices {
			for _, xdp := range device.XDP {
				alive[xdp.Program] = true
			}
			for _, filters := range device.Filters {
				for _, filter := range filters {
					alive[filter.Program] = true
				}
			}
		}
	}
	return alive
}

// addSpaces adds the namespaces that can be found so, and reports whether a program is neither pinned nor attached there.
func (m *model) addSpaces(w *world.World, hidden int) (left bool) {
	found := map[uint32]bool{}
	for _, space := range m.spaces {
		if space.hidden > hidden {
			continue
		}
		n := world.Namespace{Inode: space.inode, Own: space.own, Path: space.path, Error: space.error}
		if space.error == "" {
			for _, device := range space.devices {
				d := *device // whose slices Next copies
				n.Devices = append(n.Devices, d)
				for _, xdp := range d.XDP {
					found[xdp.Program] = true
				}
				for _, filters := range d.Filters {
					for _, filter := range filters {
						found[filter.Program] = true
					}
				}
			}
		}
		w.Namespaces = append(w.Namespaces, n)
	}
	for _, file := range m.files {
		found[file.program] = true
	}
	return slices.ContainsFunc(w.Programs, func(p world.Program) bool { return !found[p.ID] })
}

func (m *model) directory(name string) world.Directory {
	dir := world.Directory{Entry: world.Entry{Name: name, Type: world.Absent}}
	file := m.files[name]
	if file == nil {
		return dir
	}
	dir.Entry = world.Entry{Name: name, Type: file.kind, UID: file.uid, GID: file.gid, Mode: file.mode, Program: file.program}
	dir.Age = m.now - file.changed
	if file.kind != world.Dir || file.uid != 0 {
		return dir
	}
	list := m.inside(name)
	dir.Inside = make([]world.Entry, 0, len(list)+4)
	for _, inside := range list {
		file := m.files[inside]
		dir.Inside = append(dir.Inside, world.Entry{Name: baseOf(inside), Type: file.kind, UID: file.uid, GID: file.gid, Mode: file.mode,
			Program: file.program, Map: file.maps})
		if known := m.maps[file.maps]; known != nil && known.name == "control" && baseOf(inside) == "control" {
			dir.Control = known.world(file.maps)
		}
	}
	return dir
}

func (m *modelMap) world(id uint32) *world.Control {
	c := &world.Control{Map: id, Control: m.control, Active: m.control.ABI != 0}
	if !c.Active {
		return c
	}
	if m.control.ABI != abi.Version {
		c.Control, c.Error = abi.Control{ABI: m.control.ABI, Generation: m.control.Generation}, "it is of another ABI"
		return c
	}
	bank := m.control.Generation % abi.Banks
	c.Set = m.sets[bank]
	for i := range uint32(c.Set.Rules) {
		c.Rules = append(c.Rules, m.rules[bank*abi.MaxRules+i])
	}
	return c
}

func (m *model) inside(dir string) (list []string) {
	list = make([]string, 0, len(m.files))
	for name := range m.files {
		if len(name) > len(dir) && name[len(dir)] == '/' && name[:len(dir)] == dir {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// dirOf and baseOf are the parts of a clean path.
func dirOf(name string) string { return name[:strings.LastIndexByte(name, '/')] }

func baseOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

var (
	errExists  = errors.New("file exists")
	errMissing = errors.New("no such file or directory")
	errBusy    = errors.New("device or resource busy")
)

// run carries out the step, or fails.
func (m *model) run(s Step) error {
	m.now += 1e6
	if m.rejects(s.Argv) {
		return errors.New("it was made to fail")
	}
	space := m.space(s.Namespace)
	if space == nil {
		return errMissing
	}
	argv := s.Argv
	if argv[0] == "env" {
		argv = argv[3:]
	}
	switch argv[0] {
	case "mkdir":
		return m.mkdir(argv[4])
	case "mv":
		return m.mv(argv[1:])
	case "rm", "rmdir":
		return m.rm(argv)
	case "chmod", "chgrp":
		return m.change(argv)
	case "bpftool":
		return m.bpftool(space, argv[1:], s.Stdin)
	case "tc":
		return m.tc(space, argv[1:])
	case "ip":
		return m.ip(space, argv[2:])
	case "sleep":
		m.now += 50e6
		return nil
	case "modprobe":
		m.ifb = true
		return nil
	}
	return fmt.Errorf("%s: command not found", argv[0])
}

func (m *model) touch(name string) {
	if dir := m.files[dirOf(name)]; dir != nil {
		dir.changed = m.now
	}
}

func (m *model) make(name string, file modelFile) error {
	if m.files[name] != nil {
		return errExists
	}
	if dir := dirOf(name); dir != dirOf(modelPIN) && (m.files[dir] == nil || m.files[dir].uid != 0) {
		return errMissing
	}
	file.changed = m.now
	m.files[name] = &file
	m.touch(name)
	return nil
}

func (m *model) mkdir(name string) error {
	return m.make(name, modelFile{kind: world.Dir, mode: 0o700})
}

func (m *model) mv(words []string) error {
	if words[0] == "-T" {
		return m.rename(words[2], words[3])
	}
	for _, name := range words[3:] {
		if err := m.rename(name, words[1]+"/"+baseOf(name)); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) rename(from, to string) error {
	file, there := m.files[from], m.files[to]
	if file == nil {
		return errMissing
	}
	if there != nil && file.kind == world.Dir && len(m.inside(to)) > 0 {
		return errors.New("directory not empty")
	}
	if there != nil && (file.kind == world.Dir) != (there.kind == world.Dir) {
		return errors.New("not a directory")
	}
	inside := m.inside(from)
	delete(m.files, from)
	m.files[to] = file
	for _, name := range inside {
		m.files[to+"/"+baseOf(name)] = m.files[name]
		delete(m.files, name)
	}
	m.touch(from)
	m.touch(to)
	return nil
}

func (m *model) rm(argv []string) error {
	for _, name := range argv[slices.Index(argv, "--")+1:] {
		switch {
		case m.files[name] == nil && argv[1] != "-f":
			return errMissing
		case argv[0] == "rmdir" && len(m.inside(name)) > 0:
			return errors.New("directory not empty")
		}
		for _, inside := range m.inside(name) {
			delete(m.files, inside)
		}
		delete(m.files, name)
		m.touch(name)
	}
	return nil
}

func (m *model) change(argv []string) error {
	for _, name := range argv[3:] {
		file := m.files[name]
		if file == nil && dirOf(name) == "/" {
			continue
		}
		if file == nil && name == dirOf(modelPIN) {
			continue
		}
		if file == nil {
			return errMissing
		}
		number, err := strconv.ParseUint(argv[1], map[string]int{"chmod": 8, "chgrp": 10}[argv[0]], 32)
		if err != nil {
			return err
		}
		if argv[0] == "chmod" {
			file.mode = uint32(number)
		} else {
			file.gid = uint32(number)
		}
	}
	return nil
}

func (m *model) bpftool(space *modelSpace, words []string, stdin string) error {
	switch words[0] + " " + words[1] {
	case "prog loadall":
		return m.load(words[3], words[4:])
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

func (m *model) load(dir string, words []string) error {
	if m.files[dir] == nil {
		return errMissing
	}
	reuse := map[string]uint32{}
	for i := 0; i+4 < len(words); i += 5 {
		file := m.files[words[i+4]]
		if words[i] != "map" || file == nil || m.maps[file.maps] == nil {
			return errMissing
		}
		reuse[words[i+2]] = file.maps
	}
	ids := map[string]uint32{}
	for _, name := range append(slices.Clone(keptMaps), abi.OutputMap) {
		if ids[name] = reuse[name]; ids[name] == 0 {
			ids[name] = m.id()
			m.maps[ids[name]] = &modelMap{name: name, rules: map[uint32]abi.Rule{}}
		}
		if words[0] == "pinmaps" {
			if err := m.make(dir+"/"+name, modelFile{kind: world.File, mode: 0o600, maps: ids[name]}); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Concat(abi.Programs[:6], []string{queueProgram, duplicateProgram}) {
		program := &modelProgram{id: m.id(), name: name}
		if name != queueProgram && name != duplicateProgram {
			program.control, program.events = ids[abi.ControlMap], ids[abi.OutputMap]
		}
		m.programs[program.id] = program
		if err := m.make(dir+"/"+name, modelFile{kind: world.File, mode: 0o600, program: program.id}); err != nil {
			return err
		}
	}
	return nil
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
