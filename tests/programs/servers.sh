#!/bin/bash
# servers.sh OUT [TEST] - small servers in C.
. "$(dirname "$0")/lib.sh"

memcached_keeps_what_it_is_given() {
	needs /usr/bin/memcached
	read -r port < <(free_ports 1)
	machine -p "$port:11211" -m 96Mi -- /usr/bin/memcached -u root -m 32
	soon "$here/memcached.py" "$port" 1
	"$here/memcached.py" "$port" 500
	power_off
}

lighttpd_serves_files() {
	needs /usr/sbin/lighttpd
	mkdir srv
	echo hello >srv/index.html
	cat >lighttpd.conf <<-END
		server.document-root = "/srv"
		server.port = 80
		server.modules = ( "mod_indexfile" )
		index-file.names = ( "index.html" )
	END
	read -r port < <(free_ports 1)
	machine -p "$port:80" -m 48Mi --file /etc/lighttpd.conf=lighttpd.conf \
		--file /srv=srv --file /usr/lib/lighttpd=/usr/lib/lighttpd \
		-- /usr/sbin/lighttpd -D -f /etc/lighttpd.conf
	up "$port"
	get / hello
	load 2000 16
	power_off
}

tests memcached_keeps_what_it_is_given lighttpd_serves_files
