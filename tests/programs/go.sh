#!/bin/bash
# go.sh OUT [TEST] - a Go server: goroutines, preemption by signals, netpoll.
. "$(dirname "$0")/lib.sh"

build() {
	needs /usr/bin/go
	ok env GO111MODULE=off GOCACHE="$PWD/cache" \
		go build -o web "$here/src/web.go"
	rm -rf cache
}

go_serves_and_computes() {
	build
	read -r port < <(free_ports 1)
	machine -p "$port:80" -m 64Mi -- ./web
	up "$port"
	get / hello
	get /work 4799952
	load 2000 16
	load 200 8 /work
	power_off
	says bye
}

tests go_serves_and_computes
