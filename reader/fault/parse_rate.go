// SPDX-License-Identifier: MIT

package fault

import "fmt"

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
	p.rule.Queue, err = p.wait("the queue", "without a queue no packet can wait for its turn, and nearly all are lost")
	return err
}
