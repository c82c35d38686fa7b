// SPDX-License-Identifier: MIT

package world

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"dilih/bpf/abi"
)

// HashObjects returns a hash of all objects that are built in the tree, of 16 hexadecimal digits.
func HashObjects(tree string) (string, error) {
	hash := sha256.New()
	for _, name := range abi.Objects() {
		text, err := os.ReadFile(filepath.Join(tree, "bpf", name))
		if err != nil {
			return "", err
		}
		fmt.Fprintln(hash, len(text))
		hash.Write(text)
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:8]), nil
}
