// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

const (
	hostAddress = "192.0.2.1"
	peerAddress = "192.0.2.2"
	hostMAC     = "02:00:00:00:00:01"
	peerMAC     = "02:00:00:00:00:02"
	device      = "veth0"
)

var labs atomic.Int32

// setUp gives a script its network, its bpffs and its tree. All of it goes when the script ends.
func setUp(env *testscript.Env, tree string) error {
	id := fmt.Sprintf("%d-%d", os.Getpid(), labs.Add(1))
	host, peer := "dilih-host-"+id, "dilih-peer-"+id
	bpffs := filepath.Join(env.WorkDir, "bpf")
	env.Defer(func() { removeLab(host, peer, bpffs) })
	if err := makeLab(host, peer, bpffs); err != nil {
		return err
	}
	if err := copyTree(env, tree); err != nil {
		return err
	}
	env.Cd = filepath.Join(env.WorkDir, "tree")
	env.Setenv("PATH", filepath.Join(env.WorkDir, "bin")+":"+env.Getenv("PATH"))
	env.Setenv("DEV", device)
	env.Setenv("PIN", filepath.Join(bpffs, "dilih"))
	env.Setenv("HOST_NAMESPACE", host)
	env.Setenv("PEER_NAMESPACE", peer)
	keepGoCaches(env)
	return nil
}

// makeLab makes two namespaces that are silent by themselves: no IPv6, and no ARP as each end knows
// the other. Only what a script sends is on the wire.
func makeLab(host, peer, bpffs string) error {
	commands := []string{
		"ip netns add " + host,
		"ip netns add " + peer,
		in(host) + fmt.Sprintf("ip link add %s address %s type veth peer name veth1 address %s netns %s",
			device, hostMAC, peerMAC, peer),
		"mkdir " + bpffs,
		"mount -t bpf bpf " + bpffs,
	}
	commands = append(commands, join(host, device, hostAddress, peerAddress, peerMAC)...)
	commands = append(commands, join(peer, "veth1", peerAddress, hostAddress, hostMAC)...)
	for _, command := range commands {
		if err := run(command); err != nil {
			return err
		}
	}
	return nil
}

func join(namespace, device, address, neighbour, mac string) []string {
	return []string{
		in(namespace) + "sysctl -qw net.ipv6.conf.all.disable_ipv6=1",
		in(namespace) + fmt.Sprintf("ip address add %s/24 dev %s", address, device),
		in(namespace) + fmt.Sprintf("ip neighbour add %s lladdr %s dev %s", neighbour, mac, device),
		in(namespace) + "ip link set lo up",
		in(namespace) + "ip link set " + device + " up",
	}
}

func in(namespace string) string {
	return "nsenter --net=/run/netns/" + namespace + " "
}

// removeLab removes as much as there is.
func removeLab(host, peer, bpffs string) {
	for _, command := range []string{
		"umount --lazy " + bpffs,
		"ip netns delete " + host,
		"ip netns delete " + peer,
	} {
		_ = run(command)
	}
}

// run runs a command of plain words.
func run(command string) error {
	words := strings.Fields(command)
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", command, err, out)
	}
	return nil
}

// copyTree copies what make needs, times included, so that it finds everything built.
func copyTree(env *testscript.Env, tree string) error {
	target := filepath.Join(env.WorkDir, "tree")
	if err := os.Mkdir(target, 0o755); err != nil {
		return err
	}
	words := []string{"-a", "-t", target}
	for _, name := range []string{"Makefile", "go.mod", "go.sum", "dilih-reader", "bpf", "libbpf", "reader", "scripts"} {
		words = append(words, filepath.Join(tree, name))
	}
	if out, err := exec.Command("cp", words...).CombinedOutput(); err != nil {
		return fmt.Errorf("copy the tree: %w: %s", err, out)
	}
	return nil
}

// keepGoCaches lets scripts build Go: testscript gives them an empty home.
func keepGoCaches(env *testscript.Env) {
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN", "GONOSUMDB", "GOSUMDB"} {
		if out, err := exec.Command("go", "env", name).Output(); err == nil {
			env.Setenv(name, strings.TrimSpace(string(out)))
		}
	}
}

// inside is a command that runs the rest of its line in the namespace that a variable names. It keeps
// this mount namespace, and so the bpffs, which `ip netns exec` would hide.
func inside(variable string) func() {
	return func() {
		nsenter, err := exec.LookPath("nsenter")
		must(err)
		args := append([]string{nsenter, "--net=/run/netns/" + os.Getenv(variable)}, os.Args[1:]...)
		must(unix.Exec(nsenter, args, os.Environ()))
	}
}
