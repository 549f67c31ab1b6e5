#!/bin/bash
# tool.sh OUT - ratios of the tool itself: twice the work, how much the time?
# Prints "NAME RATIO" lines, and absolute times for people.
set -euo pipefail
cd "$(dirname "$0")/../.."

miso=$PWD/$1/miso
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

stack() {
	echo "version: 1"
	echo "name: bench"
	echo "providers: {here: {type: fake}}"
	echo "images: {a: {program: ./a}}"
	echo "instances:"
	for ((i = 0; i < $1; i++)); do
		echo "  i$i:"
		echo "    image: \${image.a}"
		echo "    env: {N: $i}"
		((i == 0)) || echo "    depends_on: [instance.i$((i - 1))]"
	done
}

# The least of five runs, in microseconds.
least() {
	local best=999999999 a b
	for _ in 1 2 3 4 5; do
		a=${EPOCHREALTIME/./}
		"$@" >/dev/null
		b=${EPOCHREALTIME/./}
		((b - a >= best)) || best=$((b - a))
	done
	echo $best
}

ratio() {
	awk -v a="$2" -v b="$3" -v n="$1" \
		'BEGIN { printf "%-28s %.2f   (%.1f ms, %.1f ms)\n", n, b / a,
			a / 1000, b / 1000 }'
}

stack 2000 >"$dir/n.yaml"
stack 4000 >"$dir/2n.yaml"
echo "version             $(least "$miso" version) us"
for command in validate plan; do
	ratio "$command, twice the objects" \
		"$(least "$miso" $command -f "$dir/n.yaml")" \
		"$(least "$miso" $command -f "$dir/2n.yaml")"
done
