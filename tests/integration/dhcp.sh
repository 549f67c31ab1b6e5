#!/bin/bash
# dhcp.sh OUT - addresses from a server that answers late, as clouds give them.
set -uo pipefail
. "$(dirname "$0")/guest.sh"
guest_alone

timeout 100 python3 "$here/dhcp.py" >"$work/dhcp" 2>&1 &
others+=($!)
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
