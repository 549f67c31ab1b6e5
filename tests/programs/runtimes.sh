#!/bin/bash
# runtimes.sh OUT [TEST] - Node.js, Python and the JVM.
. "$(dirname "$0")/lib.sh"

node_serves_and_has_workers() {
	local modules=() # those that Debian keeps outside of node
	needs /usr/bin/node
	[ ! -d /usr/share/nodejs ] ||
		modules=(--file /usr/share/nodejs=/usr/share/nodejs)
	read -r port < <(free_ports 1)
	machine -p "$port:80" -m 256Mi --disk 256Mi \
		--file /app/web.js="$here/src/web.js" "${modules[@]}" \
		-- /usr/bin/node /app/web.js
	up "$port"
	get / hello
	get /work 4999950000
	load 500 8
	load 200 8 /work
	power_off
	says bye
}

# Debian's Python; its modules bring what they need.
python() {
	needs /usr/bin/python3.11
	machine "$@" -m 192Mi --disk 256Mi \
		--file /usr/lib/python3.11=/usr/lib/python3.11 \
		--file /app/parts.py="$here/src/parts.py" \
		--file /app/cert.pem=cert.pem --file /app/key.pem=key.pem \
		--file /var/tmp/empty="$here/lib.sh" \
		-- /usr/bin/python3.11 -u "${command[@]}"
}

certificate() {
	ok openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem \
		-out cert.pem -days 3650 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost,IP:127.0.0.1
}

python_serves_files() {
	certificate
	command=(-m http.server 80)
	read -r port < <(free_ports 1)
	python -p "$port:80"
	up "$port"
	load 300 4
	power_off 143
}

python_finds_all_its_parts() {
	certificate
	command=(/app/parts.py)
	python
	wait_end 0
	says "all parts work"
}

java_serves() {
	local jvm=/usr/lib/jvm/java-17-openjdk-amd64
	needs $jvm/bin/java $jvm/bin/javac
	ok javac -d . "$here/src/Web.java"
	read -r port < <(free_ports 1)
	machine -p "$port:80" -m 384Mi --disk 512Mi \
		--file $jvm=$jvm --file /etc/java-17-openjdk=/etc/java-17-openjdk \
		--file /app/Web.class=Web.class -- $jvm/bin/java -cp /app Web
	up "$port"
	get / hello
	get /null null
	get /garbage 20000000
	load 500 8
	load 50 4 /garbage
	load 500 4 /null
	power_off 143
	says bye
}

tests node_serves_and_has_workers python_serves_files \
	python_finds_all_its_parts java_serves
