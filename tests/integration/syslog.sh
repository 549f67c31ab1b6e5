#!/bin/bash
# syslog.sh OUT - console lines reach a real rsyslogd on the loopback, whose
# name the boot lines say, through QEMU's user network.
set -uo pipefail
. "$(dirname "$0")/guest.sh"
rsyslogd=$(PATH=$PATH:/usr/sbin command -v rsyslogd) || {
	echo "syslog: there is no rsyslogd: left out"
	exit 0
}

port=$(python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
cat >"$work/conf" <<END
module(load="imudp")
input(type="imudp" address="127.0.0.1" port="$port")
template(name="t" type="string" string="%HOSTNAME% %APP-NAME% %syslogfacility-text% %msg%\n")
*.* action(type="omfile" file="$work/lines.log" template="t")
END
timeout 100 "$rsyslogd" -n -f "$work/conf" -i "$work/pid" >"$work/rsyslogd" 2>&1 &
others+=($!)
soon grep -qi "0100007F:$(printf '%04X' "$port") " /proc/net/udp

netdev=user,id=n
printf '%s\n' 'program /bin/echo' 'hostname kitchen' 'net * dhcp' \
	'nonsense first' 'host 10.0.2.2 logs.example' "log syslog logs.example:$port" \
	>"$work/lines"
guest_boot "$work/lines"
guest_says listening

check the_programs_lines_arrive \
	soon grep -qx 'kitchen miso local0 echo: listening' "$work/lines.log"
check what_was_said_before_the_network_arrives \
	soon grep -q '^kitchen miso local0 miso:.*nonsense' "$work/lines.log"
check the_kernels_lines_arrive \
	soon grep -q '^kitchen miso local0 miso: net: eth0 fec0::' \
	"$work/lines.log"
