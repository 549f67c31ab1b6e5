#!/bin/bash
# apply.sh OUT - what an apply and a list cost, with a provider that costs
# nothing: times against their limits, and the growth when the work doubles.
set -euo pipefail
cd "$(dirname "$0")/../.."

miso=$PWD/$1/miso
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# stack N SETTINGS: N instances at the fake provider.
stack() {
	echo "version: 1"
	echo "name: bench"
	echo "providers: {here: {type: fake$2}}"
	echo "images: {a: {program: ./a}}"
	echo "instances:"
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "  i%d:\n    image: ${image.a}\n" \
				"    env: {N: %d}\n", i, i
	}'
}

# seconds COMMAND...: the least of three runs.
seconds() {
	local best=999999999 a b
	for _ in 1 2 3; do
		a=${EPOCHREALTIME/./}
		"$@" >/dev/null 2>&1
		b=${EPOCHREALTIME/./}
		((b - a >= best)) || best=$((b - a))
	done
	awk -v us=$best 'BEGIN { printf "%.3f", us / 1e6 }'
}

# row NAME FOUND LIMIT UNIT
row() {
	awk -v n="$1" -v x="$2" -v l="$3" -v u="$4" 'BEGIN {
		printf "%-40s %8s %-6s at most %s%s\n", n, x, u, l,
			((x + 0 > l + 0) ? "   OVER" : "") }'
}

for n in 5000 10000 20000; do
	stack $n "" >$n.yaml
done
half=$(seconds "$miso" apply --yes -f 5000.yaml)
whole=$(seconds "$miso" apply --yes -f 10000.yaml)
twice=$(seconds "$miso" apply --yes -f 20000.yaml)
row "apply, 10,000 instant changes" "$whole" 3 s
row "apply, 10,000 against 5,000" \
	"$(awk "BEGIN { printf \"%.2f\", $whole / $half }")" 2.3 times
row "apply, 20,000 against 10,000" \
	"$(awk "BEGIN { printf \"%.2f\", $twice / $whole }")" 2.3 times

stack 10000 ", state: state.json" >state.yaml
"$miso" apply --yes -f state.yaml >/dev/null 2>&1
stack 10000 ", state: state.json, page: 500, list_delay: 50ms, trace: trace" \
	>pages.yaml
row "list 10,000, 50 ms a call" \
	"$(seconds "$miso" status -f pages.yaml)" 3 s
row "list 10,000, calls" "$(($(grep -c '^list' trace) / 3))" 40 calls
row "start-up" "$(seconds "$miso" version)" 0.005 s
