# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the shell of `make lab` begins with when it is somebody's, and not the end of a pipe.

PS1='lab:\w\$ '
HISTFILE=
trap 'exit 0' EXIT # who typed a command has seen how it went

cat <<END
A throw-away machine. Its eth0 is 192.0.2.1 and 2001:db8::1. At the other end is
the peer, 192.0.2.2 and 2001:db8::2. Nothing of it is seen outside, and all of
it is gone when you leave.

  $(. "${BASH_SOURCE[0]%/*}/talk.sh" && how up DEV=eth0)          lose half of what arrives on eth0
  peer ping 192.0.2.1    any command, at the other end
  exit

END
