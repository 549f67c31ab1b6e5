#!/bin/bash
# demo.sh MISO - the first-day walk: a broker and a client come up, a message
# goes from machine to machine to this host, and everything goes away again.
set -euo pipefail

miso=$(realpath "$1")
cd "$(dirname "$0")"
MISO_HOME=$(mktemp -d)
export MISO_HOME

port=$(python3 - <<'END'
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])
END
)
args=(--var "port=$port")

clean_up() {
	"$miso" destroy --yes "${args[@]}" >/dev/null 2>&1 || true
	rm -rf "$MISO_HOME"
}
trap clean_up EXIT

say() {
	printf '\n\033[1m$ %s\033[0m\n' "$*"
}

fail() {
	echo "demo: $*" >&2
	exit 1
}

say miso plan
"$miso" plan "${args[@]}"

say miso apply
"$miso" apply --yes "${args[@]}"

say miso status
"$miso" status "${args[@]}"

say "mosquitto_sub -t web/charlotte      # on this host"
got=$(timeout 20 mosquitto_sub -V mqttv311 -h 127.0.0.1 -p "$port" \
	-t web/charlotte -C 1)
echo "$got"
[ "$got" = "some pig" ] || fail "wanted \"some pig\", got \"$got\""

say "miso apply                          # once more"
"$miso" apply --yes "${args[@]}" | tee "$MISO_HOME/again"
grep -q "No changes" "$MISO_HOME/again" || fail "the second apply changed things"
rm "$MISO_HOME/again"

say miso destroy
"$miso" destroy --yes "${args[@]}"

[ ! -e "$MISO_HOME/stacks" ] || fail "destroy left $(find "$MISO_HOME/stacks")"
if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
	fail "something still listens on port $port"
fi
for f in /proc/[0-9]*/cmdline; do
	line=$({ tr '\0' ' ' <"$f"; } 2>/dev/null) || continue
	[[ $line != *"$MISO_HOME"* ]] || fail "a process is left: $line"
done
echo
echo "Nothing is left."
