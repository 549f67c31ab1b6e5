# lib.sh - what the scripts here share: sourced with OUT and, for some tests
# alone, their names.
#
# Each test starts one of Debian's programs as a machine of its own, asks it
# things from this host, loads it, presses the power button, and looks at the
# disk it leaves behind.
# shellcheck shell=bash

TEST_SECONDS=${TEST_SECONDS:-120}
PATIENCE=${PATIENCE:-60}
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
here=$root/tests/programs

# needs FILE...: the rest of the test makes no sense without these.
needs() {
	local f
	for f; do
		[ -e "$f" ] || fail "$f is not here: .ci/deps.sh programs"
	done
}

# machine RUN-OPTION... -- PROGRAM ARG...: in the background, as job `machine`;
# its console is the file `console`, its disk stays behind as `disk.qcow2`.
machine() {
	mkdir -p "$MISO_HOME"
	timeout --foreground -k 2 "$TEST_SECONDS" "$out/miso" run "$@" \
		>console 2>&1 &
	machine=$!
	soon keep_disk
}

keep_disk() {
	ln -f "$MISO_HOME"/run/*/disk.qcow2 disk.qcow2
}

# up PORT: something answers HTTP there.
up() {
	soon curl -fsS --max-time 2 -o /dev/null "http://127.0.0.1:$1/" || {
		cat console
		return 1
	}
}

console_says() {
	grep -qF -- "$1" console
}

# get PATH TEXT: that is the answer of the server at $port.
get() {
	local got
	got=$(curl -sS --max-time 10 "http://127.0.0.1:$port$1")
	[ "$got" = "$2" ] || fail "$1: \"$got\", not \"$2\""
}

# load REQUESTS CONNECTIONS [PATH]: all are answered, and well.
load() {
	ok timeout 60 "$here/load.py" "$port" "$1" "$2" "${3:-/}"
}

# wait_end STATUS: it ends by itself, like this, and its disk is clean.
wait_end() {
	local got=0
	wait "$machine" || got=$?
	cp console said
	[ "$got" = "$1" ] || fail "status $got, not $1:"
	qemu-img convert -O raw disk.qcow2 disk.raw
	e2fsck -fn disk.raw >said 2>&1 || fail "the disk is not clean:"
	cp console said
}

# power_off [STATUS]: the button; the program gets SIGTERM.
power_off() {
	kill -INT "$(pgrep -P "$machine")"
	wait_end "${1:-0}"
}
