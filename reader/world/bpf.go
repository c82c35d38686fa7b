// SPDX-License-Identifier: MIT

package world

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// These calls are not made through package ebpf, because its Info copies the instructions and the machine code of
// each program: 220 us for a program instead of 5, and a host has many.

// object is an open program or map.
type object struct {
	descriptor int
	isMap      bool
}

// getPinned opens what is pinned at the path, for reading. A pin of something else than a program or a map is EINVAL.
func getPinned(path string) (object, error) {
	name, err := unix.BytePtrFromString(path)
	if err != nil {
		return object{}, err
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pinner.Pin(name)
	attributes := struct {
		path              uint64
		descriptor, flags uint32
	}{path: uint64(uintptr(unsafe.Pointer(name))), flags: unix.BPF_F_RDONLY}
	descriptor, err := call(unix.BPF_OBJ_GET, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
	if err != nil {
		return object{}, err
	}
	kind, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", descriptor))
	switch {
	case err == nil && kind == "anon_inode:bpf-map":
		return object{descriptor, true}, nil
	case err == nil && kind == "anon_inode:bpf-prog":
		return object{descriptor, false}, nil
	case err == nil:
		err = unix.EINVAL
	}
	unix.Close(descriptor)
	return object{}, err
}

// getProgram opens the program with the id.
func getProgram(id uint32) (object, error) {
	attributes := struct{ id, next, flags uint32 }{id: id}
	descriptor, err := call(unix.BPF_PROG_GET_FD_BY_ID, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
	return object{descriptor, false}, err
}

// getMap opens the map with the id, for reading.
func getMap(id uint32) (object, error) {
	attributes := struct{ id, next, flags uint32 }{id: id, flags: unix.BPF_F_RDONLY}
	descriptor, err := call(unix.BPF_MAP_GET_FD_BY_ID, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
	return object{descriptor, true}, err
}

// nextProgram returns the first id of a program above the id, or ENOENT.
func nextProgram(id uint32) (uint32, error) {
	attributes := struct{ id, next, flags uint32 }{id: id}
	_, err := call(unix.BPF_PROG_GET_NEXT_ID, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
	return attributes.next, err
}

// programInfo is the beginning of struct bpf_prog_info.
type programInfo struct {
	kind, id            uint32
	tag                 [8]byte
	jitedSize, size     uint32
	jited, instructions uint64
	loaded              uint64
	uid, mapCount       uint32
	maps                uint64
	name                [unix.BPF_OBJ_NAME_LEN]byte
}

// mapInfo is the beginning of struct bpf_map_info.
type mapInfo struct {
	kind, id, keySize, valueSize, entries, flags uint32
	name                                         [unix.BPF_OBJ_NAME_LEN]byte
}

// program describes an open program.
func (o object) program() (Program, error) {
	var info programInfo
	if err := o.info(unsafe.Pointer(&info), unsafe.Sizeof(info)); err != nil {
		return Program{}, err
	}
	maps := make([]uint32, info.mapCount)
	if len(maps) > 0 {
		var pinner runtime.Pinner
		defer pinner.Unpin()
		pinner.Pin(&maps[0])
		second := programInfo{mapCount: info.mapCount, maps: uint64(uintptr(unsafe.Pointer(&maps[0])))}
		if err := o.info(unsafe.Pointer(&second), unsafe.Sizeof(second)); err != nil {
			return Program{}, err
		}
		maps = maps[:min(len(maps), int(second.mapCount))]
	}
	return Program{ID: info.id, Name: textOf(info.name[:]), Tag: fmt.Sprintf("%x", info.tag), Maps: maps}, nil
}

// mapInfo describes an open map.
func (o object) mapInfo() (info mapInfo, err error) {
	err = o.info(unsafe.Pointer(&info), unsafe.Sizeof(info))
	return info, err
}

// frozen reports whether nobody can write to the open map any more. Only procfs says so.
func (o object) frozen() (bool, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", o.descriptor))
	return bytes.Contains(text, []byte("\nfrozen:\t1\n")), err
}

func (o object) close() { unix.Close(o.descriptor) }

func (o object) info(into unsafe.Pointer, size uintptr) error {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pinner.Pin(into)
	attributes := struct {
		descriptor, size uint32
		info             uint64
	}{uint32(o.descriptor), uint32(size), uint64(uintptr(into))}
	_, err := call(unix.BPF_OBJ_GET_INFO_BY_FD, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
	return err
}

func call(command uintptr, attributes unsafe.Pointer, size uintptr) (int, error) {
	result, _, errno := unix.Syscall(unix.SYS_BPF, command, uintptr(attributes), size)
	if errno != 0 {
		return -1, errno
	}
	return int(result), nil
}
