// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"net"
	"os"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
)

// linkd keeps a program on a device by a bpf_link, until it is stopped: linkd DEVICE.
func linkd() {
	device, err := net.InterfaceByName(os.Args[1])
	must(err)
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "linked", Type: ebpf.XDP, License: "MIT",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}, // XDP_PASS
	})
	must(err)
	_, err = link.AttachXDP(link.XDPOptions{Program: program, Interface: device.Index, Flags: link.XDPGenericMode})
	must(err)
	time.Sleep(time.Hour)
}

// tcxd does so at what leaves, and says when: tcxd DEVICE FILE.
func tcxd() {
	device, err := net.InterfaceByName(os.Args[1])
	must(err)
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "leaving", Type: ebpf.SchedCLS, License: "MIT",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, -1), asm.Return()}, // TCX_NEXT
	})
	must(err)
	_, err = link.AttachTCX(link.TCXOptions{Program: program, Interface: device.Index, Attach: ebpf.AttachTCXEgress})
	must(err)
	must(os.WriteFile(os.Args[2], nil, 0o644))
	time.Sleep(time.Hour)
}
