#!/bin/bash
# offload.sh OUT - checksums and segments that the network card makes: QEMU's
# user network leaves such work to nobody, a tap device has it all.
set -uo pipefail
. "$(dirname "$0")/guest.sh"
guest_alone

printf '%s\n' 'program /bin/echo' 'net * 10.77.0.2/24' \
	'allow tcp/7 0.0.0.0/0' 'allow udp/7 0.0.0.0/0' \
	'allow tcp/7 ::/0' 'allow udp/7 ::/0' >"$work/lines"
guest_boot "$work/lines"
guest_says listening

# Nobody may use a link-local address before it is known to be unique (RFC
# 4862, 5.4), and that takes this host a second or two.
address_is_settled() {
	ip -6 addr show dev tap0 scope link | grep -q inet6 &&
		! ip -6 addr show dev tap0 tentative | grep -q inet6
}
soon address_is_settled

for name in $(python3 "$here/offload.py"); do
	check "$name" timeout 25 python3 "$here/offload.py" "$name"
done
