#!/bin/bash
# layers.sh - every #include "..." goes where layers.txt lets it go.
set -euo pipefail
cd "$(dirname "$0")/../.."

git ls-files -co --exclude-standard 'parser/*.[ch]' 'planner/*.[ch]' \
	'providers/*.[ch]' 'cmd/*.[ch]' 'kernel/*.[chS]' |
	xargs grep -Hn '^#include "' /dev/null |
	awk '
	function under(path, dir) {
		return path == dir || index(path, dir "/") == 1
	}
	NR == FNR {
		if ($0 ~ /^[a-z]/) {
			split($0, half, ":")
			allowed[half[1]] = half[2]
		}
		next
	}
	{
		split($0, part, ":")
		file = part[1]
		split($0, quoted, "\"")
		target = quoted[2]
		layer = ""
		for (l in allowed)
			if (under(file, l) && length(l) > length(layer))
				layer = l
		n = split(allowed[layer], may, " ")
		ok = layer != "" && under(target, layer)
		for (i = 1; i <= n; i++)
			ok = ok || under(target, may[i])
		if (!ok) {
			print file ":" part[2] ": " target \
			      " is not below " (layer == "" ? "?" : layer) \
			      " (tests/lint/layers.txt)"
			bad = 1
		}
	}
	END { exit bad }' tests/lint/layers.txt -
