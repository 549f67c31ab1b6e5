#!/bin/bash
# walk.sh OUT [TEST] - what a user does on the first day.
. "$(dirname "$0")/lib.sh"

the_first_day_walk_passes() {
	ok "$root/examples/mqtt/demo.sh" "$out/miso"
	says "some pig" "No changes" "Nothing is left."
}

a_second_apply_changes_nothing() {
	stack <<-END
		one: {image: "\${image.probe}", args: [wait, "0"]}
	END
	ok miso apply --yes
	ok miso plan --detailed-exitcode
	pid=$(pid_of instance/one/process)
	ok miso apply --yes
	says "No changes"
	[ "$(pid_of instance/one/process)" = "$pid" ]
}

plan_tells_by_its_exit_status_whether_there_is_something_to_do() {
	stack <<-END
		one: {image: "\${image.probe}", args: [exit, "0"]}
	END
	ok miso plan
	status 2 miso plan --detailed-exitcode
	status 1 miso plan --detailed-exitcode --var nobody=knows
	ok miso apply --yes
	ok miso plan --detailed-exitcode
}

destroying_nothing_says_so() {
	stack </dev/null
	sed -i '/^instances:/d' miso.yaml
	ok miso destroy --yes
	says "Nothing to destroy"
}

what_has_json_is_json() {
	stack <<-END
		one: {image: "\${image.probe}", args: [say, hello]}
	END
	echo 'outputs: {ip: "${instance.one.ip}", n: 3}' >>miso.yaml
	ok miso plan --json
	python3 -c 'import json; assert len(json.load(open("said"))["resource_changes"]) == 2'
	ok miso apply --yes
	ok miso status --json
	python3 -c 'import json; assert len(json.load(open("said"))) == 2'
	ok miso output --json
	python3 -c 'import json; assert json.load(open("said"))["n"] == 3'
	ok miso output ip
	says "10."
}

what_init_writes_works() {
	ok miso init
	ok miso validate
	ok miso plan
	[ -x /usr/bin/perl ] || return 0
	read -r port < <(free_ports 1)
	ok miso apply --yes --var "port=$port"
	says "url = http://localhost:$port/"
	[ "$(ask "$port" | tail -n 1)" = "Hello, world!" ]
	status 1 miso init
	says "is there already"
}

tests the_first_day_walk_passes a_second_apply_changes_nothing \
	plan_tells_by_its_exit_status_whether_there_is_something_to_do \
	destroying_nothing_says_so what_has_json_is_json what_init_writes_works
