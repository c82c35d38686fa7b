// SPDX-License-Identifier: MIT

package plan

import (
	"errors"
	"slices"
	"strings"
)

// Refusal is why a verb does not do what was asked for. Nothing was changed then, unless it comes with steps.
type Refusal struct {
	Code   int    // exit status, as the reader has them
	Object string // what it is about
	Reason string
	Help   string // what to do, or ""
}

// The exit statuses.
const (
	misused   = 1
	failed    = 2
	notLoaded = 3
	forbidden = 4
	busy      = 5
)

func (r *Refusal) Error() string {
	var text strings.Builder
	if r.Object != "" {
		text.WriteString(r.Object)
		if verb, _, _ := strings.Cut(r.Reason, " "); !slices.Contains([]string{"is", "has", "holds", "needs"}, verb) {
			text.WriteString(":")
		}
		text.WriteString(" ")
	}
	text.WriteString(r.Reason)
	if r.Help != "" {
		text.WriteString(". " + strings.ToUpper(r.Help[:1]) + r.Help[1:])
	}
	return text.String()
}

func refuse(code int, object, reason, help string) error {
	return &Refusal{code, object, reason, help}
}

func (p *planner) nothingLoaded() error {
	return refuse(notLoaded, "", "nothing is loaded at "+p.Pinned.Name, "")
}

func asRefusal(err error) *Refusal {
	var refusal *Refusal
	errors.As(err, &refusal)
	return refusal
}
