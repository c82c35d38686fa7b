// SPDX-License-Identifier: MIT

package printable

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
)

// JSON returns the same JSON with all characters escaped that cannot be printed. Package json leaves some of them as
// they are, which a terminal would obey, such as U+009B.
func JSON(text []byte) []byte {
	var escaped bytes.Buffer
	for _, character := range string(text) {
		switch {
		case character < ' ' || strconv.IsPrint(character): // below a blank, only blanks between values
			escaped.WriteRune(character)
		case character > 0xffff:
			first, second := utf16.EncodeRune(character)
			fmt.Fprintf(&escaped, `\u%04x\u%04x`, first, second)
		default:
			fmt.Fprintf(&escaped, `\u%04x`, character)
		}
	}
	return escaped.Bytes()
}
