#!/bin/bash
# run.sh OUT - tests of the tool and QEMU together.
#
# Compiled tests (tests/integration/*.c) get a MISO_HOME of their own, a
# stand-in for the kernel and a bound on their time. Scripts use the real kernel
# and see to that themselves (lib.sh). Prints "ok NAME" or "FAIL NAME" for each.
set -uo pipefail
cd "$(dirname "$0")/../.."

out=$1
here=tests/integration
case $out in
build) flavour=release ;;
*) flavour=${out#build/} ;;
esac
make -s FLAVOUR="$flavour" integration-bins || exit 1

home=$(mktemp -d)
log=$(mktemp)
running=
# Whatever happens, no machine stays: those of this home, by their pid files.
clean() {
	local pid
	[ -z "$running" ] || kill "$running" 2>/dev/null
	for f in "$home"/stacks/*/*/instance/*/pid "$home"/run/*/pid; do
		[ -e "$f" ] || continue
		pid=$(cat "$f")
		grep -qz qemu-system "/proc/$pid/cmdline" 2>/dev/null &&
			kill -9 "$pid"
	done
	rm -rf "$home" "$log"
}
trap clean EXIT
trap 'exit 1' INT TERM

export MISO_HOME=$home MISO_ACCEL=${MISO_ACCEL:-tcg}

# one NAME COMMAND...: run it in the background, so that a signal
# reaches us at once, and print its log if it fails.
one() {
	local name=$1
	shift
	timeout -k 5 120 "$@" >"$log" 2>&1 &
	running=$!
	wait "$running"
	local status=$?
	running=
	if [ $status -eq 0 ] && grep -q '^\[       OK' "$log"; then
		grep '^\[       OK' "$log" | sed "s|.*OK \] |ok $name: |"
	elif [ $status -eq 0 ]; then
		echo "ok $name"
	else
		cat "$log"
		echo "FAIL $name"
	fi
}

for t in "$here"/*.c; do
	name=$(basename "${t%.c}")
	one "$name" "$out/$here/$name" "$PWD/$out/tests/lib/standin"
done
for t in "$here"/*.sh; do
	case $t in
	*/run.sh | */lib.sh | */cloud.sh | */pc.sh | */guest.sh) ;;
	*) timeout -k 5 400 "$t" "$out" || echo "FAIL $t" ;;
	esac
done
