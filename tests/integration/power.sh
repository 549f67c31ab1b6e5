#!/bin/bash
# power.sh OUT [TEST...] - machines that lose their power while they write: QEMU is
# killed, and the next one boots the same disk.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pc.sh"

# recorder DISK: an image whose program stores records, and has them all again.
recorder() {
	cat >miso.yaml <<-END
	version: 1
	name: disks
	images:
	  probe: {program: ./probe, args: [record, /data, "100000"], disk: $1}
	END
	ok miso image export probe --format raw --out disk.raw
}

# The last number behind this word on the console.
last() {
	sed -n "s/.*$1 \([0-9]*\).*/\1/p" console | tail -n 1
}

# runs_until N QEMU-ARG...: boot, let it store N records more, cut the power.
runs_until() {
	local more=$1 found
	shift
	rm -f console
	pc_command disk.raw raw -pidfile qemu.pid "$@"
	"${command[@]}" &
	says_in console "found .*, state [0-9]"
	found=$(last found)
	says_in console "stored $((found + more))"
	kill -9 "$(<qemu.pid)"
	wait $! || true
}

keeps_what_it_stored() {
	local device=$1 stored=0 round
	for round in 1 2 3; do
		# shellcheck disable=SC2086
		runs_until $((round * 7)) $device
		[ "$(last found)" -ge "$stored" ] ||
			fail "$(last found) records were found, of $stored"
		stored=$(last stored)
	done
	grep -q "journal replayed" console || fail "there was nothing to replay"
}

what_was_fsynced_is_there_after_the_power_went() {
	recorder 32Mi
	keeps_what_it_stored "-device virtio-blk-pci,drive=d"
	# e2fsck finishes what the last crash left.
	root_of disk.raw
	/sbin/e2fsck -fp root >said 2>&1 || [ $? -eq 1 ] # it may correct counts
	says "recovering journal"
	ok /sbin/e2fsck -fn root
}

the_same_on_nvme() {
	recorder 32Mi
	keeps_what_it_stored "-device nvme,drive=d,serial=one"
}

tests what_was_fsynced_is_there_after_the_power_went the_same_on_nvme
