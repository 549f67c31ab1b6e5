#!/bin/bash
# run.sh OUT [SCRIPT...] - programs that people bring, as Debian has them, in
# machines made by miso. `.ci/deps.sh programs` installs them.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

out=$1
shift
export MISO_ACCEL=${MISO_ACCEL:-tcg}
make -s "$out/tests/lib/probe" || exit 1
for t in tests/programs/*.sh; do
	name=$(basename "${t%.sh}")
	case $name in
	run | lib) continue ;;
	esac
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	timeout -k 5 600 "$t" "$out" || echo "FAIL $t"
done
