#!/bin/bash
# dhcp6.sh OUT - addresses of IPv6: from a DHCPv6 server (dnsmasq, which is the
# router too), and from a boot line.
set -uo pipefail
. "$(dirname "$0")/guest.sh"
guest_alone
if ! command -v dnsmasq >/dev/null; then
	echo "dhcp6.sh: needs dnsmasq (.ci/deps.sh integration)"
	exit 1
fi
ip addr add fd77::1/64 dev tap0 nodad

# Leases are short, so that they are renewed while the test looks.
serve() {
	timeout 200 dnsmasq --keep-in-foreground --conf-file=/dev/null \
		--user=root --group=root --port=0 --interface=tap0 \
		--bind-interfaces --leasefile-ro --log-dhcp --log-facility=- \
		--pid-file="$work/pid" --enable-ra "$@" \
		--dhcp-option=option6:dns-server,[fd77::53] \
		--dhcp-option=option6:domain-search,soup.example \
		>"$work/server" 2>&1 &
	others=($!)
}

server_says() {
	soon grep -qE -- "$1" "$work/server"
}

# The guest's echo answers at this address.
answers_at() {
	timeout 10 python3 - "$1" <<-'END'
	import socket, sys
	s = socket.create_connection((sys.argv[1], 7), 5)
	s.sendall(b"x")
	s.shutdown(socket.SHUT_WR)
	assert s.recv(9) == b"x"
	END
}

stop() {
	kill "$guest" "${others[@]}"
	{ wait "$guest" "${others[@]}"; } 2>/dev/null
	guest= others=()
}

serve --dhcp-range=fd77::100,fd77::1ff,64,2m
printf '%s\n' 'program /bin/echo' 'net * 10.77.0.2/24' 'allow tcp/7 ::/0' \
	>"$work/lines"
guest_boot "$work/lines"
check a_server_gives_an_address \
	guest_says '/128 by DHCPv6'
address=$(grep -o 'fd77::[0-9a-f]*/128' "$work/console" | head -n 1)
guest_says listening
check it_is_answered_at answers_at "${address%/*}"
check the_server_knows_it server_says "DHCPREPLY.*${address%/*}"
stop

serve --dhcp-range=fd77::,ra-stateless
guest_boot "$work/lines"
check a_router_gives_an_address_and_a_server_the_rest \
	guest_says '/64 by IPv6 router'
check the_server_is_asked_for_names server_says 'DHCPINFORMATION-REQUEST'
stop

printf '%s\n' 'program /bin/echo' 'net * fd77::5/64 via fd77::1 dns fd77::53' \
	'allow tcp/7 ::/0' >"$work/lines"
ip addr add fd88::1/128 dev lo
others=()
guest_boot "$work/lines"
check a_line_gives_an_address guest_says 'fd77::5/64'
guest_says listening
check a_static_address_is_answered_at answers_at fd77::5
check its_gateway_is_used \
	timeout 10 python3 -c '
import socket
s = socket.create_connection(("fd77::5", 7), 5, ("fd88::1", 0))
s.sendall(b"x")
s.shutdown(socket.SHUT_WR)
assert s.recv(9) == b"x"'
