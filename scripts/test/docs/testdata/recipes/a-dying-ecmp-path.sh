# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Whatever connections are lost, none of the others loses anything.
in_force 'drop 5% of flows tcp'
lost=0
for ((i = 0; i < 20; i++)); do connects 9 || lost=$((lost + 1)); done
now "$(fault 0) | .matched == 20 and .dropped == $lost"
