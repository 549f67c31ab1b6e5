#!/bin/bash
# linux.sh DIR - Debian's kernel for clouds into DIR: vmlinuz and modules/.
#
# The package is fetched with the machine's own apt, and checked by it. It is
# an oracle for measuring, never a part of what is built.
set -euo pipefail

dest=$(realpath -m "$1")
[ ! -e "$dest/vmlinuz" ] || exit 0
work=$dest.fetch
rm -rf "$work" "$dest"
mkdir -p "$work" "$dest/modules"

package=$(apt-cache depends linux-image-cloud-amd64 |
	sed -n 's/.*Depends: \(linux-image-[0-9].*cloud-amd64\)$/\1/p' | head -n 1)
(cd "$work" && apt-get -qq -o APT::Sandbox::User= download "$package")
dpkg-deb -x "$work"/*.deb "$work/root"

n=10
for m in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev \
	virtio_pci failover net_failover virtio_net; do
	cp "$(find "$work/root" -name "$m.ko")" "$dest/modules/$n-$m.ko"
	n=$((n + 1))
done
cp "$work"/root/boot/vmlinuz-* "$dest/vmlinuz"
rm -rf "$work"
