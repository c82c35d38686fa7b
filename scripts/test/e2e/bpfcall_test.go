// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls of bpf(2) as the kernel gets them, with none of the checks of a library before them.

// call is bpf(2). What it is given has the layout of the command's part of union bpf_attr.
func call[T any](command uintptr, attributes *T) (fd int, err error) {
	r, _, errno := unix.Syscall(unix.SYS_BPF, command, uintptr(unsafe.Pointer(attributes)), unsafe.Sizeof(*attributes))
	if errno != 0 {
		return -1, errno
	}
	return int(r), nil
}

// object is what BPF_OBJ_GET and BPF_OBJ_PIN take.
type object struct {
	path      *byte
	fd, flags uint32
}

// onPin opens what is pinned in PIN and does something with it.
func onPin(name string, flags uint32, does func(fd int) error) error {
	return onPath(filepath.Join(pin, name), flags, does)
}

func onPath(path string, flags uint32, does func(fd int) error) error {
	name, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	fd, err := call(unix.BPF_OBJ_GET, &object{path: name, flags: flags})
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return does(fd)
}

func open(name string, flags uint32) error {
	return onPin(name, flags, func(int) error { return nil })
}

// element is what the commands on elements of a map take. The value has room for those of all CPUs.
type element struct {
	fd         uint32
	key, value *[1 << 16]byte
}

func elementOf(fd int) *element {
	return &element{fd: uint32(fd), key: new([1 << 16]byte), value: new([1 << 16]byte)}
}

func lookUp(fd int) error {
	_, err := call(unix.BPF_MAP_LOOKUP_ELEM, elementOf(fd))
	return err
}

func update(fd int) error {
	_, err := call(unix.BPF_MAP_UPDATE_ELEM, elementOf(fd))
	return err
}

func freeze(fd int) error {
	_, err := call(unix.BPF_MAP_FREEZE, &element{fd: uint32(fd)})
	return err
}

func share(fd int) error {
	memory, err := unix.Mmap(fd, 0, 1, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	return unix.Munmap(memory)
}

// pinAnew makes a pin that is the caller's own, and opens it for writing.
func pinAnew(fd int) error {
	name, err := unix.BytePtrFromString(mine)
	if err != nil {
		return err
	}
	if _, err := call(unix.BPF_OBJ_PIN, &object{path: name, fd: uint32(fd)}); err != nil {
		return err
	}
	defer unix.Unlink(mine)
	return onPath(mine, 0, update)
}

// get opens an object by its id, or finds the id after it.
func get(command uintptr, id uint32) error {
	_, err := call(command, &[3]uint32{id}) // and room for the next id, and flags
	return err
}

// run runs the program on a frame, with a file descriptor that is for reading only.
func run(flags uint32) error {
	return onPin("xdp_dilih", unix.BPF_F_RDONLY, func(fd int) error {
		frame := new([64]byte)
		_, err := call(unix.BPF_PROG_TEST_RUN, &struct {
			fd, result, size, sizeOut uint32
			in, out                   *[64]byte
			repeat, duration          uint32
			contextSize, contextOut   uint32
			context, contextTo        uint64
			flags, cpu                uint32
			batch, padding            uint32
		}{fd: uint32(fd), size: 64, in: frame, flags: flags})
		return err
	})
}
