#!/bin/bash
# queues.sh OUT - a network card with several pairs of queues: each carries
# frames both ways, and its interrupts go to its processor.
set -uo pipefail
. "$(dirname "$0")/guest.sh"
tap=multi_queue
guest_alone

program=queues
printf '%s\n' 'program /bin/queues' 'net * 10.77.0.2/24' \
	'allow tcp/7 0.0.0.0/0' 'allow udp/100-107 0.0.0.0/0' >"$work/lines"

# on NAME PAIRS CPUS CARD [TEST]: a machine with such a card.
on() {
	netdev=tap,id=n,ifname=tap0,script=no,downscript=no,queues=$2
	cpus=$3 card=mq=on,$4
	guest_boot "$work/lines"
	guest_says listening
	check "$1" timeout 60 python3 "$here/queues.py" \
		"$work/monitor" "$2" "$3" "${5:-alone}"
	guest_end
}

on two_pairs_carry_frames 2 2 vectors=6,disable-legacy=on
on four_pairs_carry_frames 4 4 vectors=10,disable-legacy=on
on pairs_of_a_legacy_card_carry_frames 2 2 vectors=6,disable-modern=on
on more_pairs_than_processors_are_left_alone 4 2 vectors=10,disable-legacy=on
machine=microvm,acpi=on,ioapic2=off,rtc=on,auto-kernel-cmdline=off bus=device
# As providers/qemu/argv.c says it, for every slot.
for ((i = 0; i < 8; i++)); do
	append+=$(printf 'virtio_mmio.device=512@%#x:%d ' \
		$((0xfeb00000 + 512 * i)) $((16 + i)))
done
on pairs_of_a_card_without_pci_carry_frames 2 2 speed=1000 shared
machine=pc bus=pci append=
on pairs_share_an_interrupt_where_there_is_one 2 2 vectors=1,disable-legacy=on \
	shared
