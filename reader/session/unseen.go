// SPDX-License-Identifier: MIT

package session

import (
	"time"

	"dilih/bpf/abi"
	"dilih/reader/devices"
	"dilih/reader/tally"
)

// onTheWay is how long a packet may be on its way, from where a device counts it to where a program sees it, on a busy
// CPU.
const onTheWay = 20 * time.Millisecond

// unseen judges the devices since the last moment. The totals are read after what the devices have received, and at the
// last moment before it, so that no packet counts as received that could not have been seen. A suspicion is checked once
// more when packets that were on their way have come.
func (s *Session) unseen(now []devices.Device) ([]tally.Unseen, error) {
	list, err := s.judge(now)
	if err != nil || !tally.Suspected(list) {
		return list, err
	}
	time.Sleep(onTheWay)
	return s.judge(now)
}

func (s *Session) judge(now []devices.Device) ([]tally.Unseen, error) {
	totals, err := s.pins.Totals()
	if err != nil {
		return nil, err
	}
	seen := entered(totals[abi.DirectionIn]) - entered(s.last.totals[abi.DirectionIn])
	return tally.NewUnseen(s.last.devices, now, seen), nil
}

func entered(totals abi.Totals) uint64 {
	return totals.Passed.Packets + totals.Dropped.Packets + totals.QueueDropped.Packets
}
