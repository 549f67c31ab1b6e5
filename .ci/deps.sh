#!/bin/bash
# deps.sh [SET] - install Debian packages. Without a SET those that building and
# `make check` need; the sets are in the table below. Quick when they are all
# there. Uses sudo when it is not run as root.
set -euo pipefail

set=${1:-check}
case $set in
check)
	packages=(
		# build
		build-essential clang pkg-config dpkg-dev ca-certificates git
		xz-utils libyaml-dev libpcre2-dev libjansson-dev libssl-dev
		libarchive-dev libext2fs-dev comerr-dev zlib1g-dev
		libcurl4-openssl-dev
		# run
		qemu-system-x86 qemu-utils e2fsprogs
		# check
		clang-format clang-tidy libcmocka-dev libclang-rt-14-dev
		musl-tools gdb iproute2 procps python3 jq libmicrohttpd-dev
		# the programs of the examples
		mosquitto mosquitto-clients
	)
	;;
integration) # what tests/integration and tests/schema ask and look with
	packages=(
		rsyslog dnsmasq-base fdisk dosfstools mtools ovmf mandoc zsh fish curl chromium fonts-dejavu-core
	)
	command -v npm >/dev/null || packages+=(nodejs npm)
	;;
programs) # what tests/programs runs in machines, or makes for them
	packages=(
		nginx-light redis-server memcached lighttpd sqlite3 mosquitto
		nodejs openjdk-17-jre-headless haproxy perl ruby3.1 socat iputils-ping
		dnsmasq-base prometheus-node-exporter
		apache2-bin mariadb-server-core mariadb-client-core
		golang-go golang-github-eclipse-paho.mqtt.golang-dev
		openjdk-17-jdk-headless ca-certificates
		# ask them
		curl redis-tools mosquitto-clients openssl
		binutils
	)
	;;
bench)
	packages=(
		nginx-light redis-server redis-tools sqlite3 iperf3
		apache2-utils
	)
	;;
*)
	echo "deps.sh: there is no set \"$set\"" >&2
	exit 1
	;;
esac

missing=()
for p in "${packages[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)
	[ "$state" = installed ] || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

# A package that brings a service must not start it: the examples want the
# program, not a daemon on its port.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
	"${as_root[@]}" chmod 755 $policy
	trap '"${as_root[@]}" rm -f $policy' EXIT
fi

echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
	--no-install-recommends "${missing[@]}" >/dev/null
