# guest.sh - one machine of our kernel with a program of tests/lib, for tests of
# the network: sourced with OUT.
#
#	guest_alone      (root) go on in a network namespace with a tap device
#	guest_boot FILE  start it with these boot lines, $program, $cpus, a card
#	                 like $card with the netdev $netdev, on $machine with
#	                 its $bus (pci, device), and $append for the kernel;
#	                 $work/monitor is its monitor
#	guest_end        end it
#	guest_says TEXT  wait until its console does
# shellcheck shell=bash

out=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit
here=$PWD/tests/integration
work=$(mktemp -d)
guest=
others=()
netdev=tap,id=n,ifname=tap0,script=no,downscript=no
card=disable-legacy=on
cpus=1
machine=pc
bus=pci
append=
program=echo

finish() {
	local pid
	for pid in $guest "${others[@]}"; do
		kill "$pid" 2>/dev/null # timeout passes it on
		{ wait "$pid"; } 2>/dev/null
	done
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

# It ends with this script, however that ends.
guest_alone() {
	if [ "$(id -u)" != 0 ]; then
		echo "$(basename "$0"): needs root (a tap device): left out"
		exit 0
	fi
	if [ -z "${GUEST_ALONE:-}" ]; then
		GUEST_ALONE=1 exec unshare --net "$0" "$out"
	fi
	ip link set lo up
	# shellcheck disable=SC2086 # words
	ip tuntap add tap0 mode tap ${tap:-}
	ip addr add 10.77.0.1/24 dev tap0
	ip link set tap0 up
}

guest_boot() {
	mkdir -p "$work"/root/{bin,dev,etc,proc,run,sys,tmp}
	cp "$out/tests/lib/$program" "$work/root/bin/"
	mke2fs -q -t ext4 -d "$work/root" "$work/disk" 16M >/dev/null
	: >"$work/console" # of the one before
	timeout 100 qemu-system-x86_64 -M "$machine" -accel tcg -cpu max -m 128 \
		-smp "$cpus" -nodefaults -no-user-config -display none \
		-serial stdio -monitor "unix:$work/monitor,server=on,wait=off" \
		-global virtio-mmio.force-legacy=false -no-reboot \
		-kernel "$out/kernel.elf" -append "$append" \
		-fw_cfg name=opt/miso/boot,file="$1" \
		-drive if=none,id=r,file="$work/disk",format=raw \
		-device "virtio-blk-$bus,drive=r,serial=root" \
		-netdev "$netdev" \
		-device "virtio-net-$bus,netdev=n,mac=52:54:00:12:34:56,$card" \
		</dev/null >"$work/console" 2>&1 &
	guest=$!
}

# Half a minute at most.
soon() {
	for ((i = 0; i < 300; i++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	return 1
}

guest_end() {
	kill "$guest" 2>/dev/null
	{ wait "$guest"; } 2>/dev/null
	guest=
}

guest_says() {
	soon grep -qF -- "$1" "$work/console"
}

# check NAME COMMAND...: a test.
check() {
	local name
	name="$(basename "$0" .sh): $1"
	shift
	if "$@" >"$work/log" 2>&1; then
		echo "ok $name"
	else
		cat "$work/log" "$work/console"
		echo "FAIL $name"
	fi
}
