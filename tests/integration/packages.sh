#!/bin/bash
# packages.sh OUT [TEST] - programs from Debian packages, of a source that the
# tests make themselves: apt is told of no other.
. "$(dirname "$0")/lib.sh"

# package NAME VERSION [FIELD...]: what is in p/NAME becomes a package.
package() {
	local name=$1 version=$2
	mkdir -p "p/$name/DEBIAN" source
	printf '%s\n' "Package: $name" "Version: $version" \
		"Architecture: amd64" "Maintainer: Nobody <nobody@example.org>" \
		"Description: a test" "${@:3}" >"p/$name/DEBIAN/control"
	dpkg-deb --root-owner-group -Zgzip -b "p/$name" \
		"source/${name}_$version.deb" >/dev/null
}

# publish: apt sees what is in source/ now.
publish() {
	local deb
	for deb in source/*.deb; do
		dpkg-deb -f "$deb"
		echo "Filename: ./$(basename "$deb")"
		echo "Size: $(stat -c %s "$deb")"
		echo "SHA256: $(sha256sum <"$deb" | cut -d' ' -f1)"
		echo
	done >source/Packages
	echo "deb [trusted=yes] copy:$PWD/source ./" >sources.list
	cat >apt.conf <<-END
		Dir::Etc::sourcelist "$PWD/sources.list";
		Dir::Etc::sourceparts "/dev/null";
	END
	export APT_CONFIG=$PWD/apt.conf
}

# libraries_of PROGRAM: into p/libs, from this host.
libraries_of() {
	local file
	for file in $(ldd "$1" | grep -o '/[^ ]*'); do
		install -D "$(realpath "$file")" "p/libs$file"
	done
}

# The program probe in a package of its own, and its libraries in another.
probe_package() {
	install -D probe p/probe/usr/bin/probe
	libraries_of probe
	package libs 1
	package probe "$1" 'Depends: libs'
	publish
}

# stack_of PACKAGE [ARGUMENT...]
stack_of() {
	local args
	args=$(printf "'%s', " "${@:2}")
	cat >miso.yaml <<-END
		name: test
		images:
		  probe:
		    package: $1
		    args: [${args%, }]
		firewalls:
		  open: {allow: [tcp]}
		instances:
		  it: {image: "\${image.probe}", ports: [$port], tags: [open]}
	END
}

port=1
[ -z "${INSIDE:-}" ] || read -r port < <(free_ports 1)

a_message_goes_through_debians_broker() {
	install -D /usr/sbin/mosquitto p/mosquitto/usr/sbin/mosquitto
	libraries_of /usr/sbin/mosquitto
	package libs 1
	package mosquitto 2.0 'Depends: libs'
	publish
	cat >broker.conf <<-END
		listener $port
		allow_anonymous true
		user root
	END
	cat >miso.yaml <<-END
		name: test
		images:
		  broker:
		    package: mosquitto
		    args: [-c, /etc/broker.conf]
		    files: {/etc/broker.conf: ./broker.conf}
		firewalls:
		  mqtt: {allow: [tcp/$port], sources: [127.0.0.0/8]}
		instances:
		  broker:
		    image: \${image.broker}
		    ports: [$port]
		    tags: [mqtt]
		    wait_for: {tcp: $port}
	END
	ok miso lock
	ok miso apply --yes
	mosquitto_pub -p "$port" -t pig -r -m "some pig"
	[ "$(mosquitto_sub -p "$port" -t pig -C 1 -W 10)" = "some pig" ]
	ok miso image inspect broker
	says "program  /usr/sbin/mosquitto" "mosquitto=2.0" "libs=1"
}

digest() {
	miso plan --json | grep -o '"digest":"[0-9a-f]*"' | sort -u
}

the_lock_is_all_that_another_host_needs() {
	local here
	probe_package 1.0
	stack_of probe serve "$port" "some pig"
	status 1 miso plan
	says E0209 'the package "probe" is not in miso.lock' \
		"miso.yaml:4:14" "miso lock"
	never_says E0501
	ok miso lock
	says "package lists: fetching" "probe: 2 packages to fetch, " \
		"was written"
	here=$(digest)
	[ -n "$here" ]
	rm -r "$MISO_HOME"
	mv apt.conf hidden.conf
	[ "$(digest)" = "$here" ] || fail "$(digest), not $here"
	ok miso validate
	mv hidden.conf apt.conf
	ok miso apply --yes
	[ "$(digest)" = "$here" ]
	soon answers "$port" "some pig"
	status 0 miso plan --detailed-exitcode
}

a_lock_changes_only_when_it_is_told_to() {
	probe_package 1.0
	stack_of probe exit 0
	status 1 miso lock --check
	says "probe" "miso lock"
	ok miso lock
	says "probe: 1 package and libraries of 1 others" "was written"
	ok miso lock --check
	probe_package 1.1
	ok miso lock
	says "is as it was"
	grep -q '"probe=1.0"' miso.lock
	ok miso lock --update libs
	grep -q '"probe=1.1"' miso.lock
	cp miso.lock before
	ok miso lock --update
	cmp miso.lock before
	miso lock --json >got
	jq -e '.changed == false and .requests[0].request == ["probe"] and
		(.requests[0].packages | map(.name)) == ["probe", "libs"]' got
	# Nothing is locked that nothing uses.
	stack_of '[probe, libs]' exit 0
	status 1 miso lock --check
	ok miso lock
	jq -e '.requests | map(.packages) == [["probe", "libs"]]' miso.lock
}

every_site_is_locked() {
	probe_package 1.0
	stack_of probe exit 0
	mkdir sites
	echo 'override: {images: {probe: {package: probe=1.0}}}' >sites/old.yaml
	ok miso lock --site old
	jq -e '.requests | map(.packages) == [["probe=1.0"]]' miso.lock
	ok miso lock
	jq -e '.requests | map(.packages) == [["probe"], ["probe=1.0"]]' miso.lock
	ok miso lock --check --site old
	ok miso lock --check
}

what_is_gone_from_the_source_says_how_to_go_on() {
	probe_package 1.0
	stack_of probe serve "$port" "some pig"
	ok miso lock
	rm -r "$MISO_HOME" source
	probe_package 1.1
	status 1 miso apply --yes
	says "probe" "was not found" "miso lock --update"
	ok miso lock --update
	ok miso apply --yes
	soon answers "$port" "some pig"
}

# hostile PATH: a package with a file of that name.
hostile() {
	rm -rf source
	probe_package 1.0
	python3 - "$1" source/probe_1.0.deb <<-'END'
		import io, sys, tarfile
		members = []
		data = open(sys.argv[2], "rb").read()[8:]
		while data:
		    head, size = data[:60], int(data[48:58])
		    members.append((head, data[60:60 + size]))
		    data = data[60 + size + size % 2:]
		tar = io.BytesIO()
		with tarfile.open(fileobj=tar, mode="w") as t:
		    info = tarfile.TarInfo(sys.argv[1])
		    info.size = 1
		    t.addfile(info, io.BytesIO(b"x"))
		members[2] = (members[2][0], tar.getvalue())
		with open(sys.argv[2], "wb") as f:
		    f.write(b"!<arch>\n")
		    for head, body in members:
		        name = b"data.tar" if body is members[2][1] else head[:16]
		        f.write(name.ljust(16) + head[16:48] +
		                b"%-10d" % len(body) + head[58:60] + body +
		                b"\n" * (len(body) % 2))
	END
	publish
}

a_hostile_package_is_refused_and_writes_nothing() {
	local path
	stack_of probe exit 0
	for path in ../../../planted "$PWD/planted"; do
		hostile "$path"
		status 1 miso lock
		says 'package "probe"' "leads out of it"
		[ ! -e miso.lock ]
		[ -z "$(find .. -name planted)" ]
	done
}

without_apt_it_says_so() {
	probe_package 1.0
	stack_of probe exit 0
	PATH=$PWD/bin status 1 "$out/miso" lock
	says "apt-get is not on this host"
}

tests a_message_goes_through_debians_broker \
	the_lock_is_all_that_another_host_needs \
	a_lock_changes_only_when_it_is_told_to \
	every_site_is_locked \
	what_is_gone_from_the_source_says_how_to_go_on \
	a_hostile_package_is_refused_and_writes_nothing \
	without_apt_it_says_so
