#!/bin/bash
# disk.sh OUT [TEST...] - images as whole disks, booted by a PC's own firmware.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pc.sh"

# What it wrote the first time is there the second time.
an_exported_disk_boots_from_virtio_blk_scsi_and_nvme() {
	local device
	stack 'once, /state'
	ok miso image export probe --format raw --out fresh.raw
	for device in "-device virtio-blk-pci,drive=d" \
		"-device nvme,drive=d,serial=one" \
		"-device virtio-scsi-pci -device scsi-hd,drive=d,scsi-id=3" \
		"-device virtio-blk-pci,drive=d,disable-modern=on" \
		"-device virtio-scsi-pci,disable-modern=on -device scsi-hd,drive=d"
	do
		cp --sparse=always fresh.raw disk.raw
		# shellcheck disable=SC2086
		pc disk.raw raw $device
		ends_with "exit 5"
		# shellcheck disable=SC2086
		pc disk.raw raw $device
		ends_with "exit 0"
		root_is_clean disk.raw
	done
}

# No BIOS boots from one, so QEMU loads the kernel; the root is the whole disk.
a_disk_may_have_sectors_of_four_kibibytes() {
	stack 'once, /state'
	ok miso image export probe --format raw --out disk.raw
	root_is_clean disk.raw
	for wanted in 5 0; do
		pc root raw -kernel "$out/kernel.elf" -device \
			nvme,drive=d,serial=root,logical_block_size=4096,physical_block_size=4096
		ends_with "exit $wanted"
		ok /sbin/e2fsck -fn root
	done
}

the_power_button_of_a_pc_is_sigterm() {
	stack "wait, '9'"
	ok miso image export probe --format qcow2 --out disk.qcow2
	press_the_button | pc disk.qcow2 qcow2 -device virtio-blk-pci,drive=d \
		-monitor stdio >/dev/null
	ends_with "exit 9"
}

# For QEMU's monitor on stdin: again, once the program has heard it.
press_twice() {
	says_in console waiting
	echo system_powerdown
	says_in console "asked to end"
	echo system_powerdown
	says_in status "signal 9"
}

who_stays_is_ended_by_the_second_press_and_the_disk_is_clean() {
	stack stay
	ok miso image export probe --format raw --out disk.raw
	press_twice | pc disk.raw raw -device virtio-blk-pci,drive=d \
		-monitor stdio >/dev/null
	ends_with "signal 9"
	root_is_clean disk.raw
}

panicked_twice() {
	[ "$(grep -c "^panic asked for" status)" -ge 2 ]
}

# starts_anew QEMU-ARG...: with the disk, as often as it panics.
starts_anew() {
	stack "wait, '0'"
	ok miso image export probe --format raw --out disk.raw
	printf 'restart always\nprobe panic\n' >lines
	pc_command disk.raw raw -action reboot=reset \
		-fw_cfg name=opt/miso/boot,file=lines "$@"
	"${command[@]}" &
	PATIENCE=20 soon panicked_twice
	kill $!
	wait $! || true
	[ "$(grep -c "^ready" status)" -ge 2 ]
}

a_panic_starts_a_pc_anew() {
	starts_anew -device virtio-blk-pci,drive=d
}

# The controller is left as the panic found it.
a_panic_starts_a_machine_with_nvme_anew() {
	firmware=(-M q35)
	starts_anew -device nvme,drive=d,serial=one
}

other_tools_find_nothing_wrong_with_the_disk() {
	stack "exit, '0'"
	ok miso image export probe --format raw --out disk.raw
	ok sfdisk --verify disk.raw
	says "No errors detected"
	ok miso image export probe --format gce --out disk.tar.gz
	tar xzf disk.tar.gz
	ok sfdisk --verify disk.raw
	[ "$(stat -c %s disk.raw)" = $((1 << 30)) ]
	pc disk.raw raw -device virtio-blk-pci,drive=d
	ends_with "exit 0"
}

a_damaged_disk_says_what_is_wrong() {
	stack "exit, '0'"
	ok miso image export probe --format raw --out disk.raw
	printf x | dd of=disk.raw bs=1 seek=600 conv=notrunc status=none
	pc_command disk.raw raw -device virtio-blk-pci,drive=d
	"${command[@]}" &
	soon grep -q "cannot boot: the disk's partition table is damaged" console
	kill $!
	wait $! || true
}

the_store_lists_its_images() {
	stack "exit, '0'"
	ok miso image list
	[ ! -s said ]
	ok miso image inspect probe --json
	digest=$(python3 -c 'import json; print(json.load(open("said"))["digest"])')
	ok miso image list
	says "${digest:0:12}" /app/probe
	ok miso image inspect "${digest:0:8}"
	says "digest   $digest" "by BIOS, and by UEFI with Secure Boot off"
	status 1 miso image inspect nothing-like-it
	says "the image store has no image"
	status 1 miso image export probe --format floppy --out x
	says "gce, qcow2, raw"
	[ ! -e x ]
}

# Against what sfdisk finds in the disk itself.
an_image_tells_what_its_disk_will_have() {
	stack "exit, '0'"
	ok miso image inspect probe --json
	python3 -c 'import json
image = json.load(open("said"))
assert image["firmware"] == ["bios", "uefi"] and not image["secure_boot"]
for p in image["partitions"]:
    print(p["name"], p["start"] // 512, p["size"] // 512)' >told
	ok miso image export probe --format raw --out disk.raw
	sfdisk --json disk.raw | python3 -c 'import json, sys
for p in json.load(sys.stdin)["partitiontable"]["partitions"]:
    print(p["name"], p["start"], p["size"])
    if p["name"] == "efi":
        assert p["type"] == "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"' | diff told -
	[ "$(wc -l <told)" = 4 ]
}

a_machine_of_compute_engine_asks_for_its_boot_lines() {
	stack "exit, '0'"
	ok miso image export probe --format raw --out disk.raw
	gets_boot_lines disk.raw
}

# Nobody has said what may come in, and miso is not there to say it.
an_exported_disk_can_be_reached() {
	local port vm nic
	stack "serve, '80', at your service"
	ok miso image export probe --format raw --out disk.raw
	for nic in "" ,disable-modern=on ,disable-modern=on,mrg_rxbuf=off; do
		read -r port < <(free_ports 1)
		pc_command disk.raw raw -device virtio-blk-pci,drive=d \
			-device "virtio-net-pci,netdev=n$nic" \
			-netdev "user,id=n,hostfwd=tcp:127.0.0.1:$port-:80"
		"${command[@]}" &
		vm=$!
		soon answers "$port" "at your service"
		kill "$vm"
		wait "$vm" || true
	done
}

what_is_needed_is_not_removed() {
	stack "exit, '0'"
	echo 'instances: {one: {image: "${image.probe}"}}' >>miso.yaml
	ok miso apply --yes
	ok miso run ./probe exit 0
	ok miso image list --json
	python3 -c 'import json; assert len(json.load(open("said"))) == 2'
	ok miso image prune
	says /app/probe
	ok miso image list --json
	digest=$(python3 -c 'import json; [i] = json.load(open("said")); print(i["digest"])')
	status 1 miso image rm "$digest"
	says "needs the image"
	ok miso destroy --yes
	rm -rf "$MISO_HOME/stacks"
	[ ! -e "$MISO_HOME/images/$digest.json" ] || ok miso image rm "$digest"
	ok miso image list
	[ ! -s said ]
}

tests what_is_needed_is_not_removed a_machine_of_compute_engine_asks_for_its_boot_lines \
	an_image_tells_what_its_disk_will_have \
	an_exported_disk_can_be_reached an_exported_disk_boots_from_virtio_blk_scsi_and_nvme \
	a_disk_may_have_sectors_of_four_kibibytes \
	the_power_button_of_a_pc_is_sigterm \
	who_stays_is_ended_by_the_second_press_and_the_disk_is_clean a_panic_starts_a_pc_anew \
	a_panic_starts_a_machine_with_nvme_anew \
	other_tools_find_nothing_wrong_with_the_disk \
	a_damaged_disk_says_what_is_wrong the_store_lists_its_images
