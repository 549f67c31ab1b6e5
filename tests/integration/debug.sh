#!/bin/bash
# debug.sh OUT [TEST] - gdb, attached to a stopped machine (make debug).
. "$(dirname "$0")/lib.sh"

gdb_shows_threads_areas_and_events() {
	cat >commands <<-END
		set pagination off
		set confirm off
		hbreak linux_pause
		continue
		threads
		vmas
		events 5
		disconnect
	END
	GDB_ARGS="-batch -x $PWD/commands" ok timeout 25 \
		"$root/tests/lib/debug.sh" "$out" "$out/tests/lib/probe" \
		pause
	says linux_pause "boot " sleeping "sleep_until < wait_for_end" program running
	says "r-xp file" "rw-p zeroes [stack]" "r-xp zeroes [vdso]"
	says "cpu 0 TRACE_SYSCALL 0x22 "
}

tests gdb_shows_threads_areas_and_events
