#!/bin/bash
# nginx.sh OUT [TEST] - nginx with what Debian's nginx.conf turns on.
. "$(dirname "$0")/lib.sh"

conf() {
	needs /usr/sbin/nginx
	mkdir -p srv empty
	echo hello >srv/index.html
	head -c 3000000 /dev/urandom >srv/big
	cat >nginx.conf <<-END
		daemon off;
		master_process off;
		error_log stderr;
		pid /run/nginx.pid;
		events { worker_connections 768; }
		http {
			sendfile on;
			tcp_nopush on;
			types_hash_max_size 2048;
			include /etc/nginx/mime.types;
			gzip on;
			access_log $1;
			server { listen 80; root /srv; }
		}
	END
	read -r port < <(free_ports 1)
	machine -p "$port:80" -m 48Mi --file /etc/nginx/nginx.conf=nginx.conf \
		--file /etc/nginx/mime.types=/etc/nginx/mime.types \
		--file /srv=srv --file /var/lib/nginx=empty \
		--file /var/log/nginx=empty -- /usr/sbin/nginx
	up "$port"
}

files_come_as_they_are() {
	conf off
	get / hello
	for _ in 1 2 3; do
		curl -sS --max-time 20 "http://127.0.0.1:$port/big" |
			cmp - srv/big
	done
	load 2000 16
	load 40 4 /big
	get / hello
	power_off
}

a_log_is_written() {
	conf /var/log/nginx/access.log
	load 500 8
	power_off
	debugfs -R 'cat /var/log/nginx/access.log' disk.raw 2>/dev/null >log
	[ "$(grep -c 'GET / HTTP' log)" -ge 500 ] || fail "$(wc -l log)"
}

tests files_come_as_they_are a_log_is_written
