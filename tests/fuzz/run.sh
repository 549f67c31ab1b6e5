#!/bin/bash
# run.sh DIR T - fuzz every target for T seconds. What is found goes to
# DIR/findings; a finding worth keeping becomes a file of the corpus.
set -uo pipefail
cd "$(dirname "$0")/../.."

dir=$1
seconds=$2
mkdir -p "$dir/findings"
status=0
for source in tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	seeds=tests/fuzz/corpus/${target#fuzz_}
	found=$dir/corpus/${target#fuzz_}
	mkdir -p "$found" "$seeds"
	echo "== $target"
	"$dir/tests/fuzz/$target" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
		-artifact_prefix="$dir/findings/$target-" \
		"$found" "$seeds" 2>&1 |
		grep -E '^(==|SUMMARY|stat::number_of_executed|.*ERROR|artifact)' ||
		true
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
done
exit $status
