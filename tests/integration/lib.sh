# lib.sh - what the scripts here share: sourced with OUT and, for some tests
# alone, their names.
#
# A test is a function named like a sentence that is true. Each runs by itself:
# a new MISO_HOME, a work folder it stands in with the program `probe`
# (tests/lib/probe.c), and 30 seconds (TEST_SECONDS). A failing command ends it (set -e).
# Afterwards nothing of it may be left: what is, fails it, and is ended.
# shellcheck shell=bash

out=$(realpath "$1")
only=("${@:2}")
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
script=$(realpath "$0")
TEST_SECONDS=${TEST_SECONDS:-30}

# miso, never for longer than a test lasts. A signal to timeout reaches it
# once; without --foreground it would be twice, and the second means more.
miso() {
	timeout --foreground -k 2 25 "$out/miso" "$@"
}

fail() {
	echo "-- $*"
	[ ! -s said ] || cat <said
	return 1
}

# never COMMAND...: it fails ("! COMMAND" would be no failure to set -e).
never() {
	if "$@"; then
		fail "this succeeded: $*"
	fi
}

# status N COMMAND...: what it says goes to the file `said`.
status() {
	local want=$1 got=0
	shift
	"$@" >said 2>&1 || got=$?
	[ "$got" -eq "$want" ] || fail "status $got, not $want, of: $*"
}

ok() {
	status 0 "$@"
}

# says TEXT...: the last command did, in this order.
says() {
	local text all at
	all=$(<said)
	for text; do
		at=${all#*"$text"}
		[ "$at" != "$all" ] || fail "\"$text\" was not said:"
		all=$at
	done
}

never_says() {
	if grep -qF -- "$1" said; then
		fail "\"$1\" was said:"
	fi
}

# soon COMMAND...: it succeeds within ten seconds, or as long as PATIENCE says.
soon() {
	local end=$((SECONDS + ${PATIENCE:-10}))
	while [ $SECONDS -lt $end ]; do
		! "$@" >said 2>&1 || return 0
		sleep 0.05
	done
	fail "not soon: $*"
}

# logs_say INSTANCE TEXT
logs_say() {
	miso logs "$1" | grep -F -- "$2"
}

# signal_to SIGNAL JOB: to the miso that runs in the background as JOB. Not to
# timeout(1), which passes a signal on twice, and twice means "at once".
signal_to() {
	kill -"$1" "$(pgrep -P "$(pgrep -P "$2")")"
}

free_ports() {
	python3 - "$1" <<'END'
import socket, sys
all = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in all:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in all])
END
}

# ask PORT: say something to this host's port, and print the answer.
ask() {
	timeout 3 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1; echo GET / >&3; cat <&3"
}

answers() {
	[ "$(ask "$1" 2>/dev/null)" = "$2" ]
}

# stack INSTANCES: a file with the image `probe`, the tag `open` and these.
stack() {
	cat >miso.yaml <<-END
		version: 1
		name: test
		$(cat providers.yaml 2>/dev/null)
		images:
		  probe:
		    program: ./probe
		    disk: 4Mi
		firewalls:
		  open:
		    allow: [tcp]
		instances:
	END
	sed 's/^/  /' >>miso.yaml
}

# pid_of instance/NAME/process or net/switch
pid_of() {
	python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["pid"])' \
		"$MISO_HOME/stacks/test/default/$1.json"
}

# state INSTANCE: as status --json tells it.
state() {
	miso status --json | python3 -c '
import json, sys
for o in json.load(sys.stdin):
    if o["address"] == "instance." + sys.argv[1]:
        print(o["attributes"]["state"], o["fault"] or "", sep="; ")
' "$1"
}

is() {
	[ "$(state "$1")" = "$2" ] || fail "$1 is \"$(state "$1")\", not \"$2\""
}

# Processes that have this test's home on their command line.
left_over() {
	local f line
	for f in /proc/[0-9]*/cmdline; do
		line=$(tr '\0' ' ' 2>/dev/null <"$f") || continue
		[[ $line != *"$MISO_HOME"* ]] || basename "$(dirname "$f")"
	done
	for f in /proc/[0-9]*/cwd; do
		[[ $(readlink "$f") != "$MISO_HOME"/* ]] ||
			basename "$(dirname "$f")"
	done
}

run_alone() {
	set -eEuo pipefail
	export MISO_HOME=$PWD/home
	mkdir home work
	cp "$out/tests/lib/probe" work
	cd work
	"$1"
	[ ! -e miso.yaml ] || ok miso destroy --yes
	[ ! -e "$MISO_HOME/stacks" ] || fail "stacks are left"
	[ ! -e "$MISO_HOME/run" ] || fail "runs are left"
}

# end_all: kill what is left of the test; fails when there was something.
end_all() {
	local pid status=0
	for pid in $(MISO_HOME=$dir/home left_over | sort -u); do
		echo "left: process $pid" >>"$dir/log"
		kill -9 "$pid" 2>/dev/null || true
		status=1
	done
	return $status
}

# One test in a folder of its own; whatever happens, nothing stays.
run_test() {
	local dir status=0
	dir=$(mktemp -d)
	trap 'end_all; rm -rf "$dir"; exit 1' INT TERM
	(cd "$dir" && INSIDE=1 exec timeout -k 2 "$TEST_SECONDS" \
		"$script" "$out" "$1") \
		>"$dir/log" 2>&1 &
	wait $! || status=$?
	end_all || [ $status -ne 0 ] || status=1
	if [ $status -eq 0 ]; then
		echo "ok $(basename "${script%.sh}"): $1"
	else
		cat "$dir/log"
		echo "FAIL $(basename "${script%.sh}"): $1 (status $status)"
	fi
	rm -rf "$dir"
}

# tests NAME...: all of them, or those that were asked for.
tests() {
	local t
	[ ${#only[@]} -eq 0 ] || set -- "${only[@]}"
	if [ -n "${INSIDE:-}" ]; then
		unset INSIDE
		run_alone "$1"
		return
	fi
	for t; do
		run_test "$t"
	done
}
