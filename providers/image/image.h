/*
 * image.h - from an image's spec to a bootable root disk.
 *
 * image_plan() looks at everything that goes into an image and names it by
 * digest; store_build() then makes what is not in the store yet.
 *
 * Attributes of the spec: program (a path), args, env, cwd, files (map: path in
 * the machine -> path on the host), disk (bytes). Relative paths on the host
 * begin at `base_dir`. An absolute program keeps its path in the machine; a
 * relative one goes to IMAGE_APP_DIR, as does one below /tmp, /run and so on,
 * which the kernel hides.
 *
 * With the attribute package (a list of names), the program is one of Debian's
 * packages, and so are the files it comes with: those that miso.lock in
 * `base_dir` says. The lock is enough to name such an image; the packages are
 * fetched when it is built. Nothing of it comes from this host but `files`.
 */
#ifndef PROVIDERS_IMAGE_IMAGE_H
#define PROVIDERS_IMAGE_IMAGE_H

#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "parser/base/sha256.h"
#include "parser/lock/lockfile.h"
#include "parser/value/value.h"
#include "providers/image/image_tree.h"

#define IMAGE_APP_DIR "/app"

enum {
	IMAGE_DEFAULT_DISK = 64 * 1024 * 1024,
	IMAGE_TIME = 315532800, /* of all files: 1980-01-01 00:00:00 UTC */
};

struct store;

struct image_request {
	const struct value *spec;
	struct src_pos pos;   /* of the image's block */
	const char *base_dir; /* absolute */
	const char *kernel;   /* path of kernel.elf */
};

struct image {
	struct sha256 digest; /* root and kernel: the image's name */
	struct sha256 root;   /* of all that is on the root disk */
	struct sha256 kernel;
	const char *kernel_path;
	const char *program; /* its path in the machine */
	uint64_t disk;       /* bytes */
	struct image_tree tree;

	/* What also goes into it, below `tree`; none: the tree is all. */
	struct lockfile_set whole, libraries;
	struct src_pos pos; /* of `package` */
};

/*
 * ERR_REF, ERR_SYNTAX, ERR_LIMIT with the position of what is wrong in the
 * spec. File contents are read only where the store does not know their hash.
 */
NODISCARD struct err *image_plan(struct store *store, struct arena *mem,
                                 const struct image_request *request,
                                 struct image *out);

/* ERR_CONFLICT when a file has changed since the image was planned. */
NODISCARD struct err *image_verify(struct store *store,
                                   const struct image *image);

/*
 * All files of the image: its tree, over those of its packages, which were
 * fetched to the cache below `home`. `unpacked`: see package_tree.h.
 */
NODISCARD struct err *image_whole_tree(struct arena *mem, const char *home,
                                       const char *unpacked,
                                       const struct image *image,
                                       struct image_tree *out);

/* A size or count: an int, or a string such as "64Mi"; -1 if it is neither. */
int64_t image_size(const struct value *v);

#endif
