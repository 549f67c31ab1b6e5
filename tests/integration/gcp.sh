#!/bin/bash
# gcp.sh OUT [TEST] - miso and Google's own client on the cloud of tests/gce.
TEST_SECONDS=300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cloud.sh"

the_example_comes_and_goes() {
	cloud --no-guests --open --op-ms 20 --lag-ms 100
	example
	ok timeout 120 "$out/miso" apply --yes --site oslo --var clients=0
	grep -q europe-north1-a/instances/edge-oslo-broker <(resources) ||
		fail "no broker"
	ok miso plan --site oslo --var clients=0 --detailed-exitcode
	# Another site is another owner.
	status 2 miso plan --site bergen --var clients=0 --detailed-exitcode
	ok miso destroy --yes --site oslo --var clients=0
	[ -z "$(resources)" ] || fail "left: $(resources)"
	rm miso.yaml
	cloud_ends
}

# It boots what was uploaded; the tag's rule is what lets the host in.
an_instance_is_a_machine_that_answers() {
	cloud --open --addresses 127.0.77.1
	example
	sed -i 's/address: ..address.broker./&\n    wait_for: {log: running, timeout: 60s}/' miso.yaml
	ok timeout 120 "$out/miso" apply --yes --var clients=0
	never grep -q "too late" <(miso logs broker --var clients=0)
	timeout 20 mosquitto_sub -h 127.0.77.1 -t here -C 1 >heard &
	local sub=$!
	soon timeout 5 mosquitto_pub -h 127.0.77.1 -t here -r -m "some pig"
	wait $sub
	grep -q "some pig" heard || fail "nothing was heard"
	# Its log goes on while it is read.
	miso logs -f broker --var clients=0 >followed &
	local logs=$!
	soon grep -q running followed
	ok timeout 5 mosquitto_pub -h 127.0.77.1 -i somebody-new -t here -m x
	soon grep -q somebody-new followed
	kill -INT "$logs"
	wait "$logs" || true
	ok timeout 120 "$out/miso" destroy --yes --var clients=0
	# The power button was pressed, not the power cut.
	grep -q "terminating" bytes/machine-*/console || fail "no SIGTERM came"
	never timeout 3 mosquitto_pub -h 127.0.77.1 -t here -m gone
	rm miso.yaml
	cloud_ends
}

# One that was made by hand, in use elsewhere: its number is kept.
a_reserved_address_is_taken_over() {
	local old=projects/test-project-1/regions/us-west2/addresses/old
	cloud --no-guests --open --op-ms 20
	example
	control put '{"path": "'$old'", "resource": {"name": "old",
		"address": "203.0.113.7", "labelFingerprint": "f",
		"region": "'"$url"'/compute/v1/projects/test-project-1/regions/us-west2",
		"selfLink": "'"$url/compute/v1/$old"'"}}'
	sed -i "s|broker: {provider: cloud}|broker: {provider: cloud, adopt: $old}|" \
		miso.yaml
	status 2 miso plan --var clients=0 --detailed-exitcode
	says "adopted"
	ok timeout 120 "$out/miso" apply --yes --var clients=0
	says "broker = 203.0.113.7:1883"
	[ "$(resources | grep -c /addresses/)" = 1 ] || fail "$(resources)"
	ok miso plan --var clients=0 --detailed-exitcode
	ok miso destroy --yes --var clients=0
	[ -z "$(resources)" ] || fail "left: $(resources)"
	rm miso.yaml
	cloud_ends
}

# Somebody took away all that miso wrote on it.
an_instance_that_lost_its_mark_is_taken_over() {
	local at=projects/test-project-1/zones/us-west2-a image
	cloud --no-guests --open --op-ms 5
	on_cloud
	stack <<-END
		one: {image: "\${image.probe}"}
	END
	ok timeout 120 "$out/miso" apply --yes
	image=$(resources | grep /images/)
	control put '{"path": "'$at'/disks/d", "resource": {"name": "d",
		"sourceImage": "'"$url/compute/v1/$image"'"}}'
	lose() {
		control set '{"path": "'$at'/instances/test-default-one", "set": {
			"metadata": {"fingerprint": "f", "items": [
				{"key": "theirs", "value": "kept"}]},
			"labels": {}, "labelFingerprint": "f",
			"disks": [{"boot": true, "source":
				"'"$url/compute/v1/$at"'/disks/d"}]}}'
	}
	lose
	status 1 miso plan
	says 'instance "one" exists'
	sed -i 's/one: {/&adopt: true, /' miso.yaml
	ok miso plan
	says "instance.one will be updated" "adopted"
	ok timeout 120 "$out/miso" apply --yes
	ok miso plan --detailed-exitcode
	[ "$(calls compute.instances.delete)" = 0 ] || fail "it was deleted"
	[ "$(in_state '"theirs"')" = 1 ] || fail "what was theirs is gone"
	# One that boots something else.
	lose
	control set '{"path": "'$at'/disks/d", "set": {
		"sourceImage": "https://x/projects/debian-cloud/global/images/d"}}'
	status 1 miso plan
	says "image would need another one" debian-cloud miso.yaml:
	control drop '{"path": "'$at'/disks/d"}'
	control drop '{"path": "'$at'/instances/test-default-one"}'
	ok timeout 120 "$out/miso" destroy --yes
	[ -z "$(resources)" ] || fail "left: $(resources)"
	rm miso.yaml
	cloud_ends
}

a_plan_tells_what_is_in_the_way() {
	local at=projects/test-project-1/zones/us-west2-a/instances
	cloud --no-guests --open
	example
	control put '{"path": "'$at'/edge-default-broker", "resource": {
		"name": "edge-default-broker",
		"selfLink": "'"$url/compute/v1/$at"'/edge-default-broker"}}'
	status 1 miso plan --var clients=0
	says 'instance "broker" exists and does not carry the mark'
	rm miso.yaml
	cloud_ends
}

# refused AT WHAT SED: the example, changed so, is refused by plan, which points at
# where the text AT begins.
refused() {
	local at
	example
	sed -i "$3" miso.yaml
	at=$(awk -v text="$1" 'i = index($0, text) { print NR ":" i; exit }' miso.yaml)
	status 1 miso plan --var clients=0
	says "$2"
	grep -qE "miso.yaml:$at(:|\$)" said || fail "not at $at"
	rm -r miso.yaml sites
}

a_plan_refuses_mistakes_where_they_are() {
	local long
	long=$(printf 'a%.0s' {1..16})
	cloud --no-guests --open
	refused nonsense 'is no zone such as' 's/zone: ..var.zone.*/zone: nonsense/'
	refused mars-east1-a 'there is no such zone' \
		's/zone: ..var.zone.*/zone: mars-east1-a/'
	refused us-west2-z 'there is no zone "us-west2-z"' \
		's/    machine: e2-micro/    zone: us-west2-z/'
	refused ./missing 'is not there' \
		's|access_token_file: .*|access_token_file: ./missing|'
	refused ./mosquitto.conf 'not JSON' \
		's|access_token_file: .*|credentials: ./mosquitto.conf|'
	refused 'mqtt:' 'has no sources' '/sources: /d'
	refused mars1 'no region "mars1"' \
		's/broker: {provider: cloud}/broker: {provider: cloud, region: mars1}/'
	refused '${address.broker}' 'an address belongs to one region' \
		's/broker: {provider: cloud}/broker: {provider: cloud, region: europe-north1}/'
	refused c3-standard-4 'a driver for gVNIC' 's/e2-micro/c3-standard-4/'
	refused t2a-standard-1 'it is an Arm machine' 's/e2-micro/t2a-standard-1/'
	refused x9-huge 'is of no family' 's/e2-micro/x9-huge/'
	refused e2-giant 'there is no machine type "e2-giant" in us-west2-a' \
		's/e2-micro/e2-giant/'
	refused 4Gi '4096 MiB are wanted' 's/e2-micro/&\n    memory: 4Gi/'
	refused "bbbbbbb$long" 'it has 64' "s/^name: edge/name: $long$long/
		s/^instances:/&\\n  bbbbbbb$long: {provider: cloud, image: '\${image.broker}'}/"
	refused Web 'must match' \
		's/^  mqtt:/  Web:/; s/tags: .mqtt./tags: [Web]/'
	refused '"2001:db8' 'only IPv6 sources' \
		's|sources: .*|sources: ["2001:db8::/32"]|'
	control buckets '{"theirs": {"name": "theirs", "projectNumber": "7"}}'
	refused theirs 'it belongs to another project' \
		's/bucket: ..var.bucket.*/bucket: theirs/'
	refused nowhere 'there is no such bucket' \
		's/bucket: ..var.bucket.*/bucket: nowhere/'
	[ -z "$(resources)" ] || fail "made: $(resources)"
	cloud_ends
}

a_plan_only_reads() {
	cloud --no-guests
	example
	control tokens '{"any-token": {"account": "reader@test",
		"expires": 99999999999999}}'
	echo any-token >test-token
	control accounts '{"reader@test": {"read_only": true}}'
	status 2 miso plan --var clients=0 --detailed-exitcode
	says "instance.broker will be created"
	status 1 miso apply --yes --var clients=0
	says "lacks the permission storage.objects.create in project"
	[ -z "$(resources)" ] || fail "made: $(resources)"
	rm miso.yaml
	cloud_ends
}

# By their short names, and by the addresses that they have inside.
machines_of_a_network_reach_each_other() {
	cloud --open --addresses 127.0.79.1
	example
	sed -i 's/provider: edge/provider: cloud/; s/address: ..address.broker./&\n    wait_for: {log: running, timeout: 60s}/; s/-h, "..address.broker.ip."/-h, broker/' \
		miso.yaml
	ok timeout 200 "$out/miso" apply --yes --var clients=2
	PATIENCE=60 soon timeout 5 mosquitto_sub -h 127.0.79.1 -t 'edge/#' -C 2
	[ "$(grep -c "some pig" said)" = 2 ] || fail "not both were heard"
	ok timeout 200 "$out/miso" destroy --yes --var clients=2
	rm miso.yaml
	cloud_ends
}

# By source, in ranges of ports, and as they are when somebody connects.
rules_decide_who_reaches_a_machine() {
	local rule=projects/test-project-1/global/firewalls/edge-default-mqtt
	cloud --open --addresses 127.0.78.1
	example
	sed -i 's|tcp/1883]|tcp/1880-1890]|; s/address: ..address.broker./&\n    wait_for: {log: running, timeout: 60s}/' \
		miso.yaml
	ok timeout 120 "$out/miso" apply --yes --var clients=0
	local say="mosquitto_pub -h 127.0.78.1 -t here -m x"
	soon timeout 5 $say
	control set '{"path": "'$rule'", "set": {
		"sourceRanges": ["2001:db8::/32", "127.0.0.8/31"]}}'
	never timeout 5 $say
	never timeout 5 $say -A 127.0.0.10
	ok timeout 10 $say -A 127.0.0.9
	control set '{"path": "'$rule'", "set": {"disabled": true}}'
	never timeout 5 $say -A 127.0.0.9
	ok timeout 120 "$out/miso" destroy --yes --var clients=0
	rm miso.yaml
	cloud_ends
}

# on_cloud: what `stack` makes from now on is there.
on_cloud() {
	cat >providers.yaml <<-END
		providers:
		  cloud: {type: gcp, project: test-project-1, zone: us-west2-a,
		          bucket: test-bucket, endpoint: "$url",
		          access_token_file: ./token}
	END
	echo t >token
}

# calls METHOD: how many of that went well.
calls() {
	python3 -c 'import json, sys, urllib.request
print(sum(c["id"] == sys.argv[2] and c["status"] == 200 for c in
          json.load(urllib.request.urlopen(sys.argv[1] + "/control/log",
                                           timeout=10))))' "$url" "$1"
}

uploads() {
	calls storage.upload.put
}

an_image_that_a_release_needs_stays() {
	cloud --no-guests --open --op-ms 20
	release() {
		on_cloud
		echo 'keep: 2' >>providers.yaml
		stack <<-END
			one: {image: "\${image.probe}"}
		END
		sed -i "s/disk: 4Mi/disk: $1/" miso.yaml
		ok timeout 120 "$out/miso" apply --yes
	}
	images() {
		resources | grep -c /images/
	}
	release 4Mi
	local first
	first=$(resources | grep /images/)
	release 5Mi
	[ "$(images)" = 2 ] || fail "$(images) images"
	# Back to it without an upload: it is there.
	ok timeout 60 "$out/miso" rollback --yes 1
	[ "$(uploads)" = 2 ] || fail "$(uploads) uploads"
	grep -qF "$first" <(resources) || fail "the first one is gone"
	release 6Mi
	# The two releases kept need two of three.
	[ "$(images)" = 2 ] || fail "$(images) images"
	ok timeout 60 "$out/miso" destroy --yes
	[ -z "$(resources)" ] || fail "left: $(resources)"
	rm miso.yaml
	cloud_ends
}

# As one that Compute Engine could not read; and ours is one that it can.
an_image_that_failed_is_made_again() {
	local image
	cloud --no-guests --open --op-ms 5
	on_cloud
	stack <<-END
		one: {image: "\${image.probe}"}
	END
	ok timeout 120 "$out/miso" apply --yes
	image=$(resources | grep /images/)
	control set '{"path": "'$image'", "set": {"status": "FAILED"}}'
	status 2 miso plan --detailed-exitcode
	says "image.probe will be updated" "Compute Engine could not read it"
	ok timeout 120 "$out/miso" apply --yes
	[ "$(uploads)" = 2 ] || fail "$(uploads) uploads"
	ok miso plan --detailed-exitcode
	# It is found without its labels: nothing is uploaded again.
	control set '{"path": "'$image'", "set": {"labels": {}}}'
	ok timeout 120 "$out/miso" apply --yes
	[ "$(uploads)" = 2 ] || fail "$(uploads) uploads"
	ok miso plan --detailed-exitcode
	# Refused within the operation.
	control drop '{"path": "'$image'"}'
	control refused '{"'$image'": "RESOURCE_OPERATION_FAILED"}'
	status 1 timeout 120 "$out/miso" apply --yes
	says "RESOURCE_OPERATION_FAILED"
	ok timeout 120 "$out/miso" apply --yes
	ok miso plan --detailed-exitcode
	ok timeout 120 "$out/miso" destroy --yes
	[ -z "$(resources)" ] || fail "left: $(resources)"
	rm miso.yaml
	cloud_ends
}

a_bad_archive_becomes_no_image() {
	cloud --no-guests --open --op-ms 5
	python3 - "$url" <<-'END' >said
		import json, sys, urllib.request
		url, images = sys.argv[1], "/compute/v1/projects/test-project-1/global/"
		def ask(method, path, body=None):
		    request = urllib.request.Request(url + path, body, {
		        "Authorization": "Bearer t",
		        "Content-Type": "application/json"}, method=method)
		    return json.load(urllib.request.urlopen(request, timeout=20))
		ask("POST", "/upload/storage/v1/b/test-bucket/o?uploadType=media&name=bad",
		    b"this is no archive")
		op = ask("POST", images + "images", json.dumps({
		    "name": "bad", "rawDisk": {
		        "source": url + "/test-bucket/bad"}}).encode())
		while op["status"] != "DONE":
		    op = ask("POST", images + "operations/" + op["name"] + "/wait", b"")
		print(op["error"]["errors"][0])
		print(ask("GET", images + "images/bad")["status"])
	END
	says "'code':" FAILED
	cloud_ends
}

# Its name there cannot change: it keeps the one it has.
what_is_called_something_else_is_not_replaced() {
	cloud --no-guests --open --op-ms 5
	on_cloud
	echo 'keep: 9' >>providers.yaml
	stack <<-END
		one: {image: "\${image.probe}"}
		many: {image: "\${image.probe}", count: 2}
	END
	ok timeout 120 "$out/miso" apply --yes
	# A release before had another image, which stays.
	sed -i 's/disk: 4Mi/disk: 5Mi/' miso.yaml
	ok timeout 120 "$out/miso" apply --yes
	local deletes stops
	deletes=$(calls compute.instances.delete)
	kept() { # but for what a group makes anew
		resources | grep -v /instanceTemplates/ |
			sed 's/-many-[^/]*$/-many-/'
	}
	kept >before
	sed -i 's/^  one:/  two:/; s/^  many:/  lots:/' miso.yaml
	cat >>miso.yaml <<-END
		moved:
		  - {from: instance.one, to: instance.two}
		  - {from: instance.many, to: instance.lots}
	END
	ok miso plan
	says "instance.two will be updated (moved from instance.one)" \
		"instance.lots will be updated (moved from instance.many)" \
		"Plan: 2 to update."
	ok timeout 120 "$out/miso" apply --yes
	kept | diff before -
	[ "$(calls compute.instances.delete)" = "$deletes" ] || fail "one was deleted"
	ok miso plan --detailed-exitcode
	# Its files are on a disk of its own: nobody stops for an image's name.
	sed -i 's/^  probe:/  other:/; s/image.probe/image.other/' miso.yaml
	echo '  - {from: image.probe, to: image.other}' >>miso.yaml
	ok miso plan
	says "image.other will be updated (moved from image.probe)"
	stops=$(calls compute.instances.stop)
	ok timeout 120 "$out/miso" apply --yes
	kept | diff before -
	[ "$(uploads)" = 2 ] || fail "the image was uploaded again"
	[ "$(calls compute.instances.stop)" = "$stops" ] || fail "one was stopped"
	ok miso plan --detailed-exitcode
	# Who gets the old name in the file gets another one there.
	sed -i 's/^  two:.*/&\n  one: {image: "${image.other}"}/; /^moved:/,$d' \
		miso.yaml
	ok timeout 120 "$out/miso" apply --yes
	says "1 change"
	ok miso plan --detailed-exitcode
	[ "$(resources | grep -c "/instances/test-default-one")" = 2 ] ||
		fail "$(resources)"
	ok timeout 120 "$out/miso" destroy --yes
	[ -z "$(resources)" ] || fail "left: $(resources)"
	rm miso.yaml
	cloud_ends
}

# When they are replaced, and when they are deleted.
members_of_a_group_are_not_cut_off() {
	cloud --open
	on_cloud
	many() {
		stack <<-END
			many: {image: "\${image.probe}", args: [wait, '9'], count: 2,
			       env: {N: "$1"}, wait_for: {log: waiting}}
		END
	}
	many 1
	ok timeout 120 "$out/miso" apply --yes
	many 2
	ok timeout 120 "$out/miso" apply --yes
	[ "$(grep -l "asked to end" bytes/machine-*/console | wc -l)" = 2 ] ||
		fail "of two that were replaced not both got a SIGTERM"
	ok timeout 120 "$out/miso" destroy --yes
	[ "$(grep -l "asked to end" bytes/machine-*/console | wc -l)" = 4 ] ||
		fail "of two that were deleted not both got a SIGTERM"
	[ -z "$(resources)" ] || fail "left: $(resources)"
	rm miso.yaml
	cloud_ends
}

# with_managed VERSION: two instances, one of them here, that need a secret.
with_managed() {
	cat >providers.yaml <<-END
		providers:
		  here: {type: qemu}
		  cloud: {type: gcp, project: test-project-1, zone: us-west2-a,
		          bucket: test-bucket, endpoint: "$url",
		          access_token_file: ./token}
		vars:
		  pw:
		    type: secret
		    default: {secret_manager: projects/test-project-1/secrets/pw/versions/$1}
	END
	stack <<-END
		far: {provider: cloud, image: "\${image.probe}", env: {PW: "\${var.pw}"}}
		near:
		  provider: here
		  image: "\${image.probe}"
		  args: [env, PW]
		  env: {PW: "\${var.pw}"}
	END
}

# in_state TEXT: how often it is in what is there, objects of the bucket included.
in_state() {
	python3 -c 'import json, sys, urllib.request
state = json.load(urllib.request.urlopen(sys.argv[1] + "/control/state",
                                         timeout=10))
print(json.dumps([state["resources"], state["objects"]]).count(sys.argv[2]))' \
		"$url" "$1"
}

a_secret_of_secret_manager_reaches_its_programs() {
	local at=projects/test-project-1/secrets/pw/versions
	cloud --no-guests --op-ms 20
	control tokens '{"t": {"account": "me@test", "expires": 99999999999999},
		"r": {"account": "reader@test", "expires": 99999999999999}}'
	control accounts '{"reader@test": {"read_only": true}}'
	control secrets '{"'$at'/7": {"data": "tiger-balm"},
		"'$at'/8": {"data": "lion-share"},
		"'$at'/9": {"data": "x", "state": "DISABLED"}}'
	with_managed 7
	echo r >token
	status 2 miso plan --detailed-exitcode --out plan.json
	echo t >token
	ok timeout 120 "$out/miso" apply --yes plan.json
	never_says tiger
	soon logs_say near "PW=tiger-balm"
	[ "$(in_state "env PW=tiger-balm")" = 1 ] || fail "not in boot lines"
	[ "$(in_state tiger-balm)" = 1 ] || fail "it is elsewhere, too"
	if grep -rlF --exclude={'console.log*',said} tiger .; then
		fail "the secret is on the disk"
	fi
	ok miso plan --detailed-exitcode
	with_managed 8
	status 2 miso plan --detailed-exitcode
	says "instance.far will be updated" "env.PW"
	ok timeout 120 "$out/miso" apply --yes
	soon logs_say near "PW=lion-share"
	[ "$(in_state "env PW=lion-share")" = 1 ] || fail "not in boot lines"
	with_managed 9
	status 1 timeout 120 "$out/miso" apply --yes
	says miso.yaml:11:31 "is in DISABLED state"
	[ "$(in_state "env PW=lion-share")" = 1 ] || fail "it was touched"
	ok timeout 60 "$out/miso" destroy --yes
	rm miso.yaml
	cloud_ends
}

googles_own_client_drives_it() {
	local home=$root/build/gce-client
	command -v npm >/dev/null ||
		fail "npm is needed: .ci/deps.sh integration installs it"
	mkdir -p "$home"
	cp "$root/tests/gce/client/"* "$home"
	(cd "$home" && timeout 150 npm ci --silent --no-audit --no-fund)
	cloud --no-guests --open --op-ms 20
	control put '{"path": "projects/test-project-1/global/images/i",
		"resource": {"name": "i", "status": "READY"}}'
	ok timeout 60 node "$home/drive.mjs" "$url"
	says "an instance is inserted, tagged, listed, deleted"
	cloud_ends
}

tests the_example_comes_and_goes a_reserved_address_is_taken_over \
	an_instance_that_lost_its_mark_is_taken_over \
	a_plan_tells_what_is_in_the_way a_plan_refuses_mistakes_where_they_are \
	a_plan_only_reads an_instance_is_a_machine_that_answers \
	machines_of_a_network_reach_each_other \
	rules_decide_who_reaches_a_machine \
	an_image_that_a_release_needs_stays \
	an_image_that_failed_is_made_again a_bad_archive_becomes_no_image \
	what_is_called_something_else_is_not_replaced \
	members_of_a_group_are_not_cut_off \
	a_secret_of_secret_manager_reaches_its_programs googles_own_client_drives_it
