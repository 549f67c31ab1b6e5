#!/bin/bash
# gcp_faults.sh OUT [TEST] - the real miso on a cloud that goes wrong; what each
# does is in gcp_faults.py.
TEST_SECONDS=900
. "$(dirname "$0")/lib.sh"

scenario() {
	python3 "$root/tests/integration/gcp_faults.py" "$out" "${FUNCNAME[1]}"
}

every_answer_at_each_call() { scenario; }
every_cut_at_each_call() { scenario; }
death_at_each_call() { scenario; }
trouble_at_each_call_that_makes_an_image() { scenario; }
death_at_each_call_that_makes_an_image() { scenario; }
a_lost_lease_ends_an_apply() { scenario; }
two_applies_at_once_are_one() { scenario; }
clocks_that_differ_do_not_matter() { scenario; }
a_thousand_instances() { scenario; }

tests every_answer_at_each_call every_cut_at_each_call death_at_each_call \
	trouble_at_each_call_that_makes_an_image \
	death_at_each_call_that_makes_an_image a_lost_lease_ends_an_apply \
	two_applies_at_once_are_one \
	clocks_that_differ_do_not_matter a_thousand_instances
