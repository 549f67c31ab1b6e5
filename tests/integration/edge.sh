#!/bin/bash
# edge.sh OUT [TEST] - examples/edge-to-cloud: brokers in the cloud, clients on
# this host's QEMU at two sites. In a network of its own, where the cloud's
# addresses are real ones: machines cannot reach their host's loopback.
TEST_SECONDS=300
if [ "$(id -u)" != 0 ]; then
	echo "edge: needs root (a network of its own): left out"
	exit 0
fi
if [ -z "${EDGE_NET:-}" ]; then
	EDGE_NET=1 exec unshare --net "$0" "$@"
fi
if [ -z "${INSIDE:-}" ]; then
	ip link set lo up
	ip addr add 198.18.0.1/32 dev lo
	ip addr add 198.18.0.2/32 dev lo
fi
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cloud.sh"

# apply SITE ADDRESS: and what its clients say to the broker there.
apply() {
	ok timeout 240 "$out/miso" apply --yes --site "$1"
	says "$2:1883"
}

hears() {
	timeout 5 mosquitto_sub -h "$1" -t 'edge/#' -C "$2" -v | sort >heard &&
		[ "$(wc -l <heard)" = "$2" ]
}

clients_at_two_sites_publish_to_their_brokers() {
	cloud --open --addresses 198.18.0.1
	example
	apply oslo 198.18.0.1
	apply bergen 198.18.0.2
	PATIENCE=120 soon hears 198.18.0.1 2
	printf 'edge/oslo/%s some pig\n' 0 1 | diff - heard
	PATIENCE=120 soon hears 198.18.0.2 1
	echo 'edge/bergen/0 some pig' | diff - heard
	for site in oslo bergen; do
		ok timeout 120 "$out/miso" destroy --yes --site $site
	done
	[ -z "$(resources)" ] || fail "left: $(resources)"
	rm miso.yaml
	cloud_ends
}

tests clients_at_two_sites_publish_to_their_brokers
