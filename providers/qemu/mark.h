/*
 * mark.h - what carries our mark on this host.
 *
 *	HOME/stacks/STACK/SITE/lock
 *	HOME/stacks/STACK/SITE/KIND/NAME/spec.json    the mark
 *	HOME/stacks/STACK/SITE/net/                   the private network
 *
 * An object is a directory. It appears with its mark already in it, so that
 * whatever is there belongs to somebody, also after a crash.
 */
#ifndef PROVIDERS_QEMU_MARK_H
#define PROVIDERS_QEMU_MARK_H

#include "providers/provider.h"

struct qemu_mark {
	const char *dir; /* of the object */
	const char *kind, *address, *name;
	const char *digest;
	bool protect;
	const char *const *needs;
	size_t nr_needs;
	const struct value *spec;

	/* What this place decided; NULL where the kind has none. */
	const char *ip;    /* in the private network */
	const char *image; /* digest of the image in the store */
	const char *token; /* see process.h */
};

struct qemu_marks {
	const struct qemu_mark *v;
	size_t n;
};

/* The directory of a stack and site. */
const char *qemu_mark_site(struct arena *mem, const char *home,
                           const struct owner *owner);
const char *qemu_mark_dir(struct arena *mem, const char *site_dir,
                          const char *kind, const char *name);

/* What a desired object's mark says, for the directory `dir`. */
struct qemu_mark qemu_mark_of(const struct desired *want, const char *dir);

/* Make the object's directory, with its mark. ERR_CONFLICT if it is there. */
NODISCARD struct err *qemu_mark_create(const struct qemu_mark *mark);

/*
 * Bring an object's directory to where `mark` is: its mark still says what it
 * said. ERR_CONFLICT if there is something. Where it is already, that is fine.
 */
NODISCARD struct err *qemu_mark_move(const char *dir,
                                     const struct qemu_mark *mark);

/* Replace the mark of an object. */
NODISCARD struct err *qemu_mark_write(const struct qemu_mark *mark);

NODISCARD struct err *qemu_mark_read(struct arena *mem, const char *dir,
                                     struct qemu_mark *out);

/* All marks of a site; a directory that is not there has none. */
NODISCARD struct err *qemu_mark_list(struct arena *mem, const char *site_dir,
                                     struct qemu_marks *out);

/*
 * What stands where an object of that kind would and has no mark: only `dir`,
 * `kind` and `name` are told.
 */
NODISCARD struct err *qemu_mark_strays(struct arena *mem, const char *site_dir,
                                       const char *kind,
                                       struct qemu_marks *out);

/* Does any object on this host, of any stack, use the image? */
NODISCARD struct err *qemu_mark_uses_image(const char *home, const char *digest,
                                           bool *used);

/* Remove an object, and the directories above it that became empty. */
NODISCARD struct err *qemu_mark_remove(const char *dir);

/*
 * Remove what runs that were killed left half made or half removed. With the
 * site's lock held: nobody makes or removes anything meanwhile.
 */
NODISCARD struct err *qemu_mark_sweep(const char *site_dir);

#endif
