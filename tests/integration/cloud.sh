# cloud.sh - for scripts that need a cloud; sourced after lib.sh.
# shellcheck shell=bash disable=SC2154

# cloud [OPTION...]: start one; $url is where it answers.
cloud() {
	mkdir bytes
	coproc GCE { exec "$out/gce" --dir bytes --until-eof "$@"; }
	read -r _ url <&"${GCE[0]}"
}

# cloud_ends: it goes when nobody holds its stdin any more.
cloud_ends() {
	local pid=$GCE_PID
	eval "exec ${GCE[1]}>&-"
	wait "$pid"
}

# control WHAT JSON
control() {
	python3 - "$url/control/$1" "$2" <<'END'
import sys, urllib.request
urllib.request.urlopen(urllib.request.Request(
    sys.argv[1], sys.argv[2].encode(), {"Content-Type": "application/json"}),
    timeout=10).read()
END
}

# resources: what is there, one a line.
resources() {
	python3 -c 'import json, sys, urllib.request
print(*json.load(urllib.request.urlopen(sys.argv[1] + "/control/state",
                                        timeout=10))["resources"], sep="\n")' \
		"$url"
}

example() {
	cp -r "$root/examples/edge-to-cloud/." .
	sed -i "s|http://127.0.0.1:8086|$url|" miso.yaml
}
