#!/bin/bash
# fetch.sh DIR - put lwIP's sources into DIR, from Debian's source package.
#
# The package is pinned by version and SHA-256. It is looked up with the
# machine's own apt sources: their "deb" lines are turned into "deb-src" in a
# private configuration, so nothing in /etc is changed.
set -euo pipefail

version=2.1.3+dfsg1-2
tarball=lwip_2.1.3+dfsg1.orig.tar.xz
sha256=0a8276d09fc4e97bbba2f953d74af2388fc2195ea156be9d7589e297a68fde24

dest=$(realpath -m "$1")
work=$dest.fetch
rm -rf "$work" "$dest"
mkdir -p "$work"/{parts,lists/partial,cache/archives/partial} "$dest"

for f in /etc/apt/sources.list.d/*.sources; do
	[ -e "$f" ] || continue
	sed 's/^Types:.*/Types: deb-src/' "$f" >"$work/parts/$(basename "$f")"
done
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
	[ -e "$f" ] || continue
	sed -n 's/^deb /deb-src /p' "$f" >"$work/parts/$(basename "$f" .list).list"
done

cat >"$work/apt.conf" <<END
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$work/parts";
Dir::State::Lists "$work/lists";
Dir::Cache "$work/cache";
APT::Sandbox::User "";
END

export APT_CONFIG=$work/apt.conf
apt-get -qq update
(cd "$work" && apt-get -qq source --download-only "lwip=$version")

echo "$sha256  $work/$tarball" | sha256sum --check --quiet
tar -xJf "$work/$tarball" -C "$dest" --strip-components=1
rm -rf "$work"
touch "$dest/.stamp"
