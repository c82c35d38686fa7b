# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The script that the document has, at a pace that a busy machine can keep: its lease is long, until another one leads.
. scripts/test/docs/testdata/cluster.sh
pin=/sys/fs/bpf/cluster
[ "$(wc -l </tmp/partition)" -le 15 ]
/tmp/partition 10m >parted 2>&1 &
partition=$!
soon grep -qx OK parted || cat parted
in_force 'drop 100% from 10.0.0.1' 'drop 100% to 10.0.0.1'
now '.devices | map(.name) == ["port1", "port2", "port3"]'
fails test "$(leader)" = 10.0.0.1
leads_alone
kill -0 $partition # it does not take the two sides for healed
now "$(fault 0).dropped > 0 and $(fault 1).dropped > 0"

# The lease ends, and the old one follows and has what was written on the other side.
dilih fault --for 1s --pin $pin >/dev/null
healed() {
	! kill -0 $partition 2>/dev/null
}
soon healed
wait $partition
says "master_host:$(leader)" -h 10.0.0.1 info replication
says majority -h 10.0.0.1 get side
grep '10.0.0.1 follows' parted
test ! -e $pin
remove_cluster
