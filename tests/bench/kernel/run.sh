#!/bin/bash
# run.sh OUT [ROW...] - our kernel against Debian's, in a network namespace.
#
# It needs root, for the namespace with its tap device; that is gone when this
# script ends, however it ends.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
out=$1
if [ "$(id -u)" != 0 ]; then
	echo "bench: the figures against Linux need root (a tap device): left out"
	exit 0
fi
mkdir -p "$out/bench"
"$here/linux.sh" "$out/bench/linux"
gcc -O2 -static -o "$out/bench/init" "$here/init.c"
gcc -O2 -static -o "$out/bench/cpu" "$here/cpu.c"
gcc -O2 -static -pthread -o "$out/bench/scale" "$here/scale.c"
gcc -O2 -o "$out/bench/mqtt" "$here/mqtt.c"

# shellcheck disable=SC2016 # for the inner shell
exec unshare --net bash -c '
set -e
ip link set lo up
ip tuntap add tap0 mode tap
ip addr add 10.77.0.1/24 dev tap0
ip link set tap0 up
exec python3 "$0" "$@"' "$here/kernel.py" "$@"
