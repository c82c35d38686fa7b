# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Six drop rates for each of two ways of sending. ping -f slows down when it gets no answers, and the other does not.

# packets NAME DROP: how many came.
packets() {
	awk -v name="$1" -v drop="$2" '$1 == name && $2 == drop { print $3 }' report.txt
}

test "$(wc -l <report.txt)" = 12
test "$(packets constant 0)" -gt 19000
test "$(packets constant 95)" -gt 19000
test "$(packets flood 95)" -lt $(($(packets flood 0) / 10))
