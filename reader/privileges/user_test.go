// SPDX-License-Identifier: MIT

package privileges

import (
	"fmt"
	"testing"

	"github.com/go-quicktest/qt"
)

// Whatever the environment says, root does not stay root.
func TestOrdinaryUser(t *testing.T) {
	tests := []struct{ user, group, want string }{
		{"1000", "1001", "1000:1001"},
		{"4294967294", "1", "4294967294:1"},
		{"", "", "nobody"},
		{"1000", "", "nobody"},
		{"", "1000", "nobody"},
		{"0", "0", "nobody"},
		{"1000", "0", "nobody"},
		{"0", "1000", "nobody"},
		{"00", "1000", "nobody"},
		{"-1", "1000", "nobody"},
		{"+1000", "1000", "nobody"},
		{"4294967295", "1000", "nobody"}, // "as it is"
		{"1000", "4294967295", "nobody"},
		{"4294967296", "1000", "nobody"}, // 0 in 32 bits
		{"18446744073709551616", "1000", "nobody"},
		{"0x3e8", "1000", "nobody"},
		{"1000 ", "1000", "nobody"},
		{"root", "root", "nobody"},
	}
	for _, test := range tests {
		environment := map[string]string{"SUDO_UID": test.user, "SUDO_GID": test.group}
		uid, gid := ordinaryUser(func(name string) string { return environment[name] })
		got := fmt.Sprintf("%d:%d", uid, gid)
		if uid == nobody && gid == nobody {
			got = "nobody"
		}
		qt.Check(t, qt.Equals(got, test.want), qt.Commentf("%q %q", test.user, test.group))
	}
}
