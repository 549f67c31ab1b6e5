#!/bin/bash
# release.sh OUT [TEST] - history, rollback, and how long images are kept.
. "$(dirname "$0")/lib.sh"

# The digests of the images in the store.
stored() {
	find "$MISO_HOME/images" -name '*.json' -printf '%f\n' 2>/dev/null |
		sed 's/\.json$//' | grep -E '^[0-9a-f]{64}$' | sort
}

# image: the digest that the instance `one` boots.
image() {
	miso status --json | python3 -c '
import json, sys
print(*[o["attributes"]["image"] for o in json.load(sys.stdin)
	if o["address"] == "instance.one"])'
}

# Another program: the same one, and longer.
change_probe() {
	echo "$1" >>probe
}

one() {
	stack <<-END
		one: {image: "\${image.probe}", args: [wait, "0"], env: {N: "$1"}}
	END
}

a_release_comes_back_and_nothing_is_built() {
	local first second root
	one 1
	ok miso apply --yes
	first=$(image)
	root=$(stat -c '%i %Y' "$MISO_HOME"/images/root-*)
	change_probe x
	one 2
	ok miso apply --yes
	second=$(image)
	[ "$first" != "$second" ]
	ok miso history
	says "2 " "apply" "1 " "apply"
	# The program of the first release is not there to be built again.
	rm probe
	ok miso rollback 1 --yes
	says "env.N"
	[ "$(image)" = "$first" ]
	[[ $(stat -c '%i %Y' "$MISO_HOME"/images/root-*) == *"$root"* ]]
	ok miso history
	says "3 " "rollback to 1" "2 " "1 "
	ok miso rollback 1 --yes
	says "No changes"
	cp "$out/tests/lib/probe" .
}

images_are_kept_with_their_releases() {
	local i
	one 0
	echo 'keep: 2' >>miso.yaml
	for i in 1 2 3 4; do
		change_probe "$i"
		ok miso apply --yes
	done
	[ "$(stored | wc -l)" -eq 2 ] || fail "$(stored)"
	stored | grep -q "$(image)"
	ok miso history
	says "4 " "3 "
	never_says "rollback"
	status 1 miso rollback 1 --yes
	says "there is no release 1"
	ok miso destroy --yes
	[ -z "$(stored)" ] || fail "$(stored)"
	[ ! -e "$MISO_HOME/releases" ] || fail "releases are left"
	ok miso history
	says "No release"
}

an_image_that_is_gone_has_to_come_out_the_same() {
	one 0
	ok miso apply --yes
	change_probe x
	ok miso apply --yes
	rm -r "$MISO_HOME"/images
	status 1 miso rollback 1 --yes
	says "no longer in the store" "has changed since"
	# With what it was made of, it can be built again.
	cp "$out/tests/lib/probe" .
	ok miso rollback 1 --yes
	ok miso plan --detailed-exitcode
}

tests a_release_comes_back_and_nothing_is_built \
	images_are_kept_with_their_releases \
	an_image_that_is_gone_has_to_come_out_the_same
