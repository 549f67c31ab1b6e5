#!/bin/bash
# copies.sh OUT [TEST...] - a machine that is a copy of another knows it.
TEST_SECONDS=180
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pc.sh"

copies_of() {
	stack draw
	ok miso image export probe --format qcow2 --out disk.qcow2
	python3 "$root/tests/integration/vmgenid.py" "$@"
}

a_copy_on_pc_draws_other_numbers() {
	copies_of -M pc
}

a_copy_on_q35_draws_other_numbers() {
	copies_of -M q35
}

tests a_copy_on_pc_draws_other_numbers a_copy_on_q35_draws_other_numbers
