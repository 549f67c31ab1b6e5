#!/bin/bash
# foreground.sh OUT [TEST] - miso run.
. "$(dirname "$0")/lib.sh"

the_exit_status_is_the_programs() {
	ok miso run ./probe exit 0
	status 3 miso run ./probe exit 3
	status 139 miso run ./probe kill 11
	status 134 miso run ./probe kill 6
}

stdout_is_passed_through() {
	miso run ./probe say "some pig" "and more" 2>/dev/null >got
	grep -qx "some pig" got || fail "got: $(cat got)"
}

# Lines, and then how it ended.
json_tells_lines_and_the_end() {
	status 3 miso run --json ./probe exit 3
	miso run --json ./probe say "some pig" "and more" >got 2>errors ||
		fail "$(cat errors)"
	jq -es 'map(.line) | index("some pig") and index("and more")' got ||
		fail "got: $(cat got)"
	jq -es '.[-1] == {address: "instance.run", exit_status: 0} and
		all(.address == "instance.run")' got || fail "got: $(cat got)"
}

a_program_below_tmp_runs() {
	cp probe "$MISO_HOME/../probe"
	ok miso run "$(realpath "$MISO_HOME/../probe")" say "some pig"
	says "some pig"
}

the_environment_is_set() {
	ok miso run -e WHO=charlotte ./probe env WHO
	says "WHO=charlotte"
}

memory_is_set() {
	ok miso run -m 24Mi ./probe cat /proc/meminfo
	says "MemTotal:"
	python3 -c 'import re
kib = int(re.search(r"MemTotal: *(\d+)", open("said").read()).group(1))
assert 12 * 1024 < kib < 24 * 1024, kib'
}

a_port_is_published() {
	local run
	read -r port < <(free_ports 1)
	miso run -p "$port:80" ./probe serve 80 "some pig" >ran 2>&1 &
	run=$!
	soon answers "$port" "some pig"
	signal_to INT $run
	wait $run || true
}

# interrupt SIGNAL STATUS [OPTION]: it is the power button; the program ends
# itself.
interrupt() {
	local run got=0
	miso run ${3:-} ./probe wait "$2" >ran 2>&1 &
	run=$!
	soon grep waiting ran
	signal_to "$1" $run
	wait $run || got=$?
	[ $got -eq "$2" ] || fail "status $got: $(cat ran)"
	grep -q "asked to end" ran
}

interrupting_it_is_the_power_button() {
	interrupt INT 7
	interrupt TERM 8
	interrupt INT 9 --json
}

tests the_exit_status_is_the_programs stdout_is_passed_through \
	json_tells_lines_and_the_end \
	a_program_below_tmp_runs \
	the_environment_is_set memory_is_set a_port_is_published \
	interrupting_it_is_the_power_button
