// SPDX-License-Identifier: MIT

package world

import (
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

func TestLacking(t *testing.T) {
	all := Rights{Capabilities: 1<<40 - 1}
	qt.Check(t, qt.HasLen(all.Lacking(), 0))
	some := Rights{Capabilities: all.Capabilities &^ (1<<21 | 1)}
	qt.Check(t, qt.DeepEquals(some.Lacking(), []string{"CAP_CHOWN", "CAP_SYS_ADMIN"}))
	qt.Check(t, qt.DeepEquals(some.Lacking("CAP_NET_ADMIN", "CAP_SYS_ADMIN"), []string{"CAP_SYS_ADMIN"}))
	nobody := Rights{UserNamespace: true}.Lacking()
	qt.Check(t, qt.Matches(strings.Join(nobody, " "), "the rights of the host's root, .* CAP_CHOWN .*"))
}
