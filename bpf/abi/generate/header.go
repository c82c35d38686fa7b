// SPDX-License-Identifier: MIT

package main

import (
	"regexp"
	"strings"
)

var (
	define       = regexp.MustCompile(`(?m)^#define DILIH_(\w+) (\w+)(?: /\* (.*) \*/)?$`)
	valueComment = regexp.MustCompile(`(\w+) = \w+, /\* ([^*]*) \*/`)
	fieldComment = regexp.MustCompile(`(\w+)(?:\[\w+\])?; /\* ([^*]*) \*/`)
)

// defines writes the constants that the header defines.
func (w *writer) defines() {
	w.printf("\n// Constants of bpf/dilih.h.\nconst (\n")
	for _, found := range define.FindAllStringSubmatch(w.header, -1) {
		for _, wanted := range defines {
			if found[1] == wanted {
				w.printf("%s = %s", constantName(wanted), found[2])
				w.comment(found[3])
			}
		}
	}
	w.printf(")\n")
}

// constantName is that of DILIH_ABI and the others in Go.
func constantName(c string) string {
	if c == "ABI" {
		return "Version"
	}
	return goName(c)
}

// body is what is between the braces of an enum or a struct, or empty.
func body(header, kind, c string) string {
	_, after, _ := strings.Cut(header, "\n"+kind+" "+c+" {\n")
	text, _, _ := strings.Cut(after, "\n}")
	return text
}

// comments are those at the end of lines, by what they are about.
func comments(body string, form *regexp.Regexp) map[string]string {
	found := make(map[string]string)
	for _, match := range form.FindAllStringSubmatch(body, -1) {
		found[match[1]] = match[2]
	}
	return found
}
