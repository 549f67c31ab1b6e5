#!/bin/bash
# offload.sh OUT - checksums and segments that the network card makes.
#
# QEMU's user network leaves such work to nobody; a tap device has it all. That
# needs root and a network namespace, which ends with this script.
set -uo pipefail
out=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit
here=$PWD/tests/integration
if [ "$(id -u)" != 0 ]; then
	echo "offload: needs root (a tap device): left out"
	exit 0
fi
if [ -z "${OFFLOAD_INSIDE:-}" ]; then
	OFFLOAD_INSIDE=1 exec unshare --net "$0" "$@"
fi

work=$(mktemp -d)
guest=
finish() {
	[ -z "$guest" ] || kill "$guest" # timeout passes it on
	{ wait "$guest"; } 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

ip link set lo up
ip tuntap add tap0 mode tap
ip addr add 10.77.0.1/24 dev tap0
ip link set tap0 up

mkdir -p "$work"/root/{bin,dev,etc,proc,run,sys,tmp}
cp "$out/tests/lib/echo" "$work/root/bin/"
mke2fs -q -t ext4 -d "$work/root" "$work/disk" 16M >/dev/null
printf '%s\n' 'program /bin/echo' 'net * 10.77.0.2/24' \
	'allow tcp/7 0.0.0.0/0' 'allow udp/7 0.0.0.0/0' \
	'allow tcp/7 ::/0' 'allow udp/7 ::/0' >"$work/lines"

timeout 100 qemu-system-x86_64 -M pc -accel tcg -cpu max -m 128 -nodefaults \
	-no-user-config -display none -serial stdio -no-reboot \
	-kernel "$out/kernel.elf" -fw_cfg name=opt/miso/boot,file="$work/lines" \
	-drive if=none,id=r,file="$work/disk",format=raw \
	-device virtio-blk-pci,drive=r,serial=root,disable-legacy=on \
	-netdev tap,id=n,ifname=tap0,script=no,downscript=no \
	-device virtio-net-pci,netdev=n,mac=52:54:00:12:34:56,disable-legacy=on \
	</dev/null >"$work/console" 2>&1 &
guest=$!
for ((i = 0; i < 200; i++)); do
	grep -q listening "$work/console" && break
	sleep 0.05
done

for name in $(python3 "$here/offload.py"); do
	if timeout 25 python3 "$here/offload.py" "$name" >"$work/log" 2>&1; then
		echo "ok offload: $name"
	else
		cat "$work/log" "$work/console"
		echo "FAIL offload: $name"
	fi
done
