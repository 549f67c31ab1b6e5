#!/bin/bash
# change.sh OUT [TEST] - what a change of the file does, and does not do.
. "$(dirname "$0")/lib.sh"

roots() {
	stat -c '%n %Y %i' "$MISO_HOME"/images/root-*.ext4
}

a_changed_env_restarts_and_does_not_rebuild() {
	stack <<-END
		one: {image: "\${image.probe}", args: [env, WHO], env: {WHO: pig}}
	END
	ok miso apply --yes
	soon logs_say one "WHO=pig"
	before=$(roots)
	sed -i 's/WHO: pig/WHO: cow/' miso.yaml
	ok miso plan
	says "instance.one will be updated (config changed)" \
		'env.WHO: "pig" -> "cow"' "Plan: 1 to update."
	ok miso apply --yes
	soon logs_say one "WHO=cow"
	[ "$(roots)" = "$before" ]
	ok miso plan --detailed-exitcode
}

a_changed_file_rebuilds_and_replaces() {
	stack <<-END
		one: {image: "\${image.probe}", args: [cat, /etc/note]}
	END
	echo 'keep: 1' >>miso.yaml
	sed -i 's|    disk: 4Mi|&\n    files: {/etc/note: ./note}|' miso.yaml
	echo some pig >note
	ok miso apply --yes
	soon logs_say one "some pig"
	before=$(roots)
	echo some cow >note
	status 2 miso plan --detailed-exitcode
	says image.probe instance.one replaced
	ok miso apply --yes
	soon logs_say one "some cow"
	[ "$(roots)" != "$before" ]
	[ "$(roots | wc -l)" = 1 ] || fail "the old image is left: $(roots)"
	ok miso plan --detailed-exitcode
}

a_moved_machine_keeps_its_disk() {
	stack <<-END
		one: {image: "\${image.probe}", args: [keep, /kept, pig]}
	END
	ok miso apply --yes
	soon logs_say one "kept pig"
	before=$(roots)
	sed -i 's/^  one: /  two: /; s/pig/cow/' miso.yaml
	cat >>miso.yaml <<-END
		moved:
		  - {from: instance.one, to: instance.two}
	END
	ok miso plan
	says "instance.two will be updated (config changed; moved from" \
		"Plan: 1 to update."
	ok miso apply --yes
	# The file of before is still on its disk.
	soon logs_say two "kept pig cow"
	[ ! -e "$MISO_HOME/stacks/test/default/instance/one" ]
	ok miso plan --detailed-exitcode
	# An image keeps its files, and who boots it goes on.
	pid=$(pid_of instance/two/process)
	sed -i 's/^  probe:/  other:/; s/image.probe/image.other/' miso.yaml
	echo '  - {from: image.probe, to: image.other}' >>miso.yaml
	ok miso plan
	says "image.other will be updated (moved from image.probe)" \
		'image.name: "probe" -> "other"' "Plan: 2 to update."
	ok miso apply --yes
	[ "$(roots)" = "$before" ]
	[ "$(pid_of instance/two/process)" = "$pid" ]
	[ ! -e "$MISO_HOME/stacks/test/default/image/probe" ]
	ok miso plan --detailed-exitcode
	grep -q '"needs":\["image.other"\]' \
		"$MISO_HOME/stacks/test/default/instance/two/spec.json"
}

a_removed_instance_is_deleted_before_its_image() {
	cp probe other
	stack <<-END
		one: {image: "\${image.probe}", args: [wait, "0"]}
		two: {image: "\${image.other}", args: [wait, "0"]}
	END
	sed -i 's|^images:|&\n  other: {program: ./other, disk: 4Mi}|' miso.yaml
	ok miso apply --yes
	sed -i '/other/d' miso.yaml
	ok miso plan
	says "instance.two will be deleted (gone from the file)" \
		"image.other will be deleted (gone from the file)"
	ok miso apply --yes
	says "instance.two: deleted" "image.other: deleted"
	is one "running; "
	ok miso plan --detailed-exitcode
}

a_changed_reference_reaches_who_refers() {
	stack <<-END
		one: {image: "\${image.probe}", args: [wait, "0"]}
		two:
		  image: \${image.probe}
		  args: [env, ONE]
		  env: {ONE: "\${instance.one.ip}"}
	END
	ok miso apply --yes
	soon logs_say two "ONE=10."
}

a_hostname_is_what_the_file_says() {
	stack <<-END
		one:
		  image: \${image.probe}
		  args: [cat, /proc/sys/kernel/hostname]
		  hostname: charlotte
	END
	ok miso apply --yes
	soon logs_say one charlotte
}

tests a_changed_env_restarts_and_does_not_rebuild \
	a_changed_file_rebuilds_and_replaces \
	a_moved_machine_keeps_its_disk \
	a_removed_instance_is_deleted_before_its_image \
	a_changed_reference_reaches_who_refers a_hostname_is_what_the_file_says
