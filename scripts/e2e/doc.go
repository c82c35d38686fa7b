// SPDX-License-Identifier: MIT

// Package e2e runs the workflow as people do: make and its scripts, on devices and a bpffs made for
// the purpose. Each script in testdata has a copy of the tree, two network namespaces joined by a
// pair of devices, and a bpffs of its own. It needs root and the build tag kernel; `make test` runs it.
package e2e
