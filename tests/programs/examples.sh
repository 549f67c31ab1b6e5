#!/bin/bash
# examples.sh OUT [TEST] - the stacks of examples/, applied and asked.
. "$(dirname "$0")/lib.sh"

# example NAME: a copy of it, applied; $port is where it can be asked.
example() {
	cp -r "$root/examples/$1/." .
	read -r port < <(free_ports 1)
	vars=(--var "port=$port")
	[ "$1" != go-mqtt ] || build_gom
	ok miso apply --yes "${vars[@]}"
}

build_gom() {
	needs /usr/bin/go /usr/share/gocode/src/github.com/eclipse
	ok env GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$PWD/cache" \
		go build -o gom .
	rm -rf cache
}

destroyed() {
	ok miso destroy --yes "${vars[@]}"
	rm miso.yaml
}

an_edge_client_in_go_publishes_and_ends() {
	example go-mqtt
	soon logs_say edge "published 10 readings"
	ok timeout 10 mosquitto_sub -h 127.0.0.1 -p "$port" \
		-t edge/temperature -C 1
	says 29
	soon ended_well edge
	destroyed
}

# ended_well INSTANCE: its program's exit status was 0.
ended_well() {
	state "$1" | grep -qE '^(stopped|exited)'
}

nginx_serves() {
	example nginx
	up "$port"
	get / "$(cat www/index.html)"
	load 500 8
	soon logs_say web 'GET / HTTP'
	destroyed
}

redis_keeps() {
	needs /usr/bin/redis-cli
	example redis
	ok redis-cli -p "$port" set name charlotte
	ok redis-cli -p "$port" get name
	says charlotte
	destroyed
}

tests an_edge_client_in_go_publishes_and_ends nginx_serves redis_keeps
