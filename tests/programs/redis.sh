#!/bin/bash
# redis.sh OUT [TEST] - redis-server, with and without files.
. "$(dirname "$0")/lib.sh"

start() {
	needs /usr/bin/redis-server /usr/bin/redis-cli
	mkdir -p data
	printf '%s\n' 'bind 0.0.0.0' 'protected-mode no' 'dir /data' "$@" \
		>redis.conf
	read -r port < <(free_ports 1)
	machine -p "$port:6379" -m 64Mi --file /etc/redis.conf=redis.conf \
		--file /data=data -- /usr/bin/redis-server /etc/redis.conf
	soon pong
}

r() {
	timeout 20 redis-cli -p "$port" "$@"
}

pong() {
	[ "$(r ping)" = PONG ]
}

never_works() {
	r "$@" >said
	says ERR
}

much() {
	local got
	timeout 60 redis-benchmark -p "$port" -q -n 5000 -c 20 -P 8 \
		-r 1000 -t set,get,incr,lpush >said
	! grep -qi error said || fail "errors:"
	got=$(r dbsize)
	[ "$got" -gt 1000 ] || fail "$got keys"
}

without_files_it_only_serves() {
	start 'save ""' 'appendonly no'
	r set name charlotte
	[ "$(r get name)" = charlotte ]
	much
	power_off
}

with_files_it_writes_them() {
	start 'save 3600 1' 'appendonly yes' 'appendfsync always'
	r set name charlotte
	much
	[ "$(r save)" = OK ]
	power_off
	debugfs -R 'ls -p /data/appendonlydir' disk.raw 2>/dev/null >said
	says appendonly.aof
	debugfs -R 'cat /data/dump.rdb' disk.raw 2>/dev/null >said
	says REDIS charlotte
}

saving_in_the_background_is_refused() {
	start 'save 3600 1' 'appendonly yes'
	r set name charlotte
	never_works bgsave
	never_works bgrewriteaof
	[ "$(r get name)" = charlotte ] # it would not PING: MISCONF
	power_off
	says "wanted a second process" "a machine holds one program" \
		"fork: Function not implemented"
}

tests without_files_it_only_serves with_files_it_writes_them \
	saving_in_the_background_is_refused
