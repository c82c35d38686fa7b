# shellcheck shell=bash
# SPDX-License-Identifier: MIT
. scripts/test/docs/testdata/cluster.sh
pin=/sys/fs/bpf/cluster
in_force 'drop 100% from 10.0.0.1' 'drop 100% to 10.0.0.1'
now '.devices | map(.name) == ["port1", "port2", "port3"]'
make fault PIN=$pin FOR=10m >/dev/null # or a busy machine might not be done with all this in time

# On the other side another one leads, and takes what is written. So does the old one, from its own machine.
another_leads() {
	[ "$(leader)" != 10.0.0.1 ]
}
soon another_leads
soon says OK -h "$(leader)" set side majority
leads_alone
now "$(fault 0).dropped > 0 and $(fault 1).dropped > 0"

# The lease ends, and the old one follows and has what was written on the other side.
make fault PIN=$pin FOR=1s >/dev/null
soon says "master_host:$(leader)" -h 10.0.0.1 info replication
soon says majority -h 10.0.0.1 get side
now '.lease_seconds == 0'

make down PIN=$pin
remove_cluster
