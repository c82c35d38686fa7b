// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/scripts/test/labtest"
)

// ordinary is a frame of IPv4, which a helper of the kernel may deliver.
var ordinary = frameKind{"IPv4", []byte{0x08, 0x00}, 0}

const delivered = 400 // frames

// openDelivery is a sender at the peer whose frames a program delivers to this end of the cable by bpf_redirect_peer, as
// Cilium does into a pod, and the socket that gets them.
func openDelivery(t *testing.T) (e frameEnds) {
	output(t, "peer ip link add from type veth peer name to; peer ip link set from up; peer ip link set to up")
	atPeer(t, func() (err error) {
		if e.sender, err = openPacketSocket("from", unix.ETH_P_ALL); err != nil {
			return err
		}
		return deliver("to", device)
	})
	receiver, err := openPacketSocket(device, unix.ETH_P_IP)
	qt.Assert(t, qt.IsNil(err))
	e.receiver = receiver
	return e
}

// deliver has what arrives at a device delivered to the other end of another one.
func deliver(from, to string) error {
	at, err := netlink.LinkByName(from)
	if err != nil {
		return err
	}
	target, err := netlink.LinkByName(to)
	if err != nil {
		return err
	}
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.SchedCLS, License: "GPL", Instructions: asm.Instructions{
		asm.Mov.Imm(asm.R1, int32(target.Attrs().Index)),
		asm.Mov.Imm(asm.R2, 0),
		asm.FnRedirectPeer.Call(),
		asm.Return(),
	}})
	if err != nil {
		return err
	}
	defer program.Close()
	qdisc := netlink.QdiscAttrs{LinkIndex: at.Attrs().Index, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_CLSACT}
	if err := netlink.QdiscAdd(&netlink.Clsact{QdiscAttrs: qdisc}); err != nil {
		return err
	}
	filter := netlink.FilterAttrs{
		LinkIndex: at.Attrs().Index, Parent: netlink.HANDLE_MIN_INGRESS, Protocol: unix.ETH_P_ALL, Priority: 1,
	}
	return netlink.FilterAdd(&netlink.BpfFilter{FilterAttrs: filter, Fd: program.FD(), Name: "deliver", DirectAction: true})
}

// TestDelivered has a program deliver packets past the cable. XDP in native mode never sees them: it loses none, and the
// reader says so. As soon as some packet may have to wait, tc decides about each of them.
func TestDelivered(t *testing.T) {
	labtest.BuildTree(t)
	for _, mode := range []string{"xdpgeneric", "xdpdrv"} {
		t.Run(mode, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() {
				needFQ(t)
				loseDelivered(t, mode)
			})
		})
	}
}

func loseDelivered(t *testing.T, mode string) {
	settle(t, "up", "MODE="+mode, "GUARD=off", "FAULT=drop every 2 len 250")
	ends := openDelivery(t)
	watch := startReader(t, "--fail-if-nothing-matched")
	came := ends.send(t, ordinary, delivered, 0, 0) // within two intervals of the reader
	worst, code, said := watch.end(t)
	rule := counters(t).Rules[0].Counters
	if mode == "xdpgeneric" {
		qt.Check(t, qt.Equals(rule.Dropped.Packets, delivered/2))
		qt.Check(t, qt.HasLen(came, delivered/2))
		qt.Check(t, qt.Equals(worst, 0))
		qt.Check(t, qt.Equals(code, 0))
	} else {
		qt.Check(t, qt.Equals(rule.Matched.Packets, 0))
		qt.Check(t, qt.HasLen(came, delivered))
		qt.Check(t, qt.IsTrue(worst >= 100))
		qt.Check(t, qt.Equals(code, 6))
		qt.Check(t, qt.StringContains(said, "packets that eth0 received passed dilih by"))
	}
	for _, fault := range []string{"drop every 2 len 250; delay 1ms icmp", "delay 50ms len 250"} {
		settle(t, "fault", "GUARD=off", "FAULT="+fault)
		before := counters(t).Totals[abi.DirectionIn].Unmarked
		watch := startReader(t)
		came := ends.send(t, ordinary, delivered, time.Millisecond/2, 50*time.Millisecond)
		worst, _, _ := watch.end(t)
		state := counters(t)
		rule, note := state.Rules[0].Counters, qt.Commentf("%s", fault)
		qt.Check(t, qt.Equals(rule.Matched.Packets, delivered), note)
		qt.Check(t, qt.Equals(uint64(len(came)), delivered-rule.Dropped.Packets), note)
		qt.Check(t, qt.Equals(worst, 0), note)
		want := uint64(0)
		if mode == "xdpdrv" {
			want = delivered
		}
		qt.Check(t, qt.Equals(state.Totals[abi.DirectionIn].Unmarked-before, want), note)
		if strings.HasPrefix(fault, "drop") {
			qt.Check(t, qt.Equals(rule.Dropped.Packets, delivered/2), note)
			continue
		}
		qt.Check(t, qt.Equals(rule.Delayed, delivered), note)
		for _, a := range came {
			if hasFQ() {
				qt.Check(t, qt.IsTrue(a.took >= 50*time.Millisecond), qt.Commentf("%v", a.took))
			}
		}
	}
	settle(t, "down")
	nothingLeft(t)
}

// readerRun is a reader that looks often, and what it has said of packets that nobody saw.
type readerRun struct {
	cmd   *exec.Cmd
	err   strings.Builder
	known int         // looks at which something was known of some device
	worst chan uint64 // unseen packets of a device in an interval
}

// startReader starts one, which has looked once when it returns.
func startReader(t *testing.T, options ...string) *readerRun {
	t.Helper()
	r := &readerRun{worst: make(chan uint64, 1)}
	r.cmd = exec.Command("../../../dilih-reader", append([]string{"--pin", pin, "--format", "json", "--interval", "250ms"}, options...)...)
	r.cmd.Stderr = &r.err
	out, err := r.cmd.StdoutPipe()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsNil(r.cmd.Start()))
	lines, first := bufio.NewReader(out), make(chan bool)
	go func() { r.worst <- r.listen(lines, first) }()
	<-first
	return r
}

// listen reads to the end, and closes first when there is a line.
func (r *readerRun) listen(lines *bufio.Reader, first chan bool) (worst uint64) {
	for n := 0; ; n++ {
		line, err := lines.ReadBytes('\n')
		if n == 0 {
			close(first)
		}
		if err == io.EOF {
			return worst
		}
		must(err)
		var says struct {
			Devices []struct{ Unseen *uint64 }
		}
		must(json.Unmarshal(line, &says))
		for _, device := range says.Devices {
			if device.Unseen != nil {
				r.known++
				worst = max(worst, *device.Unseen)
			}
		}
	}
}

// end ends it.
func (r *readerRun) end(t *testing.T) (worst uint64, code int, said string) {
	t.Helper()
	qt.Assert(t, qt.IsNil(r.cmd.Process.Signal(unix.SIGINT)))
	worst = <-r.worst
	r.cmd.Wait() // the exit status is what counts
	return worst, r.cmd.ProcessState.ExitCode(), r.err.String()
}

// TestNoFalseAlarm has traffic of many kinds arrive at devices of many kinds. The reader never says that any of it is not
// seen, and knows that of most of it.
func TestNoFalseAlarm(t *testing.T) {
	labtest.BuildTree(t)
	for _, test := range []struct {
		name, mode, setUp, devices string
		traffic                    func(t *testing.T)
	}{
		{"TCP", "xdpgeneric", "", device, receiveTCP},
		{"TCP, native", "xdpdrv", "", device, receiveTCP},
		{"multicast", "xdpgeneric", "", device, receiveMulticast},
		{"multicast, native", "xdpdrv", "", device, receiveMulticast},
		{"several devices", "xdpgeneric", second, device + " second", receiveOnBoth},
		{"several devices, native", "xdpdrv", second, device + " second", receiveOnBoth},
		{"bond member", "xdpgeneric", bonded, device, receiveTCP},
		{"bond member, native", "xdpdrv", bonded, device, receiveTCP},
		{"vlan", "xdpgeneric", tagged, "tagged", receiveTCP},
		{"bridge", "xdpgeneric", bridged, "br0", receiveBoth},
	} {
		t.Run(test.name, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() {
				if out, err := exec.Command("bash", "-euc", test.setUp).CombinedOutput(); err != nil {
					qt.Assert(t, qt.Equals(os.Getenv(allDevices), ""), qt.Commentf("%s", out))
					t.Logf("this kernel has no such device: %s", out)
					return
				}
				settle(t, "up", "DEV="+test.devices, "MODE="+test.mode, "GUARD=off", "FAULT=drop 0%")
				watch := startReader(t)
				test.traffic(t)
				worst, code, said := watch.end(t)
				qt.Check(t, qt.Equals(worst, 0))
				qt.Check(t, qt.Equals(code, 0), qt.Commentf("%s", said))
				qt.Check(t, qt.IsTrue(watch.known > 0), qt.Commentf("too little traffic to say anything"))
			})
		})
	}
}

// What may be between the cable and the addresses.
const (
	second = `ip link add second type veth peer name other
		ip link set other netns peer; ip link set second up; peer ip link set other up`
	// sysfs may be that of another network namespace.
	move = `address() { "$@" | sed -n 's,.*link/ether \([^ ]*\).*,\1,p'; }
		ip address del 192.0.2.1/24 dev eth0; ip address add 192.0.2.1/24 dev $device
		mac=$(address ip link show dev $device); peer ip neighbour replace 192.0.2.2 dev eth0 lladdr $mac || :
		ip link set $device up; ip link set eth0 up
		peer ip neighbour replace 192.0.2.1 dev ${peer:-eth0} lladdr $mac nud permanent
		ip neighbour replace 192.0.2.2 dev $device lladdr $(address peer ip link show dev ${peer:-eth0}) nud permanent`
	bonded  = `ip link set eth0 down; ip link add bond0 type bond mode active-backup; ip link set eth0 master bond0; device=bond0; ` + move
	bridged = `ip link add br0 type bridge forward_delay 0; ip link set eth0 master br0; device=br0; ` + move
	tagged  = `ip link add link eth0 name tagged type vlan id 5; peer ip link add link eth0 name tagged type vlan id 5
		peer ip link set tagged up; peer ip address del 192.0.2.2/24 dev eth0; peer ip address add 192.0.2.2/24 dev tagged
		device=tagged peer=tagged; ` + move
)

const (
	transferred   = 128 << 20 // bytes
	manyDatagrams = 20_000
)

// receiveTCP receives from the peer, over one connection.
func receiveTCP(t *testing.T) {
	listener, err := net.Listen("tcp", hostAddress+":0")
	qt.Assert(t, qt.IsNil(err))
	defer listener.Close()
	sender := dialFromPeer(t, func() (net.Conn, error) { return net.Dial("tcp", listener.Addr().String()) })
	go func() {
		chunk := make([]byte, 1<<20)
		for range transferred / len(chunk) {
			_, err := sender.Write(chunk)
			must(err)
		}
		sender.Close()
	}()
	connection, err := listener.Accept()
	qt.Assert(t, qt.IsNil(err))
	defer connection.Close()
	received, err := io.Copy(io.Discard, connection)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(received, transferred))
}

// receiveBoth receives single packets as well: a bridge gets those of TCP by the dozen, too few for an interval.
func receiveBoth(t *testing.T) {
	receiveTCP(t)
	receiveDatagrams(t, hostAddress+":5000")
}

func receiveMulticast(t *testing.T) {
	output(t, "peer ip route add 239.0.0.0/8 dev eth0")
	receiveDatagrams(t, "239.1.2.3:5000")
}

// receiveDatagrams has the peer send to an address, in bursts that a veth has room for.
func receiveDatagrams(t *testing.T, to string) {
	sender := dialFromPeer(t, func() (net.Conn, error) { return net.Dial("udp", to) })
	defer sender.Close()
	for n := range manyDatagrams {
		sender.Write(make([]byte, 100)) // nobody may listen
		if n%100 == 99 {
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// receiveOnBoth has most of the traffic arrive at one device and some at the other.
func receiveOnBoth(t *testing.T) {
	var sender int
	atPeer(t, func() (err error) {
		sender, err = openPacketSocket("other", unix.ETH_P_ALL)
		return err
	})
	defer unix.Close(sender)
	done := make(chan bool)
	go func() {
		defer close(done)
		for n := range manyDatagrams / 4 {
			unix.Write(sender, ordinary.frame(n))
			if n%25 == 24 {
				time.Sleep(2 * time.Millisecond)
			}
		}
	}()
	receiveDatagrams(t, hostAddress+":5000")
	<-done
}
