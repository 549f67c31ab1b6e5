#!/bin/bash
# repair.sh OUT [TEST] - what happens to machines behind our back.
. "$(dirname "$0")/lib.sh"

a_server() {
	read -r port < <(free_ports 1)
	stack <<-END
		server:
		  image: \${image.probe}
		  args: [serve, "80", some pig]
		  ports: ["$port:80"]
		  tags: [open]
		  wait_for: {log: serving, timeout: 10s}
	END
	ok miso apply --yes
	soon answers "$port" "some pig"
}

a_killed_machine_is_drift_and_is_repaired() {
	a_server
	kill -9 "$(pid_of instance/server/process)"
	soon is server "stopped; its process is gone"
	status 2 miso plan --detailed-exitcode
	says instance.server updated "drifted: its process is gone"
	ok miso apply --yes
	soon answers "$port" "some pig"
	ok miso plan --detailed-exitcode
}

a_killed_switch_is_drift_and_is_repaired() {
	local switch
	a_server
	switch=$(pid_of net/switch)
	pid=$(pid_of instance/server/process)
	kill -9 "$switch"
	status 2 miso plan --detailed-exitcode
	says "drifted: its network switch is gone"
	ok miso apply --yes
	ok miso plan --detailed-exitcode
	[ "$(pid_of instance/server/process)" = "$pid" ]
	answers "$port" "some pig"
}

messages_flow_again_after_a_repair() {
	a_server
	kill -9 "$(pid_of net/switch)"
	sed 's/^\t*//' >>miso.yaml <<-END
		  client:
		    image: \${image.probe}
		    args: [get, server, "80"]
		    depends_on: [instance.server]
	END
	ok miso apply --yes
	soon logs_say client "server said some pig"
}

a_program_that_fails_is_a_fault_with_its_status() {
	stack <<-END
		one: {image: "\${image.probe}", args: [exit, "3"]}
	END
	miso apply --yes >said 2>&1 || true
	soon is one "stopped; the program exited with status 3"
	status 2 miso plan --detailed-exitcode
	says "drifted: the program exited with status 3"
}

a_program_that_a_signal_ended_is_a_fault() {
	stack <<-END
		one: {image: "\${image.probe}", args: [kill, "11"]}
	END
	miso apply --yes >said 2>&1 || true
	soon is one "stopped; the program was ended by signal 11"
}

a_program_that_is_done_is_no_fault() {
	stack <<-END
		one: {image: "\${image.probe}", args: [exit, "0"]}
	END
	ok miso apply --yes
	soon is one "exited 0; "
	ok miso plan --detailed-exitcode
}

a_restart_on_failure_happens_inside_of_the_machine() {
	stack <<-END
		one:
		  image: \${image.probe}
		  args: [once, /var/lib/seen]
		  restart: on-failure
	END
	ok miso apply --yes
	pid=$(pid_of instance/one/process)
	soon logs_say one "the second time"
	soon is one "exited 0; "
	[ "$(pid_of instance/one/process)" = "$pid" ]
}

what_never_came_up_is_a_fault() {
	stack <<-END
		one:
		  image: \${image.probe}
		  args: [wait, "0"]
		  wait_for: {log: some pig, timeout: 1s}
		two:
		  image: \${image.probe}
		  args: [wait, "0"]
		  depends_on: [instance.one]
	END
	status 1 miso apply --yes
	says "did not come up" "within 1.0 s" "instance.two: not tried"
	is one "running; it has not come up"
	status 2 miso plan --detailed-exitcode
	sed -i 's/some pig/waiting/; s/1s/10s/' miso.yaml
	ok miso apply --yes
	ok miso plan --detailed-exitcode
}

interrupting_an_apply_finishes_what_is_in_flight() {
	local apply
	stack <<-END
		one: {image: "\${image.probe}", args: [wait, "0"]}
		slow:
		  image: \${image.probe}
		  args: [wait, "0"]
		  wait_for: {log: some pig, timeout: 20s}
		after:
		  image: \${image.probe}
		  args: [wait, "0"]
		  depends_on: [instance.slow]
	END
	miso apply --yes >applied 2>&1 &
	apply=$!
	soon grep -q "instance.one: created" applied
	signal_to INT $apply
	never wait $apply
	cp applied said
	says stopping "instance.after: not tried" \
		"2 of 4 changes done, 1 failed, 1 not tried"
	sed -i 's/some pig/waiting/' miso.yaml
	ok miso apply --yes
	ok miso plan --detailed-exitcode
}

# A process that has its pid now is not it.
a_reused_pid_is_never_signalled() {
	local dir=$MISO_HOME/stacks/test/default/instance/server pid
	a_server
	kill -9 "$(pid_of instance/server/process)"
	soon is server "stopped; its process is gone"
	sleep 60 &
	pid=$!
	echo $pid >"$dir/pid"
	sed -i "s/\"pid\":[0-9]*/\"pid\":$pid/" "$dir/process.json"
	is server "stopped; its process is gone"
	ok miso apply --yes
	kill -0 $pid
	kill $pid
}

tests a_killed_machine_is_drift_and_is_repaired \
	a_killed_switch_is_drift_and_is_repaired \
	messages_flow_again_after_a_repair \
	a_program_that_fails_is_a_fault_with_its_status \
	a_program_that_a_signal_ended_is_a_fault \
	a_program_that_is_done_is_no_fault \
	a_restart_on_failure_happens_inside_of_the_machine \
	what_never_came_up_is_a_fault \
	interrupting_an_apply_finishes_what_is_in_flight \
	a_reused_pid_is_never_signalled
