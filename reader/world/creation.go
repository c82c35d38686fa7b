// SPDX-License-Identifier: MIT

package world

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// readCreations notes which node in sysfs each device has. The kernel never gives a node's number to another one, and
// the node stays the same when its device gets another name or goes to another network namespace. Without rights the
// numbers stay unknown.
func readCreations(ctx context.Context, devices []Device) {
	sysfs, err := mountSysfs()
	if err != nil {
		return
	}
	// The kernel waits for an RCU grace period here, which nobody else needs to wait for.
	defer func() { go unix.Close(sysfs) }()
	for i := range devices {
		if ctx.Err() != nil {
			return
		}
		if inode, err := deviceNode(sysfs, &devices[i]); err == nil {
			devices[i].Creation = inode
		}
	}
}

// mountSysfs opens a sysfs that shows the network namespace of this thread, which the one at /sys need not do. It is
// mounted nowhere, and ends when it is closed.
func mountSysfs() (int, error) {
	filesystem, err := unix.Fsopen("sysfs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer unix.Close(filesystem)
	if err := unix.FsconfigCreate(filesystem); err != nil {
		return -1, err
	}
	const attributes = unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC
	return unix.Fsmount(filesystem, unix.FSMOUNT_CLOEXEC, attributes)
}

// deviceNode returns the number of a node of the device. Its name may belong to another device by now.
func deviceNode(sysfs int, device *Device) (uint64, error) {
	opened, err := unix.Openat(sysfs, fmt.Sprintf("class/net/%s/ifindex", device.Name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(opened)
	var stat unix.Stat_t
	if err := unix.Fstat(opened, &stat); err != nil {
		return 0, err
	}
	var text [32]byte
	count, err := unix.Read(opened, text[:])
	if err != nil {
		return 0, err
	}
	if index, err := strconv.Atoi(string(bytes.TrimSpace(text[:count]))); err != nil || index != device.Index {
		return 0, unix.ENODEV
	}
	return stat.Ino, nil
}
