#!/bin/bash
# crash.sh OUT [TEST] - miso killed at moments nobody chose: the next one finds
# what is there, makes the rest, and nothing is there twice or without an owner.
# SEED=N makes the moments of another run.
. "$(dirname "$0")/lib.sh"

RANDOM=${SEED:-7}

two() {
	stack <<-END
		one: {image: "\${image.probe}", args: [wait, "0"], env: {N: "$1"}}
		two:
		  image: "\${image.probe}"
		  args: [wait, "0"]
		  env: {ONE: "\${instance.one.ip}"}
	END
}

# kill_after MS miso ARGS...: kill it then, unless it has ended.
kill_after() {
	local ms=$1 job
	shift
	"$@" >killed 2>&1 &
	job=$!
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
	signal_to KILL $job 2>/dev/null || true
	wait $job || true
}

# Machines of this test that run, by process.
machines() {
	local pid
	for pid in $(left_over | sort -u); do
		! tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null |
			grep -q '^-uuid$' || echo "$pid"
	done
}

is_as_it_should_be() {
	ok miso apply --yes
	ok miso plan --detailed-exitcode
	is one "running; "
	is two "running; "
	[ "$(machines | wc -l)" -eq 2 ] || fail "machines: $(machines | xargs)"
}

a_first_apply_may_be_killed_at_any_moment() {
	local i
	for i in 1 2 3; do
		two 1
		kill_after $((RANDOM % 900)) miso apply --yes
		kill_after $((RANDOM % 500)) miso apply --yes
		is_as_it_should_be
		ok miso destroy --yes
		[ -z "$(machines)" ] || fail "machines are left"
	done
}

a_change_may_be_killed_at_any_moment() {
	local i
	two 0
	ok miso apply --yes
	for i in 1 2 3; do
		# Another program every other time: that replaces both.
		[ $((i % 2)) -eq 0 ] || echo "$i" >>probe
		two "$i"
		kill_after $((RANDOM % 1200)) miso apply --yes
		is_as_it_should_be
	done
}

a_destroy_may_be_killed_at_any_moment() {
	local i
	for i in 1 2 3; do
		two 1
		ok miso apply --yes
		kill_after $((RANDOM % 400)) miso destroy --yes
		[ $((i % 2)) -eq 0 ] || is_as_it_should_be
		ok miso destroy --yes
		[ -z "$(machines)" ] || fail "machines are left"
		[ ! -e "$MISO_HOME/stacks" ] || fail "stacks are left"
	done
}

# Of a process that is gone; who is there is left alone.
what_a_killed_probe_left_is_swept() {
	local dead
	unset MISO_ACCEL # or nothing is probed
	true &
	dead=$!
	wait $dead
	mkdir -p "$MISO_HOME/probe-$dead" "$MISO_HOME/probe-$$"
	echo x >"$MISO_HOME/probe-$dead/probe"
	rm -f "$MISO_HOME/accel.json"
	two 1
	ok miso apply --yes
	[ ! -e "$MISO_HOME/probe-$dead" ] || fail "it is still there"
	[ -e "$MISO_HOME/probe-$$" ] || fail "another one's is gone"
	ok miso destroy --yes
}

tests what_a_killed_probe_left_is_swept a_first_apply_may_be_killed_at_any_moment \
	a_change_may_be_killed_at_any_moment \
	a_destroy_may_be_killed_at_any_moment
