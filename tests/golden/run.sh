#!/bin/bash
# run.sh OUT - miso's output against files.
#
# Each folder with a file `steps` is a case. A line of `steps` is a command
# line of miso (or "! COMMAND" for the shell); what it prints on stdout and
# stderr, and its exit status, are compared with `expected`. Times are masked.
# UPDATE=1 writes `expected` instead.
set -uo pipefail
cd "$(dirname "$0")/../.."

miso=$PWD/$1/miso
export MISO=$miso
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

step() {
	echo "\$ $1"
	if [[ $1 == '! '* ]]; then
		timeout 20 bash -c "${1#! }" 2>&1
	else
		eval "timeout 20 '$miso' $1" >out 2>err </dev/null
		set -- $? "$1"
		cat out err
		[ "$1" -eq 0 ] || echo "exit status $1"
		rm -f out err
	fi
}

mask() {
	sed -E -e 's/ (in|after) [0-9]+\.[0-9]s$/ \1 N s/' \
		-e 's/("@timestamp":)"[^"]*"/\1"T"/' \
		-e 's/("elapsed_seconds":)[0-9.]+/\1N/' \
		-e 's/20[0-9]{2}-[0-9-]{5}T[0-9:]{8}Z/THEN/' \
		-e 's/ [a-z]+@[^ ]+$/ SOMEBODY/'
}

for steps in tests/golden/*/steps; do
	dir=$(dirname "$steps")
	name=golden/$(basename "$dir")
	rm -rf "${scratch:?}/work"
	cp -r "$dir" "$scratch/work"
	(
		cd "$scratch/work" || exit
		rm -f expected
		while IFS= read -r line; do
			[[ -z $line || $line == \#* ]] || step "$line"
		done <steps
	) | mask >"$scratch/got"
	if [ -n "${UPDATE:-}" ]; then
		cp "$scratch/got" "$dir/expected"
	elif ! diff -u "$dir/expected" "$scratch/got"; then
		echo "FAIL $name"
		continue
	fi
	echo "ok $name"
done
