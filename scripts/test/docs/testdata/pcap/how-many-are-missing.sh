# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The file has what the reader saw, and the last comment its number.
recorded=$(tshark -r drops.pcapng -T fields -e frame.comment | grep -cx 'drop 30% icmp')
capinfos -k drops.pcapng | grep -E "Capture comment: *$recorded of [0-9]+ drops recorded"
