// SPDX-License-Identifier: MIT

//go:build kernel

package world_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/reader/world"
)

// BenchmarkLook is what a look costs that finds dilih attached, with so many network namespaces that have a name and
// a veth:
//
//	go test -tags kernel -run '^$' -bench Look ./reader/world
func BenchmarkLook(b *testing.B) {
	for _, count := range []int{0, 10, 100} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			enterLab(b)
			loaded := load(b)
			run(b, "ip link add a0 type veth peer a1; bpftool net attach xdpgeneric pinned %s/xdp_dilih dev a0", loaded.Pin)
			addNamespaces(b, count)
			before := processorTime(b)
			for b.Loop() {
				if _, err := world.Look(context.Background(), world.Question{PIN: loaded.Pin}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// processorTime is how long this process has run, in ns: on a busy machine the wall clock tells little.
func processorTime(b *testing.B) int64 {
	b.Helper()
	var used unix.Rusage
	qt.Assert(b, qt.IsNil(unix.Getrusage(unix.RUSAGE_SELF, &used)))
	return used.Utime.Nano() + used.Stime.Nano()
}

// addNamespaces makes network namespaces with a name and a veth each.
func addNamespaces(t testing.TB, count int) {
	t.Helper()
	run(t, "for i in $(seq %d); do ip netns add n$i; ip -n n$i link add v0 type veth peer v1; done", count)
}

func TestManyNamespaces(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	const count = 100
	addNamespaces(t, count)
	run(t, "nsenter --net=/run/netns/n%d bpftool net attach xdpgeneric pinned %s/xdp_dilih dev v0", count, loaded.Pin)
	found := look(t, loaded.Pin)
	qt.Check(t, qt.HasLen(found.Namespaces, count+1))
	qt.Check(t, qt.DeepEquals(attached(found), []string{"n100 v0 xdpgeneric xdp_dilih"}))
	for _, namespace := range found.Namespaces[1:] {
		qt.Check(t, qt.HasLen(namespace.Devices, 3), qt.Commentf("%s", namespace.Path))
	}
}
