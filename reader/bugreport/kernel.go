// SPDX-License-Identifier: MIT

package bugreport

import (
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"dilih/reader/world"
)

var (
	// Those that dilih needs, and after them those that only delay, rate and duplicate need.
	options  = []string{"BPF_SYSCALL", "BPF_JIT", "DEBUG_INFO_BTF", "NET_SCH_INGRESS", "NET_CLS_BPF", "NET_ACT_MIRRED", "NET_SCH_FQ", "IFB"}
	controls = []string{
		"kernel/unprivileged_bpf_disabled", "kernel/perf_event_paranoid", "kernel/perf_event_mlock_kb", "net/core/bpf_jit_enable",
	}
)

func (r *report) kernel(found world.World) {
	config, err := configuration(found.Kernel)
	for _, option := range options {
		name, value := "CONFIG_"+option, "not known: the configuration cannot be read"
		if err == nil {
			value = valueIn(config, name)
		}
		r.field(name, value)
	}
	for _, control := range controls {
		value, err := os.ReadFile("/proc/sys/" + control)
		if err != nil {
			value = []byte("cannot be read")
		}
		r.field(strings.ReplaceAll(control, "/", "."), strings.TrimSpace(string(value)))
	}
	r.field("CPUs", fmt.Sprint(runtime.NumCPU()))
	if found.Rights.UID == 0 {
		r.field("user", "root")
	} else {
		r.field("user", "not root: run as root, this says more")
	}
	r.field("lacks", cmp.Or(strings.Join(found.Rights.Lacking(), " "), "nothing"))
}

// configuration returns that of the running kernel.
func configuration(release string) ([]byte, error) {
	file, err := os.Open("/proc/config.gz")
	if err != nil {
		return os.ReadFile("/boot/config-" + release)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unpacked)
}
