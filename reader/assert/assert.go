// SPDX-License-Identifier: MIT

// Package assert reads and checks what a caller asserts about the counts of a run.
package assert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"dilih/reader/tally"
)

// Assertion compares a count with a number.
type Assertion struct {
	Count    string // the Name of one in tally.Counted
	Operator string
	Number   uint64
}

var form = regexp.MustCompile(`^\s*([a-z_]+)\s*(>=|<=|==|!=|>|<)\s*(0|[1-9][0-9]{0,17})\s*$`)

// Error tells what is wrong with an assertion.
type Error struct{ Text, Why string }

func (e *Error) Error() string { return fmt.Sprintf("%q: %s", e.Text, e.Why) }

// Parse reads assertions with ; between them. The error is an *Error.
func Parse(text string) (list []Assertion, err error) {
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		assertion, why := parse(part)
		if why != "" {
			return nil, &Error{part, why}
		}
		list = append(list, assertion)
	}
	return list, nil
}

func parse(text string) (assertion Assertion, why string) {
	found := form.FindStringSubmatch(text)
	if found == nil {
		return assertion, "expected a count, one of >= <= > < == != and a number, as in dropped>=1"
	}
	if !known(found[1]) {
		return assertion, fmt.Sprintf("there is no count %s, but there are %s", found[1], strings.Join(names(), " "))
	}
	number, err := strconv.ParseUint(found[3], 10, 64)
	if err != nil {
		return assertion, err.Error()
	}
	return Assertion{found[1], found[2], number}, ""
}

func known(name string) bool {
	for _, count := range tally.Counted {
		if count.Name == name {
			return true
		}
	}
	return false
}

func names() (names []string) {
	for _, count := range tally.Counted {
		names = append(names, count.Name)
	}
	return names
}

// Failure returns why the assertion is not true of the counts, by name, or "" if it is. A count that is not there is not
// known, and nothing is true of it.
func (a Assertion) Failure(counts map[string]uint64) string {
	count, isKnown := counts[a.Count]
	switch {
	case !isKnown:
		return fmt.Sprintf("%s is not known, expected %s%d", a.Count, a.Operator, a.Number)
	case !a.holds(count):
		return fmt.Sprintf("%s is %d, expected %s%d", a.Count, count, a.Operator, a.Number)
	}
	return ""
}

func (a Assertion) holds(count uint64) bool {
	switch a.Operator {
	case ">=":
		return count >= a.Number
	case "<=":
		return count <= a.Number
	case "==":
		return count == a.Number
	case "!=":
		return count != a.Number
	case ">":
		return count > a.Number
	}
	return count < a.Number
}
