#!/bin/bash
# corpus.sh OUT - replay the corpus of every fuzz target once.
set -uo pipefail
cd "$(dirname "$0")/../.."

for source in tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	name=${target#fuzz_}
	for file in "tests/fuzz/corpus/$name"/*; do
		[ -e "$file" ] || continue
		if timeout 20 "$1/tests/corpus/$target" "$file"; then
			echo "ok corpus/$name/$(basename "$file")"
		else
			echo "FAIL corpus/$name/$(basename "$file")"
		fi
	done
done
