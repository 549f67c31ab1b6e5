#!/bin/bash
# network.sh OUT [TEST] - who reaches whom.
. "$(dirname "$0")/lib.sh"

# server TAG: one that serves port 80, and two machines that try it.
server() {
	read -r port < <(free_ports 1)
	cat <<-END
		server:
		  image: \${image.probe}
		  args: [serve, "80", some pig]
		  ports: ["$port:80"]
		  tags: [$1]
		  wait_for: {log: serving, timeout: 10s}
		by-name:
		  image: \${image.probe}
		  args: [get, server, "80"]
		  depends_on: [instance.server]
		by-address:
		  image: \${image.probe}
		  args: [get, "\${instance.server.ip}", "80"]
	END
}

a_tagged_port_is_reached_from_everywhere() {
	server open | stack
	read -r port < <(sed -n 's/.*ports: \["\(.*\):80.*/\1/p' miso.yaml)
	ok miso apply --yes
	soon answers "$port" "some pig"
	soon logs_say by-name "server said some pig"
	soon logs_say by-address " said some pig"
}

a_port_without_a_tag_is_reached_from_nowhere() {
	server "" | stack
	read -r port < <(sed -n 's/.*ports: \["\(.*\):80.*/\1/p' miso.yaml)
	miso apply --yes >said 2>&1 || fail "no apply"
	never ask "$port"
	soon logs_say by-name "server does not answer"
	soon logs_say by-address " does not answer"
}

sources_say_who_gets_in() {
	server inside | stack
	sed -i 's|^instances:|  inside: {allow: [tcp/80], sources: [10.0.0.0/8]}\n&|' \
		miso.yaml
	ok miso apply --yes
	soon logs_say by-name "server said some pig"
	sed -i 's|sources: \[10.0.0.0/8\]|sources: [127.0.0.0/8]|' miso.yaml
	read -r port < <(sed -n 's/.*ports: \["\(.*\):80.*/\1/p' miso.yaml)
	ok miso apply --yes
	soon answers "$port" "some pig"
	sed -i 's/args: \[get, server/env: {TRY: again}, &/' miso.yaml
	sed -i 's/env: {TRY: again}, args/env: {TRY: again}\n    args/' miso.yaml
	miso apply --yes >said 2>&1 || fail "no apply"
	soon logs_say by-name "server does not answer"
}

a_tcp_port_can_be_waited_for() {
	read -r port < <(free_ports 1)
	stack <<-END
		server:
		  image: \${image.probe}
		  args: [serve, "80", some pig]
		  ports: ["$port:80"]
		  tags: [open]
		  wait_for: {tcp: 80, timeout: 10s}
	END
	ok miso apply --yes
	answers "$port" "some pig"
	sed -i 's/serve, "80"/serve, "81"/; s/timeout: 10s/timeout: 1s/' miso.yaml
	status 1 miso apply --yes
	says "its port did not answer within 1.0 s"
}

tests a_tagged_port_is_reached_from_everywhere \
	a_port_without_a_tag_is_reached_from_nowhere sources_say_who_gets_in \
	a_tcp_port_can_be_waited_for
