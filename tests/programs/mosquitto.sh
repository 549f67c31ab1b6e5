#!/bin/bash
# mosquitto.sh OUT [TEST] - a broker with TLS that keeps what it was told.
. "$(dirname "$0")/lib.sh"

start() {
	needs /usr/sbin/mosquitto /usr/bin/mosquitto_pub
	ok openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem \
		-out cert.pem -days 3650 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost,IP:127.0.0.1
	cat >mosquitto.conf <<-END
		user root
		listener 1883 0.0.0.0
		listener 8883 0.0.0.0
		certfile /etc/mosquitto/cert.pem
		keyfile /etc/mosquitto/key.pem
		allow_anonymous true
		persistence true
		persistence_location /data/
		autosave_interval 1
		autosave_on_changes true
		log_dest stderr
	END
	read -r port tls < <(free_ports 2)
	machine -p "$port:1883" -p "$tls:8883" -m 48Mi \
		--file /etc/mosquitto/mosquitto.conf=mosquitto.conf \
		--file /etc/mosquitto/cert.pem=cert.pem \
		--file /etc/mosquitto/key.pem=key.pem \
		--file /data/here=mosquitto.conf \
		-- /usr/sbin/mosquitto -c /etc/mosquitto/mosquitto.conf
	soon publish first
}

publish() {
	timeout 10 mosquitto_pub -h 127.0.0.1 -p "$tls" --cafile cert.pem \
		-t web/charlotte -q 1 --retain -m "$1"
}

messages_go_through_tls_and_stay() {
	start
	for i in {1..20}; do
		publish "some pig $i"
	done
	ok timeout 10 mosquitto_sub -h 127.0.0.1 -p "$tls" --cafile cert.pem \
		-t web/charlotte -C 1
	says "some pig 20"
	power_off
	debugfs -R 'cat /data/mosquitto.db' disk.raw 2>/dev/null |
		strings >said
	says "some pig 20"
}

a_stream_arrives_whole() {
	local listener
	start
	timeout 60 mosquitto_sub -h 127.0.0.1 -p "$port" -t stream -q 1 \
		-C 3000 >got 2>&1 &
	listener=$!
	sleep 0.5
	seq 3000 | timeout 60 mosquitto_pub -h 127.0.0.1 -p "$port" \
		-t stream -q 1 -l
	wait "$listener"
	seq 3000 | cmp - got
	power_off
}

tests messages_go_through_tls_and_stay a_stream_arrives_whole
