// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

const (
	leastRate  = 1e3  // bits per second: below, one packet takes longer than any may wait
	mostRate   = 1e12 // far beyond any device
	usualQueue = 50e6 // ns, if nothing else is asked for
)

// rate reads a rate, and for how long packets may wait for their turn under it.
func (p *parser) rate() (err error) {
	w := p.peek()
	p.rule.Rate, err = p.measured("the rate", rates)
	switch {
	case err != nil:
		return err
	case p.rule.Rate == 0:
		return p.fail(w, "a rate of 0 sends nothing", "nearest: drop 100%, which does that")
	case p.rule.Rate < leastRate:
		return p.fail(w, fmt.Sprintf("at %s a packet of 1500 bytes would take more than %s", w.text, times.text(maxWait)),
			"nearest: "+rates.text(leastRate))
	case p.rule.Rate > mostRate:
		return p.fail(w, w.text+" is more than any device sends", "nearest: "+rates.text(mostRate))
	}
	p.rule.Queue = usualQueue
	if p.peek().text != "queue" {
		return nil
	}
	p.take()
	if decimal.MatchString(p.peek().text) {
		p.rule.Queue, err = p.packetsOfQueue(p.take())
		return err
	}
	p.rule.Queue, err = p.wait("the queue", "without a queue no packet can wait for its turn, and nearly all are lost")
	return err
}

// packetBits are those of the packets that a queue is measured in: 1500 bytes.
const packetBits = 1500 * 8

// packetsOfQueue is for how long that many packets wait for their turn, in ns.
func (p *parser) packetsOfQueue(w word) (uint64, error) {
	most := p.rule.Rate * (maxWait / 1e9) / packetBits
	packets, err := strconv.ParseUint(w.text, 10, 64)
	switch {
	case err != nil && strings.Contains(w.text, "."):
		return 0, p.fail(w, "a queue has a whole number of packets", "expected a number such as 25, or a time such as 50ms")
	case err == nil && packets == 0:
		return 0, p.fail(w, "without a queue no packet can wait for its turn, and nearly all are lost", "nearest: leave it out, or 1")
	case (err != nil || packets > most) && most == 0:
		return 0, p.fail(w, "one packet of 1500 bytes takes longer than any may wait: "+horizon, "nearest: queue "+times.text(maxWait))
	case err != nil || packets > most:
		return 0, p.fail(w, fmt.Sprintf("%.20s packets of 1500 bytes take too long: %s", w.text, horizon), fmt.Sprintf("nearest: queue %d", most))
	}
	high, low := bits.Mul64(packets*packetBits, 1e9)
	wait, rest := bits.Div64(high, low, p.rule.Rate)
	if rest > 0 {
		wait++
	}
	return wait, nil
}
