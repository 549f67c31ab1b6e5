#!/bin/bash
# uefi.sh OUT [TEST...] - images as whole disks, booted by UEFI (OVMF).
#
# Its start takes an emulated machine seconds, and minutes where others run.
TEST_SECONDS=600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pc.sh"

uefi=(-M q35 -bios /usr/share/ovmf/OVMF.fd)
bios=("${firmware[@]}")
memory=128

export_disk() {
	stack "$1"
	ok miso image export probe --format raw --out disk.raw
}

# What it wrote when UEFI had started it is there when a BIOS does.
boots_by_both() {
	export_disk 'once, /state'
	firmware=("${uefi[@]}")
	pc disk.raw raw "$@"
	ends_with "exit 5"
	firmware=("${bios[@]}")
	pc disk.raw raw "$@"
	ends_with "exit 0"
	root_is_clean disk.raw
}

a_disk_boots_from_virtio_blk_by_uefi_and_by_bios() {
	boots_by_both -device virtio-blk-pci,drive=d
}

a_disk_boots_from_virtio_scsi_by_uefi_and_by_bios() {
	boots_by_both -device virtio-scsi-pci -device scsi-hd,drive=d
}

a_disk_boots_from_nvme_by_uefi_and_by_bios() {
	boots_by_both -device nvme,drive=d,serial=one
}

# More memory than 32 bits can tell, two processors; it ends by the button.
the_tables_of_firmware_are_found() {
	export_disk "wait, '9'"
	firmware=("${uefi[@]}")
	memory=5G
	press_the_button | pc disk.raw raw -device virtio-blk-pci,drive=d \
		-smp 2 -monitor stdio >/dev/null
	ends_with "exit 9"
}

a_machine_of_compute_engine_is_known() {
	export_disk "exit, '0'"
	firmware=("${uefi[@]}")
	gets_boot_lines disk.raw
}

# refuses TEXT: the loader does, and firmware has the machine again.
refuses() {
	firmware=("${uefi[@]}")
	pc_command disk.raw raw -device virtio-blk-pci,drive=d
	"${command[@]}" &
	PATIENCE=500 soon grep -q "failed to start" console
	kill $!
	wait $! || true
	grep -q "miso: cannot boot: $1" console || fail "$(cat console)"
}

start_of() {
	sfdisk -d disk.raw |
		sed -n "s/.*start= *\([0-9]*\),.*name=\"$1\".*/\1/p"
}

a_damaged_kernel_goes_back_to_firmware() {
	export_disk "exit, '0'"
	printf x | dd of=disk.raw bs=512 seek="$(start_of kernel)" \
		conv=notrunc status=none
	refuses "the kernel's partition holds no kernel"
}

a_disk_without_a_kernel_goes_back_to_firmware() {
	export_disk "exit, '0'"
	ok sfdisk --part-type disk.raw 3 0FC63DAF-8483-4772-8E79-3D69D8477DE4
	refuses "the disk has no partition with a kernel"
}

# UEFI has a second copy, and repairs the first from it.
a_damaged_table_is_repaired() {
	export_disk "exit, '0'"
	printf x | dd of=disk.raw bs=1 seek=600 conv=notrunc status=none
	firmware=("${uefi[@]}")
	pc disk.raw raw -device virtio-blk-pci,drive=d
	ends_with "exit 0"
}

other_tools_read_the_system_partition() {
	export_disk "exit, '0'"
	dd if=disk.raw of=efi bs=512 skip="$(start_of efi)" count=67584 \
		status=none
	ok /sbin/fsck.vfat -n efi
	says "3 files"
	ok mcopy -i efi ::/EFI/BOOT/BOOTX64.EFI loader
	cmp loader "$out/efi/loader.efi"
	ok objdump -f loader
	says "pei-x86-64"
}

tests a_disk_boots_from_virtio_blk_by_uefi_and_by_bios \
	a_disk_boots_from_virtio_scsi_by_uefi_and_by_bios \
	a_disk_boots_from_nvme_by_uefi_and_by_bios \
	the_tables_of_firmware_are_found a_machine_of_compute_engine_is_known \
	a_damaged_kernel_goes_back_to_firmware \
	a_disk_without_a_kernel_goes_back_to_firmware \
	a_damaged_table_is_repaired other_tools_read_the_system_partition
