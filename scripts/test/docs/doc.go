// SPDX-License-Identifier: MIT

// Package docs keeps README.md and all documents in docs/ true. What they quote must be in the source, their links must
// lead somewhere, their faults must parse, and their commands must work. With the build tag kernel, and as root, the
// tests run these commands in one lab, in the order of the book: README.md, and then the pages in the order in which
// docs/README.md lists them, with the lessons of the course after the page of the course. Pictures must say the same as
// the source and the reader. With the build tag browser, each picture is looked at in a browser.
//
// The word after the opening of a fenced block says what is in the block:
//
//	sh           commands, run by bash; they must succeed. A block begins in the directory where the one before
//	             it ended, but it knows no variables of that one
//	sh fails     ... the last of them must not succeed
//	sh stop      ... they run until they are interrupted, and then succeed
//	sh queue     ... they make packets wait, and their faults ask for that; the tests run them only on a kernel
//	             that has a queue, with the build tag netem as well
//	sh no-test   ... the tests do not run them: they need the internet, another machine, or a long time
//	text         output, as an example
//	text output  what the commands above it print, among other lines
//	c FILE       lines of a file, in one piece; the same for go FILE
//	fault        faults
//
// After the last commands of a section, the tests run testdata/DOCUMENT/SECTION.sh, if it exists (for a lesson it is
// testdata/learn/LESSON/SECTION.sh). It finds out if the commands did what the document says. SECTION.before.sh runs
// before the first commands, and makes what they need. SECTION.queue.sh runs after the commands of a section that make
// packets wait. testdata/untouched.sh runs after each document.
package docs
