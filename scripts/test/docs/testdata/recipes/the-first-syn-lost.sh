# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The first is lost, the one a second later is not, and to another port nothing happens at all.
in_force 'drop first 1 tcp syn dport 443 per flow'
fails connects 443
now "$(fault 0) | .matched == 1 and .dropped == 1"
connects 444
connects 443 5
now "$(fault 0) | .matched == 3 and .dropped == 2"
