#!/bin/bash
# prefixes.sh - a public function's name begins with its module's name, so that
# a call says where to look. prefixes.txt lists the prefixes of each folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

status=0
while read -r folder prefixes; do
	[[ $folder == \#* || -z $folder ]] && continue
	for o in $(find "build/obj/$folder" -maxdepth 1 -name '*.o' 2>/dev/null); do
		bad=$(nm --defined-only -g "$o" |
			awk '$2 == "T" {print $3}' |
			grep -vE "^(${prefixes// /|})" || true)
		[ -z "$bad" ] && continue
		echo "$o: public names without a prefix of $folder: $bad"
		status=1
	done
done <tests/lint/prefixes.txt
exit $status
