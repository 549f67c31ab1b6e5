#!/bin/bash
# run.sh OUT SUITE... - run suites of tests and count them.
#
#	unit         every build/tests/unit/.../test_* (cmocka)
#	golden       tests/golden/run.sh: miso's output against files
#	corpus       every fuzz corpus, replayed once
#	faults       tests/faults/run.py: calls that fail one after the other
#	guest        tests/guest/run.sh: programs on Linux and in the guest
#	schema       tests/schema/run.sh: `miso schema` under ajv (needs npm)
#	integration  tests/integration/*.sh: the tool and QEMU together
#	programs     tests/programs/*.sh: Debian's servers in machines, under load
#
# A suite's script prints "ok NAME" or "FAIL NAME" for each test, after what
# it has to say about it. Every test is bounded in time. Ends with
# "N passed, N failed"; with TEST_TALLY=FILE the counts are appended there.
set -uo pipefail
cd "$(dirname "$0")/.."

out=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT

unit() {
	local t name
	for t in $(find tests/unit -name 'test_*.c' | sort); do
		name=${t%.c}
		if timeout 60 "$out/$name" >"$log.one" 2>&1; then
			grep -c '^\[       OK' "$log.one" |
				xargs -I{} seq {} | sed "s|.*|ok $name|"
		else
			cat "$log.one"
			echo "FAIL $name"
		fi
		rm -f "$log.one"
	done
}

for suite; do
	echo "== $suite"
	case $suite in
	unit) unit ;;
	golden) tests/golden/run.sh "$out" ;;
	corpus) tests/fuzz/corpus.sh "$out" ;;
	faults) tests/faults/run.py "$out" ;;
	guest) tests/guest/run.sh "$out" ;;
	integration) tests/integration/run.sh "$out" ;;
	schema) tests/schema/run.sh "$out" ;;
	programs) tests/programs/run.sh "$out" ;;
	*) echo "FAIL there is no suite $suite" ;;
	esac 2>&1 | tee -a "$log" | grep -v "^ok "
done

passed=$(grep -c '^ok ' "$log")
failed=$(grep -c '^FAIL ' "$log")
[ -z "${TEST_TALLY:-}" ] || echo "$passed $failed" >>"$TEST_TALLY"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
