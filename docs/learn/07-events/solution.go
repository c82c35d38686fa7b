//go:build ignore

// SPDX-License-Identifier: MIT

// Solution: this reads events from its standard input, a line of hexadecimal digits each, and prints their types.
// To read sample[12], there must be 13 bytes.
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
		if err != nil || len(sample) < 13 {
			fmt.Println("short")
			continue
		}
		fmt.Println("type", sample[12]) // 8 bytes of time, 4 of processing time, and then the type
	}
}
