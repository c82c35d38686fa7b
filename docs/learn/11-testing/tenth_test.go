// SPDX-License-Identifier: MIT

//go:build kernel

package tenth

import (
	"os/exec"
	"testing"

	"github.com/cilium/ebpf"
)

const drop, pass = 1, 2 // verdicts of XDP, of linux/bpf.h

func TestTenth(t *testing.T) {
	if out, err := exec.Command("make", "-s", "-C", "..", "11-testing/tenth.o").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	collection, err := ebpf.LoadCollection("tenth.o")
	if err != nil {
		t.Fatal(err)
	}
	defer collection.Close()
	for n := 1; n <= 101; n++ {
		want := uint32(pass)
		if n%10 == 0 {
			want = drop
		}
		got, err := collection.Programs["tenth"].Run(&ebpf.RunOptions{Data: make([]byte, 60)})
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("packet %d: verdict %d, and not %d", n, got, want)
		}
	}
}
