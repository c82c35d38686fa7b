# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'drop gemodel 1% 10% 70% 0.1%'
datagrams 1000 9 5000
now "$(fault 0) | .matched >= 1000 and (.asked - 0.0645454 | fabs) < 0.000001"
