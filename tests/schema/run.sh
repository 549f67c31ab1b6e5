#!/bin/bash
# run.sh OUT - `miso schema` under ajv (npm), which OUT/node gets by its lock.
set -uo pipefail
cd "$(dirname "$0")/../.."

out=$1
node=$out/node
mkdir -p "$node"
cp tests/schema/package.json tests/schema/package-lock.json \
	tests/schema/*.mjs "$node/"
if ! cmp -s tests/schema/package-lock.json "$node/installed"; then
	timeout 120 npm ci --prefix "$node" --no-audit --no-fund \
		--ignore-scripts --loglevel=error || {
		echo "FAIL schema: npm ci"
		exit
	}
	cp tests/schema/package-lock.json "$node/installed"
fi
timeout 900 node "$node/check.mjs" "$PWD/$out/miso" "$out/schema-scratch" ||
	echo "FAIL schema: check.mjs"
