/*
 * store.h - images on this host, by digest.
 *
 *	HOME/images/root-D.ext4     a root disk; D covers every byte of it
 *	HOME/images/kernel-D.elf    a kernel
 *	HOME/images/D.json          an image: which root, which kernel
 *	HOME/images/hashes          hashes of host files, by inode and times
 *	HOME/images/lock            held by whoever builds or drops
 *
 * A file appears under its name complete and is never changed, so readers take
 * no lock. HOME is $MISO_HOME, else $XDG_DATA_HOME/miso, else
 * ~/.local/share/miso.
 *
 * Any thread may call; a store locks itself.
 */
#ifndef PROVIDERS_IMAGE_STORE_H
#define PROVIDERS_IMAGE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "providers/image/image.h"

struct store;

/* Where miso keeps what it makes on this host. ERR_IO without any home. */
NODISCARD struct err *store_home(struct arena *mem, const char **home);

/* Creates nothing yet. */
NODISCARD struct err *store_open(const char *home, struct store **out);

/* Remembers the hashes it learnt. NULL is fine. */
void store_close(struct store *s);

/* SHA-256 of a host's file, read only if it changed since the last time. */
NODISCARD struct err *store_hash_file(struct store *s, const char *path,
                                      struct sha256 *out);

struct store_image {
	const char *root;   /* path of the root disk */
	const char *kernel; /* path of the kernel */

	/* Its program's path in the machine; "" when that is not known. */
	const char *program;
};

/* ERR_REF when the store has no (whole) image of that digest. */
NODISCARD struct err *store_find(struct store *s, struct arena *mem,
                                 const char *digest, struct store_image *out);

/* What is known of an image in the store. */
struct store_entry {
	const char *digest, *root, *kernel; /* 64 hex digits each */
	const char *program; /* its path in the machine; "" when not known */

	/* A list of "name=version": the packages it is made of. */
	const struct value *packages;
	uint64_t disk;   /* of the root file system, bytes */
	uint64_t stored; /* what root and kernel take on this host, bytes */
	int64_t built;   /* Unix seconds */
};

/* All whole images, the one built last first. An empty store is no error. */
NODISCARD struct err *store_list(struct store *s, struct arena *mem,
                                 struct store_entry **out, size_t *n);

/*
 * The image whose digest begins with `prefix`, of 6 digits or more. ERR_REF:
 * none does, or several do.
 */
NODISCARD struct err *store_match(struct store *s, struct arena *mem,
                                  const char *prefix, struct store_entry *out);

/* Make the image unless it is there; `built` says which. */
NODISCARD struct err *store_build(struct store *s, const struct image *image,
                                  bool *built);

/*
 * Forget an image, and the files that no other image uses. A machine that runs
 * from them keeps them until it stops.
 */
NODISCARD struct err *store_drop(struct store *s, const char *digest);

#endif
