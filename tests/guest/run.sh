#!/bin/bash
# run.sh OUT [NAME...] - programs on Linux and in the guest: Linux is the oracle.
#
# Each program below OUT/tests/guest runs once on Linux, where it is refused a
# second process (tests/lib/alone.c), and once in a machine of its own; what it prints and how it ends must be the same, and the disk it
# leaves behind must be clean. A program's source may say how to run it, one
# line for each case:
#
#	run: [guest] [arg=A]... [env=N=V]... [memory=MIB] [cpus=N] [exit=N]
#	     [says=TEXT] [lacks=TEXT] [line=BOOT_LINE]... [disk=MIB] [iops=N]
#	     [machine=M] [model=CPU] [seconds=N] [icount] [varies] [moves]
#
#	guest   not on Linux: it must say no "FAIL:" and end with exit=N (0), which
#	        may be "panic"
#	says    the console holds TEXT ("_" stands for a blank or for itself)
#	lacks   it does not
#	line    one more boot line ("_" as above)
#	icount  the machine's clock is made of its instructions
#	disk    the file system is that large (128)
#	iops    the disk does no more than that many transfers in a second
#	machine QEMU's, with PCI (a microvm)
#	model   of its processors ("max")
#	seconds one of its processors may run so long, or it may then do nothing
#	        (60; tests/lib/patience.c)
#	varies  no line of its output is the same in two boots
#	moves   a panic tells of different places of the kernel in three boots
#
# With NAMEs only these programs run. GUEST_CPUS=N gives all machines N
# processors whose cases say nothing else. STORM=SECONDS lets storm.c go on
# for so long.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

out=$PWD/$1
shift
bins=$out/tests/guest
scratch=$(mktemp -d)
child=
finish() {
	[ -z "$child" ] || kill "$child" 2>/dev/null
	rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 1' INT TERM
ulimit -c 0

# One image holds them all, with the libraries of those that want some.
make_image() {
	local root=$scratch/root

	mkdir -p "$root"/{bin,dev,etc,proc,run,sys,tmp,work,lib64,var/tmp}
	mkdir -p "$root/lib/x86_64-linux-gnu"
	cp "$bins"/* "$root/bin/"
	cp /lib64/ld-linux-x86-64.so.2 "$root/lib64/"
	cp /lib/x86_64-linux-gnu/{libc.so.6,libgcc_s.so.1} \
		"$root/lib/x86_64-linux-gnu/"
	echo '127.0.0.1 localhost' >"$root/etc/hosts"
	mke2fs -q -t ext4 -b 4096 -J size=4 -d "$root" "$scratch/image" 128M >/dev/null
	rm -rf "$root"
}

# In the background, so that a signal to this script ends it at once.
bounded() {
	"$out/tests/lib/patience" "$@" &
	child=$!
	{ wait "$child"; } 2>/dev/null # the shell tells of signals
	local status=$?

	child=
	return $status
}

# Where virtio devices may be is said on the command line.
slots=
for i in {0..7}; do
	slots+=$(printf 'virtio_mmio.device=512@0x%x:%d ' \
		$((0xfeb00000 + i * 512)) $((16 + i)))
done
microvm=(-M "microvm,acpi=on,rtc=on,ioapic2=off" -bios qboot.rom
	-global virtio-mmio.force-legacy=false -append "$slots")

# qemu IMAGE LINES: the console's bytes on stdout, $scratch/status.
qemu() {
	local board=("${microvm[@]}") blk=virtio-blk-device

	if [ "$machine" ]; then
		board=(-M "$machine") blk=virtio-blk-pci
	fi
	bounded "$seconds" qemu-system-x86_64 "${board[@]}" \
		"${accel[@]}" -cpu "$model" \
		-smp "$cpus" -m "$memory" -nodefaults \
		-no-user-config -display none -serial stdio -no-reboot \
		-kernel "$out/kernel.elf" \
		-device isa-debugcon,iobase=0xe9,chardev=st \
		-chardev file,id=st,path="$scratch/status" \
		-fw_cfg name=opt/miso/boot,file="$2" \
		-drive if=none,id=r,file="$1",format=raw"$throttle" \
		-device "$blk,drive=r,serial=root" </dev/null
}

boot_lines() {
	echo "program /bin/$1"
	echo "cwd /work"
	for word in "${args[@]}"; do echo "arg $word"; done
	for word in "${envs[@]}"; do echo "env $word"; done
	for word in "${lines[@]}"; do echo "${word//_/ }"; done
}

# Sets $status; leaves the console in console and the program's part in guest.
in_guest() {
	local how number

	cp --sparse=always "$scratch/image" "$scratch/disk"
	if [ "$disk" ]; then
		truncate -s "${disk}M" "$scratch/disk"
		resize2fs -f "$scratch/disk" >/dev/null 2>&1
	fi
	boot_lines "$1" >"$scratch/lines"
	rm -f "$scratch/status"
	qemu "$scratch/disk" "$scratch/lines" >"$scratch/console" 2>&1
	tr -d '\r' <"$scratch/console" | sed '/^miso: /d' >"$scratch/guest"
	read -r how number < <(tail -n 1 "$scratch/status" 2>/dev/null)
	case $how in
	exit) status=$number ;;
	signal) status=$((128 + number)) ;;
	panic) status=panic ;;
	*) status="${how:-no} ${number:-end}" ;;
	esac
}

on_linux() {
	rm -rf "$scratch/work"
	mkdir "$scratch/work"
	bounded "$seconds" env -i -C "$scratch/work" "PATH=$PATH" HOME=/root \
		"${envs[@]}" "$out/tests/lib/alone" "$bins/$1" "${args[@]}" \
		</dev/null >"$scratch/linux" 2>&1
	wanted=$?
}

clean_disk() {
	e2fsck -fn "$scratch/disk" >"$scratch/fsck" 2>&1 && return
	cat "$scratch/fsck"
	return 1
}

says() {
	grep -aqF "${text//_/ }" <(tr _ ' ' <"$scratch/console") && return
	echo "the console does not say: ${text//_/ }"
	return 1
}

lacks() {
	grep -aqF "${absent//_/ }" <(tr _ ' ' <"$scratch/console") || return 0
	echo "the console says: ${absent//_/ }"
	return 1
}

moves() {
	local i
	for i in 1 2 3; do
		grep -a 'the kernel lies' "$scratch/console"
		in_guest "$1"
	done | sort -u >"$scratch/places"
	[ "$(wc -l <"$scratch/places")" -ge 2 ] && return
	cat "$scratch/places"
	return 1
}

varies() {
	cp "$scratch/guest" "$scratch/first"
	in_guest "$1"
	paste -d '|' "$scratch/first" "$scratch/guest" |
		awk -F '|' '$1 == $2 {print "the same twice: " $1; bad = 1}
			END {exit bad || NR == 0}'
}

compare() {
	local bad=0

	if [ "$alone" ]; then
		! grep -a '^FAIL:' "$scratch/guest" || bad=1
	else
		diff -a -U 1 --label linux "$scratch/linux" --label guest \
			"$scratch/guest" >"$scratch/diff" || bad=1
		head -n 25 "$scratch/diff"
		! grep -a '^FAIL:' "$scratch/linux" || bad=1
	fi
	[ "$status" = "$wanted" ] || bad=1
	[ $bad = 0 ] && return
	echo "ended: $status, not $wanted"
	grep -a '^miso: ' "$scratch/console" | grep -v 'is not there; it' | tail -n 40
	return 1
}

# options WORD...: how this case is run
options() {
	args=() envs=() lines=() memory=64 alone='' wanted=0 text=''
	accel=(-accel "tcg,thread=multi")
	cpus=${GUEST_CPUS:-1} absent='' throttle='' disk='' seconds=60 twice='' thrice=''
	machine='' model=max
	for word; do
		case $word in
		guest) alone=1 ;;
		arg=*) args+=("${word#*=}") ;;
		env=*) envs+=("${word#*=}") ;;
		memory=*) memory=${word#*=} ;;
		cpus=*) cpus=${word#*=} ;;
		exit=*) wanted=${word#*=} ;;
		says=*) text=${word#*=} ;;
		lacks=*) absent=${word#*=} ;;
		line=*) lines+=("${word#*=}") ;;
		disk=*) disk=${word#*=} ;;
		iops=*) throttle=,throttling.iops-total=${word#*=} ;;
		machine=*) machine=${word#*=} ;;
		model=*) model=${word#*=} ;;
		seconds=*) seconds=${word#*=} ;;
		icount)
			accel=(-accel "tcg,thread=single" -icount "shift=0,sleep=off")
			;;
		varies) twice=1 ;;
		moves) thrice=1 ;;
		*) echo "FAIL guest: no such option: $word" ;;
		esac
	done
}

one() {
	local program=$1 name="guest/$*" ok=1

	shift
	options "$@"
	if [ "$program" = storm ] && [ "${STORM:-}" ]; then
		envs+=("STORM=$STORM") seconds=$((seconds + 2 * STORM))
	fi
	[ "$alone" ] || on_linux "$program"
	in_guest "$program"
	compare || ok=
	clean_disk || ok=
	[ -z "$text" ] || says || ok=
	[ -z "$absent" ] || lacks || ok=
	[ -z "$twice" ] || varies "$program" || ok=
	[ -z "$thrice" ] || moves "$program" || ok=
	if [ $ok ]; then echo "ok $name"; else echo "FAIL $name"; fi
}

make_image || exit
for path in "$bins"/*; do
	program=${path##*/}
	source=tests/guest/${program%%-*}.c
	[ $# = 0 ] || [[ " $* " == *" $program "* ]] || continue
	cases=$(sed -n 's/^ \* run: *//p' "$source")
	while read -ra words; do
		one "$program" "${words[@]}"
	done <<<"$cases"
done
