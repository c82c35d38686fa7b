// SPDX-License-Identifier: MIT

package plan

import (
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
	objects  string                   // in bpf/
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
	objects string // that it was loaded from
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
	last    int    // index
	made    uint64 // devices
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
	if d.Creation == 0 { // or it comes from another namespace
		s.made++
		d.Creation = s.inode<<32 + s.made
	}
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
