// SPDX-License-Identifier: MIT

// Package docs keeps README.md, docs/*.md and docs/learn true. What they quote has to be in the source, their
// links have to lead somewhere, their faults have to parse, and their commands have to work: those run
// with the build tag kernel, as root, in the lab, in the order in which the pages are read. The course in docs/learn
// has a lab for all of its lessons. Pictures have to say the same as the source and the reader, and with the build tag
// browser each of them is looked at.
//
// The first word behind the opening of a fenced block says what it is:
//
//	sh           commands, run by bash; they must succeed
//	sh fails     ... the last of them must not
//	sh stop      ... they run until they are interrupted, and then succeed
//	sh queue     ... they make packets wait, and their faults ask for that; they are run where there is a
//	             queue, with the build tag netem as well
//	sh no-test   ... not run here: they need the internet, another machine, or a long time
//	text         output, as an example
//	text output  what the commands above it print, among other lines
//	c FILE       lines of a file, in one piece; so is go FILE
//	fault        faults
//
// Behind the last commands of a section runs testdata/DOCUMENT/SECTION.sh (of a lesson: testdata/learn/LESSON/SECTION.sh), if there is one: it finds out
// if they did what the document says. SECTION.before.sh runs in front of the first commands, and makes what
// they need. SECTION.queue.sh runs behind the commands of a section that make packets wait.
package docs
