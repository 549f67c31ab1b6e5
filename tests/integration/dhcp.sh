#!/bin/bash
# dhcp.sh OUT - addresses from a server that answers late, as clouds give them.
set -uo pipefail
. "$(dirname "$0")/guest.sh"
guest_alone

serve() {
	timeout 100 python3 "$here/dhcp.py" "$@" >"$work/dhcp" 2>&1 &
	others=($!)
}

serve
printf '%s\n' 'program /bin/echo' 'net * dhcp' 'allow tcp/7 0.0.0.0/0' \
	>"$work/lines"
guest_boot "$work/lines"

# How many bytes of data the guest says it takes at once, seen from here.
takes() {
	timeout 10 python3 - "$1" <<-'END'
	import socket, sys
	s = socket.create_connection(("10.77.0.2", 7), 5)
	mss = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
	s.sendall(b"x")
	s.shutdown(socket.SHUT_WR)
	assert s.recv(9) == b"x"
	assert mss <= int(sys.argv[1]), mss
	END
}

check it_asks_again_and_says_so \
	guest_says 'DHCP: looking for a server, try 2'
check a_prefix_of_32_with_a_gateway_works \
	guest_says '10.77.0.2/32 gateway 10.77.0.1 by DHCP'
guest_says listening
check the_mtu_of_the_server_holds takes 1360

# --- routes ---

stop() {
	kill "$guest" "${others[@]}"
	{ wait "$guest" "${others[@]}"; } 2>/dev/null
	guest= others=()
}

# Does an answer come to this address of ours?
answers_to() {
	timeout 10 python3 - "$1" <<-'END'
	import socket, sys
	s = socket.create_connection(("10.77.0.2", 7), 5, (sys.argv[1], 0))
	s.sendall(b"x")
	s.shutdown(socket.SHUT_WR)
	assert s.recv(9) == b"x"
	END
}

stop
for address in 10.77.0.3/24 10.99.0.1/16 10.98.7.1/32; do
	ip addr add "$address" dev tap0
done
serve routes
guest_boot "$work/lines"
check the_gateway_of_the_routes_counts \
	guest_says '10.77.0.2/32 gateway 10.77.0.66 by DHCP'
guest_says listening
check a_route_may_be_on_the_link answers_to 10.77.0.1
check a_route_may_be_to_one_address answers_to 10.98.7.1
check a_route_has_a_gateway_of_its_own answers_to 10.99.0.1
