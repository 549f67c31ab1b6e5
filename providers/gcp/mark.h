/*
 * mark.h - names of objects, and the mark that says whose they are.
 *
 * The mark is one JSON object:
 *
 *	{"miso":1,"stack":S,"site":T,"address":A,"name":N,"digest":D,
 *	 "protect":true,"needs":[...],"image":D,"turn":N,"made":D}
 *
 * It stands in an instance's metadata (miso-mark), and in the description of
 * everything else. Labels miso-stack and miso-site, where a kind has labels,
 * only make lists short; the mark decides.
 */
#ifndef PROVIDERS_GCP_MARK_H
#define PROVIDERS_GCP_MARK_H

#include <jansson.h>

#include "providers/gcp/place.h"

enum {
	GCP_NAME_MOST = 63,
	GCP_DESCRIPTION_MOST = 2048, /* bytes (Compute Engine API) */
};

struct gcp_mark {
	const char *address, *name, *digest;
	bool protect;
	const char *const *needs;
	size_t nr_needs;
	const char *image; /* of images: digest of the content; else NULL */
	int64_t turn;      /* of images: the highest is in use; 0: none */
	const char *made; /* of firewall rules: what they let in, as a digest */
};

struct gcp_mark gcp_mark_of(const struct desired *want);

/* As JSON, in `mem`. */
const char *gcp_mark_text(struct arena *mem, const struct owner *owner,
                          const struct gcp_mark *mark);

/*
 * The same as labels, which hold 63 characters of a few kinds each: base32 (RFC
 * 4648, 6, in small letters) in miso-mark-0, miso-mark-1, ...; besides those of
 * gcp_mark_labels(). For what gets its mark after it was made.
 */
json_t *gcp_mark_as_labels(struct arena *mem, const struct owner *owner,
                           const struct gcp_mark *mark);

/* The text of such labels, or NULL: there are none. `labels` may be NULL. */
const char *gcp_mark_in_labels(struct arena *mem, const struct value *labels);

/* Is it a mark of anybody's? */
bool gcp_mark_is_one(const char *text);

/* False: `text` is no mark, or somebody else's. NULL is no mark. */
bool gcp_mark_read(struct arena *mem, const struct owner *owner,
                   const char *text, struct gcp_mark *out);

/* {"miso-stack": S, "miso-site": T} */
json_t *gcp_mark_labels(const struct owner *owner);

/*
 * setLabels' body for the object `now`: `ours` (taken), and everybody else's
 * labels as they are. Ours begin with "miso-".
 */
json_t *gcp_mark_labels_body(const struct value *now, json_t *ours);

/* Are the labels of gcp_mark_labels() on the object? */
bool gcp_mark_has_labels(const struct owner *owner, const struct value *now);

/* "filter=labels.miso-stack%3DS...": a query for lists of our objects. */
const char *gcp_mark_filter(struct arena *mem, const struct owner *owner);

/*
 * STACK-SITE-NAME. ERR_SYNTAX at `pos` when that is no name there: over 63
 * characters, capitals, ...
 */
NODISCARD struct err *gcp_mark_name(struct arena *mem,
                                    const struct owner *owner, const char *name,
                                    struct src_pos pos, const char **out);

/*
 * STACK-SITE-NAME[-TAIL] of what only miso names, in at most `most` characters
 * (23 + TAIL at least): what is too long is cut, and ends with a digest of all
 * of it, so that two are never one. `tail` may be NULL.
 */
NODISCARD struct err *gcp_mark_short_name(struct arena *mem,
                                          const struct owner *owner,
                                          const char *name, const char *tail,
                                          size_t most, struct src_pos pos,
                                          const char **out);

/* Does it begin as the names of this stack and site do? */
bool gcp_mark_is_name(const struct owner *owner, const char *name);

/* Our part of an object: kind, address, digest, needs, protect. */
struct object gcp_mark_object(const char *kind, const char *id,
                              const struct gcp_mark *mark);

/*
 * Somebody else's object. Its name is the short one when it has the name that
 * one of ours would get, else its path, which no short name is.
 */
struct object gcp_mark_foreign(const struct provider *p, struct arena *mem,
                               const char *kind, const char *path);

#endif
