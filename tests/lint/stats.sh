#!/bin/bash
# stats.sh - how large our functions and files are, and what has no test.
# A mirror, not a gate.
set -euo pipefail
cd "$(dirname "$0")/../.."

git ls-files '*.c' | xargs awk '
	FNR == 1 { if (lines) print "file", lines; lines = 0; start = 0 }
	{ lines = FNR }
	/^{/ { start = FNR }
	/^}/ { if (start) print "function", FNR - start - 1; start = 0 }
	END { print "file", lines }' | sort -k1,1 -k2,2n | awk '
	{ v[$1, n[$1]++] = $2 }
	END {
		for (k in n)
			printf "%-8s %6d  median %d  p90 %d  p99 %d  max %d\n",
				k, n[k], v[k, int(n[k] / 2)],
				v[k, int(n[k] * 0.9)], v[k, int(n[k] * 0.99)],
				v[k, n[k] - 1]
	}'
echo
git ls-files 'parser/*.c' 'planner/*.c' 'providers/*.c' 'kernel/lib/*.c' |
	while read -r f; do
		t=tests/unit/$(dirname "$f")/test_$(basename "$f")
		[ -e "$t" ] || echo "no unit test: $f"
	done
