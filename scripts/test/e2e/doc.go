// SPDX-License-Identifier: MIT

// Package e2e runs the workflow as people do: make and its scripts. Each script in testdata has a lab
// (scripts/lib/lab.sh) and a copy of the tree of its own. It needs root and the build tag kernel;
// `make test` runs it.
package e2e
