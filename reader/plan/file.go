// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// largestFile is far more than all the faults that there can be take, in bytes.
const largestFile = 1 << 20

// ReadFile reads a file of faults. It waits for nobody: what is no plain file, such as a FIFO or a device, is an
// error, and so is one of more than a mebibyte.
func ReadFile(path string) (text string, err error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", fmt.Errorf("read the faults: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", fmt.Errorf("read the faults: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("read the faults from %q: it is not a plain file", path)
	}
	content, err := io.ReadAll(io.LimitReader(file, largestFile+1))
	if err != nil {
		return "", fmt.Errorf("read the faults: %w", err)
	}
	if len(content) > largestFile {
		return "", fmt.Errorf("read the faults from %q: it has more than 1 MiB", path)
	}
	return strings.TrimPrefix(string(content), "\ufeff"), nil // as some editors begin files
}
