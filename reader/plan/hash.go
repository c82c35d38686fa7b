// SPDX-License-Identifier: MIT

package plan

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"dilih/bpf/abi"
	"dilih/reader/usage"
)

// HashObjects is a hash of all objects in the tree, of 16 hexadecimal digits. A dry run compiles none: without them, its
// hash is a word that stands for one.
func HashObjects(tree string, dry bool) (string, error) {
	hash := sha256.New()
	for _, name := range abi.Objects() {
		text, err := os.ReadFile(filepath.Join(tree, "bpf", name))
		if err != nil && dry {
			return "OBJECTS_HASH", nil
		}
		if err != nil {
			return "", usage.Errorf("%w: build it (%s)", err, how("build"))
		}
		fmt.Fprintln(hash, len(text))
		hash.Write(text)
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:8]), nil
}
