#!/bin/bash
# patience.sh OUT [TEST] - how long tests wait for what may hang.
. "$(dirname "$0")/lib.sh"

patience() {
	"$out/tests/lib/patience" "$@"
}

what_ends_keeps_its_status() {
	status 7 patience 5 sh -c 'exit 7'
	status 143 patience 5 sh -c 'kill $$'
	status 127 patience 5 ./nothing-of-this-name
}

what_waits_for_ever_is_ended() {
	status 124 patience 1 sleep 1000
	says "nothing goes on in it"
}

what_runs_for_ever_is_ended() {
	status 124 patience 1 sh -c 'while :; do :; done'
	says "it has run for too long"
}

what_got_no_processor_is_let_go_on() {
	# It takes longer than it may, but runs again and again.
	status 0 patience 1 sh -c \
		'for i in 1 2 3 4 5 6; do sleep 0.5; done; exit 0'
}

who_stops_it_stops_the_program() {
	"$out/tests/lib/patience" 100 sleep 1000 &
	until pgrep -P $! >pid; do sleep 0.05; done
	kill $!
	wait $! || :
	never kill -0 "$(cat pid)"
}

tests what_ends_keeps_its_status what_waits_for_ever_is_ended \
	what_runs_for_ever_is_ended what_got_no_processor_is_let_go_on \
	who_stops_it_stops_the_program
