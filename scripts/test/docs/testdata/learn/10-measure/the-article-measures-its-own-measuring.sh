# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the article calls processing time is mostly the sending of its first event.

# mean FILE: of the packets that passed.
mean() {
	sed -n 's/^mean .* passed \([0-9]*\) ns$/\1/p' "means/$1.txt"
}

test "$(mean half)" -gt $((5 * $(mean mended)))
