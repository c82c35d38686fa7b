# shellcheck shell=bash disable=SC2154 # $tmp is made by run
# SPDX-License-Identifier: MIT
# The root file system of the virtual machine.

# make_root KERNEL DIR COMMAND...: in $tmp/initrd.
make_root() {
	local root=$tmp/root version link
	version=$(release "$1")
	mkdir -p "$root"/{usr/{bin,sbin,lib,lib64},dev,proc,sys,run,tmp,root,etc,var} "$root/usr/lib/modules/$version"
	for link in bin sbin lib lib64; do ln -s "usr/$link" "$root/$link"; done
	copy_programs "$root"
	copy_modules "$(modules "$1")" "$root/usr/lib/modules/$version"
	depmod -b "$root" "$version"
	copy_tables "$root"
	cp -a "$2/." "$root/try"
	printf '%q ' "${@:3}" >"$root/command"
	write_init >"$root/init"
	chmod +x "$root/init"
	(cd "$root" && find . | cpio -oH newc -R 0:0 --quiet) >"$tmp/initrd"
}

# copy_programs ROOT: whole packages of programs, the libraries that they use, and the distributions that
# tc looks up for netem, which are in a directory named tc.
copy_programs() {
	{
		dpkg -L bash dash coreutils util-linux mount findutils grep sed mawk procps kmod iproute2 \
			iputils-ping bpftool jq libc-bin wireguard-tools | grep -E '^(/[^ ]*)?/(s?bin|tc)/' || :
		type -P sh awk
	} >"$tmp/programs"
	{
		cat "$tmp/programs"
		xargs ldd <"$tmp/programs" 2>/dev/null | grep -oE '/[^ :]+\.so[^ :]*' || : # scripts have none
	} | sed -E 's#^/(s?bin|lib|lib64)/#/usr&#' | sort -u | xargs cp -L --parents -t "$1"
}

# copy_tables ROOT: names of users and hosts, and of what ip and tc know by number.
copy_tables() {
	{
		find /etc/{passwd,group,hosts,nsswitch.conf,iproute2} /usr/share/iproute2 -maxdepth 0 2>/dev/null || :
	} | xargs cp -rL --parents -t "$1"
}

# copy_modules FROM TO: those of the network, the ciphers for wireguard, and the bus of virtio cards. All but the
# latter load by themselves at first use.
copy_modules() {
	(cd "$1" && {
		find modules.* kernel/{net,lib,crypto,arch/*/crypto} kernel/drivers/{virtio,net/{*.ko*,bonding,ipvlan,vxlan,wireguard}} -type f 2>/dev/null || :
	} | xargs cp --parents -t "$2")
}

write_init() {
	cat <<'END'
#!/bin/bash
export PATH=/usr/sbin:/usr/bin HOME=/root TERM=dumb
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs run /run
mount -t tmpfs tmp /tmp; mount -t bpf bpf /sys/fs/bpf; mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tracefs tracefs /sys/kernel/tracing; mkdir /dev/net; mknod /dev/net/tun c 10 200
ln -s /proc/self/fd /dev/fd; for i in in out err; do ln -s /proc/self/fd/$((n++)) /dev/std$i; done
ip link set lo up; ulimit -l unlimited; stty -F /dev/ttyS1 raw; stty -F /dev/ttyS2 raw; cd /try
modprobe -a virtio_pci virtio_net
bash /command </dev/null >/dev/ttyS1 2>&1
echo $? >/dev/ttyS2
echo b >/proc/sysrq-trigger
END
}
