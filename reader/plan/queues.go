// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// queueName is the name of the device where packets wait.
func queueName(device *world.Device, direction abi.Direction) string {
	return fmt.Sprintf("dilih-%v%d", direction, device.Index)
}

// queueOf is the device where packets of the device wait, or nil.
func (p *planner) queueOf(where place, direction abi.Direction) *world.Device {
	name := queueName(where.Device, direction)
	for i := range where.namespace.Devices {
		if device := &where.namespace.Devices[i]; device.Name == name {
			return device
		}
	}
	return nil
}

// isQueue reports whether the device is one of ours where packets wait, for which side of which device. One that has
// not got its alias yet, because the verb was killed, is ours if that device is.
func (p *planner) isQueue(namespace *world.Namespace, queue *world.Device) (index int, direction abi.Direction, is bool) {
	if queue.Kind != "ifb" || queue.Alias != "" && queue.Alias != p.queueAlias() {
		return 0, 0, false
	}
	index, direction, is = parseQueueName(queue.Name)
	if p.wish.failedAt(namespace.Inode, index) {
		return index, direction, false
	}
	return index, direction, is && (queue.Alias != "" || p.isMarked(Place{namespace.Inode, index}))
}

// parseQueueName reads what queueName has made.
func parseQueueName(name string) (index int, direction abi.Direction, is bool) {
	rest, ours := strings.CutPrefix(name, "dilih-")
	if !ours {
		return 0, 0, false
	}
	for _, direction := range directions {
		if number, is := strings.CutPrefix(rest, direction.String()); is {
			index, err := strconv.Atoi(number)
			return index, direction, err == nil && strconv.Itoa(index) == number
		}
	}
	return 0, 0, false
}

// isMarked reports whether the device has a program of ours, or something was changed at it for one.
func (p *planner) isMarked(where Place) bool {
	at, there := p.at(where)
	if there && p.ourXDP(at.Device) != nil {
		return true
	}
	return slices.ContainsFunc(p.allMarks(), func(m mark) bool { return m.Kind == markClsact && m.Place == where })
}

func (p *planner) allMarks() (marks []mark) {
	for _, dir := range p.directories() {
		for _, entry := range dir.Inside {
			if m, is := parseMark(entry.Name); is {
				marks = append(marks, m)
			}
		}
	}
	return marks
}

func (p *planner) queueAlias() string { return "dilih " + p.Pinned.Name }
