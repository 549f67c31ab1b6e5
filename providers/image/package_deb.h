/*
 * package_deb.h - a Debian binary package, distrustfully.
 *
 * deb(5): an ar archive of debian-binary ("2.x"), control.tar.* and data.tar.*,
 * in this order. The files of data.tar go into a tree, their contents into
 * numbered files of a folder: no name that a package chooses is ever opened on
 * this host, and no link of it followed. Its control part, scripts and all, is
 * passed over.
 *
 * Refused are devices, pipes and sockets, paths with "..", hard links to
 * anything but an earlier file of the same package, what another package has
 * put there already, and whatever is larger than the limits below. Like all of
 * an image, everything belongs to root.
 */
#ifndef PROVIDERS_IMAGE_PACKAGE_DEB_H
#define PROVIDERS_IMAGE_PACKAGE_DEB_H

#include <stddef.h>
#include <stdint.h>

#include "parser/base/err.h"
#include "providers/image/image_tree.h"

/* Of one package. */
enum { PACKAGE_DEB_ENTRIES = 200 * 1000, PACKAGE_DEB_PATH = 4096 };
#define PACKAGE_DEB_BYTES (UINT64_C(8) << 30)

/* Where contents go. */
struct package_blobs {
	const char *dir; /* it exists; NULL: contents are read, and not kept */
	size_t n;        /* files there: "0", "1", ... */
};

/*
 * Add the package that `fd` is read from, called `name` (borrowed: the tree's
 * nodes have it as `from`). ERR_SYNTAX: it is none, or not to be trusted.
 */
NODISCARD struct err *package_deb_read(struct image_tree *t,
                                       struct package_blobs *blobs, int fd,
                                       const char *name);

#endif
