// SPDX-License-Identifier: MIT

package plan

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"dilih/reader/printable"
)

// Encode writes for a script what Next of a session has returned. Each field ends with a NUL byte, which no argument can
// contain, so that no value becomes syntax:
//
//	STATE                         the session, to be handed back
//	say TEXT, warn TEXT           for people
//	step NAMESPACE PATH FLAGS SHOWN SAY DONE WARN STDIN COUNT ARGUMENT...
//	more | done NAMESPACE PATH TEXT | fail CODE TEXT
//
// After the steps comes whether to ask again. When it is done, NAMESPACE and PATH are where the devices are, if that is
// not here, and TEXT says so.
//
// NAMESPACE is the inode of the network namespace to run it in, and PATH how to enter it; both are empty if the script
// is in it. FLAGS is a word: wait, optional or -.
func Encode(out io.Writer, s *Session, next []Step, notes []Note, failure error) error {
	state, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode the session: %w", err)
	}
	fields := []string{string(state)}
	for _, note := range notes {
		kind := "say"
		if note.Warning {
			kind = "warn"
		}
		fields = append(fields, kind, note.Text)
	}
	for _, step := range next {
		fields = append(fields, stepFields(step)...)
	}
	switch {
	case failure != nil:
		code, text := failureFields(failure)
		fields = append(fields, "fail", strconv.Itoa(code), text)
	case len(next) > 0:
		fields = append(fields, "more")
	default:
		fields = append(fields, "done", number(s.There.Namespace), s.There.Path, s.There.Text)
	}
	for i := range fields {
		fields[i] = strings.ReplaceAll(fields[i], "\x00", "?")
	}
	_, err = io.WriteString(out, strings.Join(fields, "\x00")+"\x00")
	return err
}

func stepFields(step Step) []string {
	flag, namespace := "-", ""
	if step.Path != "" {
		namespace = number(step.Namespace)
	}
	switch {
	case step.Wait:
		flag = "wait"
	case step.Fails == optional:
		flag = "optional"
	}
	fields := []string{"step", namespace, step.Path, flag, step.String(), step.Say, step.Done, step.Warn, step.Stdin, strconv.Itoa(len(step.Argv))}
	return append(fields, step.Argv...)
}

func failureFields(failure error) (code int, text string) {
	code = failed
	if refusal := asRefusal(failure); refusal != nil {
		code = refusal.Code
	}
	return code, failure.Error()
}

// String is the step as one could type it.
func (s Step) String() string {
	argv := s.Argv
	if s.Path != "" {
		argv = append([]string{"nsenter", "--net=" + s.Path, "--"}, argv...)
	}
	var words []string
	for _, word := range argv {
		words = append(words, quote(stepWord(word)))
	}
	if s.Stdin != "" {
		words = append(words, fmt.Sprintf("# %d writes", s.Writes()))
	}
	return strings.Join(words, " ")
}

// stepWord is a word of a step, in which an id that only the kernel knows has a name.
func stepWord(word string) string {
	if id, err := strconv.ParseUint(word, 10, 32); err == nil && id >= placeholder {
		return "MAP_ID"
	}
	return word
}

// quote is a word for a shell and for a terminal.
func quote(word string) string {
	shown := printable.Text(word)
	if shown != word {
		return "$'" + strings.NewReplacer("'", `\'`).Replace(shown) + "'"
	}
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=+@%,") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }
