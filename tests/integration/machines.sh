#!/bin/bash
# machines.sh OUT [TEST] - the kinds of machines QEMU has, and their sizes.
. "$(dirname "$0")/lib.sh"

boots_and_powers_off() {
	cat >providers.yaml <<-END
		providers: {qemu: {type: qemu, machine: $1}}
	END
	read -r port < <(free_ports 1)
	stack <<-END
		server:
		  image: \${image.probe}
		  args: [serve, "80", $1]
		  ports: ["$port:80"]
		  tags: [open]
		waiter: {image: "\${image.probe}", args: [wait, "0"]}
	END
	ok miso apply --yes
	soon answers "$port" "$1"
	soon logs_say waiter waiting
	# They end by themselves, long before their time is up.
	start=$SECONDS
	ok miso destroy --yes
	[ $((SECONDS - start)) -le 5 ] || fail "powering off takes too long"
}

microvm_boots_and_powers_off() {
	boots_and_powers_off microvm
}

q35_boots_and_powers_off() {
	boots_and_powers_off q35
}

pc_boots_and_powers_off() {
	boots_and_powers_off pc
}

writable_and_executable_memory_can_be_denied() {
	stack <<-END
		free: {image: "\${image.probe}", args: [wx]}
		strict:
		  image: \${image.probe}
		  args: [wx]
		  security: {wx: deny}
	END
	ok miso apply --yes
	soon logs_say free "it is"
	soon logs_say strict "Permission denied"
}

mosquitto_runs_in_8_mib() {
	local run
	[ -x /usr/sbin/mosquitto ] || return 0
	read -r port < <(free_ports 1)
	printf 'listener 1883\nallow_anonymous true\nuser root\n' >conf
	miso run -m 8Mi -p "$port:1883" --file /etc/m.conf=conf \
		/usr/sbin/mosquitto -c /etc/m.conf >ran 2>&1 &
	run=$!
	soon timeout 5 mosquitto_pub -V mqttv311 -h 127.0.0.1 -p "$port" -t a -m b -q 1
	signal_to INT $run
	wait $run || fail "status $?: $(cat ran)"
}

tests microvm_boots_and_powers_off q35_boots_and_powers_off \
	pc_boots_and_powers_off mosquitto_runs_in_8_mib \
	writable_and_executable_memory_can_be_denied
