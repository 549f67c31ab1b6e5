#!/bin/bash
# run.sh OUT - measure, as ratios in one run; write OUT/bench.json and a table.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$1
mkdir -p "$out/bench"
musl-gcc -O2 -static -o "$out/bench/hello" tests/bench/hello.c
gcc -O2 -static -o "$out/bench/hello-glibc" tests/bench/hello.c
tests/bench/apply.sh "$out"
exec python3 tests/bench/bench.py "$out"
