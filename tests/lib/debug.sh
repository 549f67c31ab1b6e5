#!/bin/bash
# debug.sh OUT PROGRAM [ARG...] - a machine that is stopped, and gdb attached.
#
# PROGRAM is the host's; it and its libraries make the root disk. gdb has the
# kernel's symbols and the commands of gdb.py (threads, vmas, events). The
# console goes to the file that is named first. GDB_ARGS are gdb's, BOOT_LINES
# more boot lines. Nothing stays when gdb ends.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$1 program=$(realpath "$2")
shift 2
scratch=$(mktemp -d)
machine=
finish() {
	[ -z "$machine" ] || kill "$machine" 2>/dev/null || true
	rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 1' INT TERM

make_disk() {
	local root=$scratch/root lib

	mkdir -p "$root"/{bin,dev,etc,proc,run,sys,tmp}
	cp "$program" "$root/bin/program"
	while read -r lib; do
		mkdir -p "$root/$(dirname "$lib")"
		cp -L "$lib" "$root/$lib"
	done < <(ldd "$program" 2>/dev/null | grep -o '/[^ ]*')
	mke2fs -q -t ext4 -b 4096 -O ^has_journal -d "$root" "$scratch/disk" 256M
	echo "program /bin/program" >"$scratch/lines"
	for word; do echo "arg $word" >>"$scratch/lines"; done
	[ -z "${BOOT_LINES:-}" ] || echo "$BOOT_LINES" >>"$scratch/lines"
}

start_machine() {
	local slots=nokaslr i

	for i in {0..7}; do
		slots+=$(printf ' virtio_mmio.device=512@0x%x:%d' \
			$((0xfeb00000 + i * 512)) $((16 + i)))
	done
	qemu-system-x86_64 -M microvm,acpi=on,rtc=on,ioapic2=off \
		-bios qboot.rom -accel tcg -cpu max -m 256 -nodefaults \
		-no-user-config -display none -no-reboot -S \
		-chardev file,id=c,path="$console" -serial chardev:c \
		-gdb unix:"$scratch/gdb",server=on,wait=off \
		-kernel "$out/kernel.elf" -append "$slots" \
		-global virtio-mmio.force-legacy=false \
		-fw_cfg name=opt/miso/boot,file="$scratch/lines" \
		-drive if=none,id=r,file="$scratch/disk",format=raw \
		-device virtio-blk-device,drive=r,serial=root </dev/null &
	machine=$!
	for i in {1..100}; do
		[ ! -S "$scratch/gdb" ] || return 0
		sleep 0.05
	done
	echo "QEMU does not start"
	return 1
}

console=${CONSOLE:-$scratch/console}
echo "the console: $console"
make_disk "$@"
start_machine
# Words of GDB_ARGS are arguments of their own.
# shellcheck disable=SC2086
gdb -q -iex "set auto-load safe-path /" -ex "set architecture i386:x86-64" \
	-ex "target remote $scratch/gdb" -x tests/lib/gdb.py \
	${GDB_ARGS:-} "$out/kernel.debug.elf"
