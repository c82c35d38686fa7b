# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'drop 100% tcp dport 5432'
now '.lease_seconds <= 10'
make fault FOR=1m >/dev/null # or a busy machine might not be done with all this in time
fails connects 5432
connects 5433
pings 1 1 192.0.2.1
now "$(fault 0).dropped > 0 and .lease_seconds > 0"
make fault FOR=1s >/dev/null
until connects 5432; do :; done
now '.lease_seconds == 0'
