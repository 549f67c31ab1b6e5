#!/bin/bash
# roll.sh OUT [TEST] - waiting for machines, and groups that change in turn.
. "$(dirname "$0")/lib.sh"

# serve TEXT: three machines that say it, on the ports a, b and c.
serve() {
	stack <<-END
		web:
		  for_each: ['$a', '$b', '$c']
		  image: "\${image.probe}"
		  args: [serve, "80", "$1"]
		  ports: ["\${each.value}:80"]
		  tags: [open]
		  wait_for: {$2}
	END
}

good='HTTP/1.1 200 OK\r\n\r\nold'

it_waits_for_a_good_answer_over_http() {
	read -r a b c < <(free_ports 3)
	serve "$good" 'http: 80/health, timeout: 10s'
	ok miso apply --yes
	[ "$(ask "$a" | tail -n 1)" = old ]
	ok miso plan --detailed-exitcode
}

a_group_that_does_not_come_up_keeps_the_old_ones() {
	read -r a b c < <(free_ports 3)
	serve "$good" 'http: 80, timeout: 10s'
	ok miso apply --yes
	serve 'HTTP/1.1 503 No\r\n\r\nnew' 'http: 80, timeout: 1s'
	status 1 miso apply --yes
	says "its port gave no good answer over HTTP" "not tried" \
		"0 of 3 changes done, 1 failed, 2 not tried"
	# One of them was tried, and the others serve as before.
	[ "$(for p in $a $b $c; do ask "$p" | tail -n 1; done | sort |
		uniq -c | xargs)" = "1 new 2 old" ]
	# Mended, it goes on from there, one after the other.
	serve 'HTTP/1.1 200 OK\r\n\r\nnew' 'http: 80, timeout: 10s'
	ok miso apply --yes
	says "3 to update"
	for p in $a $b $c; do
		[ "$(ask "$p" | tail -n 1)" = new ]
	done
}

while_a_group_changes_the_others_serve() {
	local down=0 most=0
	read -r a b c < <(free_ports 3)
	serve "$good" 'tcp: 80, timeout: 10s'
	ok miso apply --yes
	serve 'HTTP/1.1 200 OK\r\n\r\nnew' 'tcp: 80, timeout: 10s'
	miso apply --yes >changed 2>&1 &
	while kill -0 $! 2>/dev/null; do
		down=0
		for p in $a $b $c; do
			[[ $(ask "$p" 2>/dev/null | tail -n 1) =~ old|new ]] ||
				down=$((down + 1))
		done
		((down <= most)) || most=$down
	done
	wait $!
	[ "$most" -le 1 ] || fail "$most were down at once"
	for p in $a $b $c; do
		[ "$(ask "$p" | tail -n 1)" = new ]
	done
}

tests it_waits_for_a_good_answer_over_http \
	a_group_that_does_not_come_up_keeps_the_old_ones \
	while_a_group_changes_the_others_serve
