#!/bin/bash
# logs.sh OUT [TEST] - what machines say is kept, and not too much of it.
. "$(dirname "$0")/lib.sh"

logs_print_what_was_said() {
	stack <<-END
		one: {image: "\${image.probe}", args: [say, some pig, and more]}
	END
	ok miso apply --yes
	soon logs_say one "and more"
	ok miso logs one
	says "some pig" "and more"
	ok miso logs -n 1 one
	never_says "some pig"
	ok miso logs --json -n 2 one
	[ "$(jq -c '[.address, .line]' said)" = '["instance.one","some pig"]
["instance.one","and more"]' ] || fail "$(cat said)"
	status 1 miso logs onne
	says "did you mean \"one\"?"
}

following_goes_on_until_the_end() {
	local follower json
	stack <<-END
		one: {image: "\${image.probe}", args: [wait, "0"]}
	END
	ok miso apply --yes
	miso logs -f one >followed 2>&1 &
	follower=$!
	miso logs -f --json one >lines 2>&1 &
	json=$!
	soon grep -q waiting followed
	soon grep -q waiting lines
	ok miso destroy --yes
	soon grep -q "asked to end" followed
	wait $follower
	wait $json
	jq -es 'any(.line | test("asked to end"))' lines || fail "$(cat lines)"
}

logs_rotate_and_no_line_is_lost() {
	local dir=$MISO_HOME/stacks/test/default/instance/one
	stack <<-END
		one: {image: "\${image.probe}", args: [spam, "60000"]}
	END
	ok miso apply --yes
	PATIENCE=20 soon test -e "$dir/console.log.1"
	soon logs_say one waiting
	[ "$(miso logs one | grep -c '^0')" = 60000 ] ||
		fail "$(miso logs one | grep -c '^0') lines are left"
}

tests logs_print_what_was_said following_goes_on_until_the_end \
	logs_rotate_and_no_line_is_lost
