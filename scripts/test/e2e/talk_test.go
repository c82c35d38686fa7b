// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"dilih/scripts/test/testenv"
)

// echod is a server that sends back what it gets: echod ADDRESS. Like sshd it is one end of a
// connection that lasts. It says "listening" once it is.
func echod() {
	listener, err := net.Listen("tcp", os.Args[1])
	must(err)
	fmt.Println("listening")
	for {
		connection, err := listener.Accept()
		must(err)
		go func() {
			io.Copy(connection, connection)
			connection.Close() // or it would be kept alive, with packets that nobody asked for
		}()
	}
}

// inetd runs a command for each connection, which is its input and output: inetd ADDRESS COMMAND... So
// does systemd, for the sockets that it listens on.
func inetd() {
	listener, err := net.Listen("tcp", os.Args[1])
	must(err)
	for {
		connection, err := listener.Accept()
		must(err)
		socket, err := connection.(*net.TCPConn).File()
		must(err)
		server := exec.Command(os.Args[2], os.Args[3:]...)
		server.Stdin, server.Stdout = socket, socket
		must(server.Start())
		go server.Wait()
		socket.Close()
		connection.Close()
	}
}

// crowd connects to each of many addresses, and says nothing: crowd FILE THERE. A line of the file is from
// where and to where. It makes the file THERE once all are connected.
func crowd() {
	lines, err := os.ReadFile(os.Args[1])
	must(err)
	var connections []net.Conn
	for line := range strings.Lines(string(lines)) {
		words := strings.Fields(line)
		from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(words[0])}, Timeout: testenv.Patience()}
		connection, err := from.Dial("tcp", words[1])
		must(err)
		connections = append(connections, connection)
	}
	must(os.WriteFile(os.Args[2], nil, 0o644))
	time.Sleep(time.Hour)
	runtime.KeepAlive(connections)
}

// chat talks to echod over one connection: chat ADDRESS TALKING ENOUGH. It makes the file TALKING after the
// first answer, and goes on until it has an answer to something that it said after the file ENOUGH
// was there. Anything lost for good is an error.
func chat() {
	connection := dial(os.Args[1])
	answers := bufio.NewReader(connection)
	for last := false; !last; {
		_, err := os.Stat(os.Args[3])
		last = err == nil
		must(connection.SetDeadline(time.Now().Add(testenv.Patience())))
		_, err = fmt.Fprintln(connection, "still there?")
		must(err)
		_, err = answers.ReadString('\n')
		must(err)
		must(os.WriteFile(os.Args[2], nil, 0o644))
	}
}

// shout sends datagrams, some thousand a second, until it is stopped: shout ADDRESS.
func shout() {
	connection, err := net.Dial("udp", os.Args[1])
	must(err)
	for {
		_, err := connection.Write([]byte("anybody there?"))
		must(err)
		time.Sleep(100 * time.Microsecond)
	}
}

// hear fails if it gets a datagram before the file ENOUGH is there: hear ADDRESS ENOUGH.
func hear() {
	connection, err := net.ListenPacket("udp", os.Args[1])
	must(err)
	for {
		must(connection.SetReadDeadline(time.Now().Add(50 * time.Millisecond)))
		_, from, err := connection.ReadFrom(make([]byte, 100))
		if err == nil {
			must(fmt.Errorf("heard %v", from))
		}
		if _, err := os.Stat(os.Args[2]); err == nil {
			return
		}
	}
}

// dial tries until somebody listens.
func dial(address string) net.Conn {
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		connection, err := net.DialTimeout("tcp", address, testenv.Patience())
		if err == nil {
			return connection
		}
		if time.Since(start) > testenv.Patience() {
			must(err)
		}
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
