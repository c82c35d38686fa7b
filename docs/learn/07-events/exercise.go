//go:build ignore

// SPDX-License-Identifier: MIT

// Exercise: this reads events from its standard input, a line of hexadecimal digits each, and prints their types.
// If a line is cut off, it should print "short". But look at what it does with 12 bytes.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		sample, err := hex.DecodeString(lines.Text())
		if err != nil || len(sample) < 12 {
			fmt.Println("short")
			continue
		}
		fmt.Println("type", sample[12]) // 8 bytes of time, 4 of processing time, and then the type
	}
}
