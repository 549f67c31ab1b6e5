#!/bin/bash
# hops.sh OUT - who makes too few hops is told by whom, as traceroute wants it.
set -uo pipefail
. "$(dirname "$0")/guest.sh"
guest_alone

# This host is the guest's router to a network that nobody answers in.
echo 1 >/proc/sys/net/ipv4/ip_forward
ip tuntap add behind mode tap
ip addr add 10.99.0.1/24 dev behind
ip link set behind up

program=hops
printf '%s\n' 'program /bin/hops' 'arg 10.99.0.2' \
	'net * 10.77.0.2/24 via 10.77.0.1' >"$work/lines"
guest_boot "$work/lines"
guest_says "hops: done"

# EHOSTUNREACH is 113, ICMP's type 11 and code 0 are RFC 792's.
for what in datagram ping; do
	check "a_${what}_that_makes_too_few_hops_is_told_by_whom" guest_says \
		"hops: $what: error 113, type 11, code 0 by 10.77.0.1"
done
