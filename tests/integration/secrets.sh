#!/bin/bash
# secrets.sh OUT [TEST] - a secret gets into its machine and nowhere else.
. "$(dirname "$0")/lib.sh"

with_secret() {
	stack <<-END
		one:
		  image: "\${image.probe}"
		  args: [env, PW]
		  env: {PW: "login-\${var.pw}", PLAIN: x}
	END
	cat >>miso.yaml <<-END
		vars:
		  pw: {type: secret, default: {from_env: TEST_SECRET}}
	END
}

# nowhere TEXT: no file below MISO_HOME holds it, but the program's own output.
nowhere() {
	if grep -rlF --exclude='console.log*' -- "$1" "$MISO_HOME"; then
		fail "the secret is on the disk"
	fi
}

a_secret_reaches_its_program_and_no_file() {
	with_secret
	export TEST_SECRET=tiger-balm-7
	ok miso plan
	never_says tiger
	ok miso apply --yes
	never_says tiger
	soon logs_say one "PW=login-tiger-balm-7"
	nowhere tiger-balm
	ok miso plan --detailed-exitcode
	ok miso plan --json
	never_says tiger
	ok miso status --json
	never_says tiger
}

a_changed_secret_restarts_its_machine() {
	with_secret
	export TEST_SECRET=tiger-balm-7
	ok miso apply --yes
	export TEST_SECRET=tiger-balm-8
	status 2 miso plan --detailed-exitcode
	says "instance.one will be updated" "env.PW"
	never_says tiger
	never_says env.PLAIN
	ok miso apply --yes
	soon logs_say one "PW=login-tiger-balm-8"
	nowhere tiger-balm
	ok miso plan --detailed-exitcode
}

without_its_secret_a_machine_is_left_alone() {
	with_secret
	export TEST_SECRET=tiger-balm-7
	ok miso apply --yes
	unset TEST_SECRET
	ok miso plan
	says "the environment has no TEST_SECRET"
	status 1 miso apply --yes
	says "the environment has no TEST_SECRET"
	soon logs_say one "PW=login-tiger-balm-7"
	ok miso destroy --yes
}

tests a_secret_reaches_its_program_and_no_file \
	a_changed_secret_restarts_its_machine \
	without_its_secret_a_machine_is_left_alone
