# shellcheck shell=bash disable=SC2154 # inside, where and control_ids are from ask.sh and pins.sh
# SPDX-License-Identifier: MIT
# Where packets wait: an ifb device for each side of a device, with an fq on it that releases each packet at the
# instant that BPF has written into it. Ours has the alias `dilih PIN`, and a filter of ours that points to it.

waiting_handle=0xd112

# Longer than any packet can wait.
longest_wait=12 # s

# warn_of_held_senders DEVICE MODE: what arrives on a veth still counts against the socket that sent it, unless XDP
# is native there. TCP got 2.3 Mbit/s through 20 ms so, instead of 990.
warn_of_held_senders() {
	local kind
	[ "$2" = xdpgeneric ] || return 0
	kind=$(ask_of '.[0].linkinfo.info_kind? // ""' ip -j -d link show dev "$1")
	[ "$kind" != veth ] || warn "$1$where is a veth: TCP that sends to it from this machine becomes slow when what" \
		"arrives has to wait. $(named MODE xdpdrv) helps, and so does a delay with out at the other end"
}

# queue_name DEVICE SIDE
queue_name() {
	local index
	index=$(ask_of '.[0].ifindex' ip -j link show dev "$1")
	say "dilih-${word_of[$2]}$index"
}

declare -A word_of=([ingress]=in [egress]=out)

# attach_queue DIR DEVICE SIDE: what is to wait there does so in a device of ours.
attach_queue() {
	local queue pref
	queue=$(queue_name "$2" "$3")
	make_queue "$1" "$queue"
	pref=$(pref_of "$waiting_handle" "$2" "$3")
	[ -n "$pref" ] || pref=$(pref_behind_ours "$2" "$3")
	order_tc filter replace dev "$2" "$3" pref "$pref" handle "$waiting_handle" bpf object-pinned "$1/tc_queue" \
		action mirred egress redirect dev "$queue"
}

# pref_behind_ours DEVICE SIDE: the next that is free.
pref_behind_ours() {
	ask_tc "map(.pref) as \$taken | (.[] | select(.options.handle? == \"$our_handle\").pref) as \$ours |
		first(range(\$ours + 1; 1000) | select(IN(\$taken[]) | not))" filter show dev "$1" "$2"
}

# make_queue DIR QUEUE: it may be there already, whole or in part. Without an alias it is of a make that was killed.
make_queue() {
	local alias release
	release=$(uname -r)
	is_release "$release" 18 || die "Linux $release cannot hold packets back: delay, rate and duplicate need 5.18 or newer"
	alias=$(queue_alias "$2")
	case $alias in
	none)
		# By itself the module would make two devices more.
		[ -d /sys/module/ifb ] || modprobe -q ifb numifbs=0 || :
		hold_back "$2" "ifb" ip link add "$2" type ifb
		;;
	"" | "dilih $PIN") ;;
	*) die "$2$where is there already, and not of $PIN: its alias is $alias. Give it another name, or remove it" ;;
	esac
	obey ip link set dev "$2" alias "dilih $PIN" up
	hold_back "$2" "fq" tc qdisc replace dev "$2" root handle d111: fq limit 100000 flow_limit 100000 nopacing
	has_clsact "$2" || order_tc qdisc add dev "$2" clsact
	order_tc filter replace dev "$2" egress pref 1 handle "$our_handle" bpf da object-pinned "$1/tc_duplicate"
}

# hold_back QUEUE WHAT COMMAND...: which this kernel may not be able to.
hold_back() {
	local said
	said=$("${inside[@]}" "${@:3}" 2>&1) || die "cannot hold packets back: this kernel has no $2 ($(reason <<<"$said"))." \
		"delay, rate and duplicate need it: it is the module ${module_of[$2]}, of the package" \
		"linux-modules or linux-modules-extra on most distributions"
}

declare -A module_of=([ifb]=ifb [fq]=sch_fq)

# queue_alias QUEUE: none if there is no such device.
queue_alias() {
	ask_of "map(select(.ifname == \"$1\" and .linkinfo.info_kind == \"ifb\")) | if length == 0 then \"none\" else .[0].ifalias // \"\" end" \
		ip -j -d link show
}

# our_queues: the devices of ours here, also those that a make which was killed has not come to give their alias.
our_queues() {
	ask_of ".[] | select(.linkinfo.info_kind? == \"ifb\" and (.ifname | test(\"^dilih-(in|out)[0-9]+$\")) and
		(.ifalias? | IN(null, \"dilih $PIN\"))).ifname" ip -j -d link show
}

# release_queues KEPT...: those for which there is no use any more.
release_queues() {
	local surplus queue
	surplus=$(surplus_queues "$@")
	for queue in $surplus; do release_queue "$queue"; done
}

# surplus_queues KEPT...: those of our_queues that none of these asks for.
surplus_queues() {
	local queues queue
	queues=$(our_queues)
	for queue in $queues; do
		case "$queue $* " in
		dilih-in*' in-queue '* | dilih-out*' out-queue '*) ;;
		*) say "$queue" ;;
		esac
	done
}

# release_queue QUEUE: the filter that points to it goes, and it does once nothing waits in it.
release_queue() {
	local device side=ingress
	[[ $1 = dilih-in* ]] || side=egress
	device=$(device_of "$1")
	[ -z "$device" ] || detach_queue "$device" "$side"
	wait_until_empty "$1"
	obey ip link del "$1"
}

# detach_queue DEVICE SIDE: nothing more is to wait there.
detach_queue() {
	local pref
	pref=$(pref_of "$waiting_handle" "$1" "$2")
	[ -z "$pref" ] || order_tc filter del dev "$1" "$2" pref "$pref" handle "$waiting_handle" bpf
}

# detach_queues DEVICE: also where the rest of what was ours has been taken away.
detach_queues() {
	local sides side
	sides=$(DEVICE=$1 ask '.[0].tc[] | select(.devname == env.DEVICE and (.name | startswith("tc_queue:"))).kind' net show)
	for side in $sides; do detach_queue "$1" "${side#clsact/}"; done
}

# device_of QUEUE: or nothing if that is gone.
device_of() {
	ask_of ".[] | select(.ifindex == ${1##*[a-z]}).ifname" ip -j link show
}

wait_for_arrivals() {
	local queues queue
	queues=$(our_queues)
	for queue in $queues; do
		[[ $queue != dilih-in* ]] || wait_until_empty "$queue"
	done
}

# wait_until_empty QUEUE: for as long as a packet can wait.
wait_until_empty() {
	local waiting told=no deadline=$((SECONDS + longest_wait))
	waiting=$(waiting_in "$1")
	while [ "$waiting" != 0 ] && ((SECONDS < deadline)); do
		[ $told = yes ] || say "waiting until no packet waits in $1$where"
		told=yes
		sleep 0.05
		waiting=$(waiting_in "$1")
	done
	[ "$waiting" = 0 ] || warn "$waiting packets still wait in $1$where after $longest_wait s: they are lost now"
	sleep 0.02 # between the queue and the device
}

# waiting_in QUEUE: packets.
waiting_in() {
	ask_tc 'first(.[] | select(.root?).qlen) // 0' -s qdisc show dev "$1"
}
