# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The bridge that could not be had is not to stay, as a later `dilih run` would not know which device is meant.
ip link delete br0
