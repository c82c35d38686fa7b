# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force pass
now '.devices[0].name == "eth0" and .lease_seconds > 3500'
