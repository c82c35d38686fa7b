// SPDX-License-Identifier: MIT

// Package progtest runs the object that ships, dilih_kern.o, on packets made by the tests, by
// BPF_PROG_TEST_RUN: no device, no traffic, the real kernel. It needs root and the build tag
// kernel; `make test` and `make bench` run it.
package progtest
