#!/bin/bash
# refuse.sh OUT [TEST] - each mistake has a message that helps.
. "$(dirname "$0")/lib.sh"

# refuses TEXT...: plan does, and says so at the line of the file.
refuses() {
	status 1 miso plan
	says "$@"
	says miso.yaml:
	status 1 miso apply --yes
	[ ! -e "$MISO_HOME/stacks" ] || fail "something was made"
}

# program FILE [LINE]: a stack with one image.
program() {
	cat >miso.yaml <<-END
		version: 1
		name: test
		images:
		  it:
		    program: $1
		    ${2:-}
		instances:
		  it: {image: "\${image.it}"}
	END
}

# patch OFFSET BYTE: the ELF file `patched` differs from probe there.
patch() {
	cp "${3:-probe}" patched 2>/dev/null || true
	printf "\\x$2" | dd of=patched bs=1 seek="$1" conv=notrunc 2>/dev/null
	program ./patched
}

a_missing_program() {
	program ./none
	refuses "there is no program" none
	program mosquitto-none
	refuses "there is no program"
}

a_program_that_is_a_folder() {
	mkdir folder
	program ./folder
	refuses folder
}

text_that_is_no_program() {
	echo some pig >text
	program ./text
	refuses "text\" is not an ELF program"
}

a_script() {
	printf '#!/bin/sh\necho\n' >script
	chmod +x script
	program ./script
	refuses "script\" is a script, not a program"
}

another_processors_program() {
	patch 18 b7
	refuses "patched\" was built for ARM64"
}

a_32_bit_program() {
	patch 4 01
	patch 18 03 patched
	refuses "patched" "32-bit"
}

a_missing_library() {
	echo 'int pig(void) { return 0; }' >pig.c
	echo 'int pig(void); int main(void) { return pig(); }' >user.c
	gcc -shared -o libpig.so pig.c
	gcc -o user user.c libpig.so
	rm libpig.so
	program ./user
	refuses '"libpig.so", which' '/user" needs' "looked in" "/usr/lib"
}

a_missing_interpreter() {
	echo 'int main(void) { return 0; }' >main.c
	gcc -Wl,--dynamic-linker=/lib/no-such-loader.so -o strange main.c
	program ./strange
	refuses "/lib/no-such-loader.so"
}

an_image_that_does_not_fit_its_disk() {
	truncate -s 3M large
	program ./probe 'files: {/large: ./large}
    disk: 2Mi'
	refuses "larger than its disk allows" "set \"disk: "
}

too_little_memory() {
	stack <<-END
		one: {image: "\${image.probe}", memory: 4Mi}
	END
	refuses "a machine boots with"
}

too_many_boot_lines() {
	stack <<-END
		one:
		  image: \${image.probe}
		  env: {LONG: $(printf %300000s x | tr ' ' x)}
	END
	refuses "300262 bytes, more than 262144" '"env" takes most'
}

a_wait_for_a_port_that_nobody_can_try() {
	stack <<-END
		one: {image: "\${image.probe}", wait_for: {tcp: 80}}
	END
	refuses "waits for port 80, which is not published"
}

a_file_that_is_not_there() {
	program ./probe 'files: {/etc/note: ./none}'
	refuses '"/etc/note" cannot be in the image' none
}

a_file_that_the_machine_would_hide() {
	echo >note
	program ./probe 'files: {/run/note: ./note}'
	refuses "would be hidden" "/run"
}

a_port_in_use() {
	local pid
	read -r port < <(free_ports 1)
	python3 -c "import socket, time
s = socket.socket()
s.bind(('0.0.0.0', $port))
s.listen()
time.sleep(20)" &
	pid=$!
	soon bash -c "(: </dev/tcp/127.0.0.1/$port)"
	stack <<-END
		one:
		  image: \${image.probe}
		  args: [wait, "0"]
		  ports: ["$port:80"]
		  tags: [open]
	END
	status 1 miso apply --yes
	says "port $port/tcp, which is in use" "python3" "publish another one"
	kill $pid
	wait $pid 2>/dev/null || true
	ok miso apply --yes
}

a_missing_qemu() {
	stack <<-END
		one: {image: "\${image.probe}", args: [wait, "0"]}
	END
	status 1 timeout 20 env PATH=/none "$out/miso" apply --yes
	says "QEMU is not installed" "apt-get install qemu-system-x86"
	status 1 timeout 20 env PATH=/none "$out/miso" run ./probe
	says "apt-get install qemu-system-x86"
}

an_image_that_the_store_lost() {
	stack <<-END
		one: {image: "\${image.probe}", args: [wait, "0"]}
	END
	ok miso apply --yes
	rm "$MISO_HOME"/images/root-*
	status 2 miso plan --detailed-exitcode
	says "drifted: it is not in the image store"
	ok miso apply --yes
	ok miso plan --detailed-exitcode
}

two_applies_at_once() {
	local first
	stack <<-END
		one:
		  image: \${image.probe}
		  args: [wait, "0"]
		  wait_for: {log: never, timeout: 3s}
	END
	miso apply --yes >first 2>&1 &
	first=$!
	soon grep -q "instance.one: creating" first
	status 1 miso apply --yes
	says "another apply of this stack is running: " "(process "
	never wait $first
}

# What follows from a name cannot be there twice, and a mark is not guessed.
what_this_host_cannot_do() {
	stack <<-END
		one: {image: "\${image.probe}", replace: create_first}
	END
	refuses "instance.one: providers of type qemu cannot make the new" \
		"have the same name"
	sed -i 's/replace: create_first/adopt: true/' miso.yaml
	refuses "instance.one: providers of type qemu take over no instance"
}

# Somebody's folder where a machine of ours would be.
what_is_in_the_way_is_left_alone() {
	local dir=$MISO_HOME/stacks/test/default/instance/one
	stack <<-END
		one: {image: "\${image.probe}", args: [say, pig]}
	END
	mkdir -p "$dir"
	echo mine >"$dir/file"
	status 1 miso plan
	says 'instance "one" exists and does not carry the mark' miso.yaml:
	never_says "adopt"
	ok miso status
	says "Nothing is there"
	ok miso destroy --yes
	grep -qx mine "$dir/file"
	rm "$dir/file"
	ok miso apply --yes
	ok miso plan --detailed-exitcode
	# A mark that says nothing is nobody's, and is named.
	cp "$dir/spec.json" mark
	echo '{}' >"$dir/spec.json"
	status 1 miso plan
	says "the mark in" instance/one "does not say what it marks"
	cp mark "$dir/spec.json"
	ok miso plan --detailed-exitcode
}

tests a_missing_program a_program_that_is_a_folder \
	text_that_is_no_program a_script \
	another_processors_program a_32_bit_program a_missing_library \
	a_missing_interpreter an_image_that_does_not_fit_its_disk \
	too_little_memory too_many_boot_lines \
	a_wait_for_a_port_that_nobody_can_try a_file_that_is_not_there \
	a_file_that_the_machine_would_hide a_port_in_use a_missing_qemu \
	an_image_that_the_store_lost two_applies_at_once \
	what_this_host_cannot_do what_is_in_the_way_is_left_alone
