/*
 * provider.h - what the planner needs from a place that holds resources.
 *
 * A provider is a const table of functions plus the state it made in open().
 * One provider object may be called from several threads at once between open
 * and close, for different objects; it locks what it shares.
 *
 * The life of an object as the planner drives it:
 *
 *	resolve   at plan time, changes nothing: check the spec as far as this
 *	          place can, and say what is known before the object exists
 *	          (image digest, object name)
 *	list      what is there now and carries our mark
 *	create    make it; the mark goes into the very request that creates
 *	update    change it in place
 *	delete    remove it; what is already gone succeeds
 *
 * Kinds are those of DESIGN.md section 5: "image", "instance", "firewall",
 * "volume", "address". A spec is a map with the attribute names of
 * parser/schema, fully evaluated, defaults filled in; references to other
 * objects have become plain values (see `struct desired`).
 *
 * Units: timeouts are milliseconds, sizes bytes. Strings are UTF-8. Ownership:
 * everything a function puts in an out-parameter is allocated from `mem` and
 * lives as long as it does. Inputs are borrowed for the call. Errors:
 * ERR_REMOTE, ERR_TIMEOUT and ERR_CONFLICT mean what err.h says. A provider
 * never prints and never exits.
 */
#ifndef PROVIDERS_PROVIDER_H
#define PROVIDERS_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "parser/value/value.h"

struct provider; /* each provider defines its own */

/* Whose objects: the pair is the mark, next to the object's address. */
struct owner {
	const char *stack; /* the file's `name:` */
	const char *site;  /* "default" when no --site was given */
	const char *dir;   /* absolute folder of miso.yaml: base of paths */
};

/* One object as the file wants it. */
struct desired {
	const char *kind;    /* "instance" */
	const char *address; /* "instance.broker", "instance.client[\"0\"]" */
	const char *name;    /* short name: "broker", "client-0" */
	const char *digest;  /* value_digest() of spec: travels with the mark */
	bool protect;        /* travels with the mark, too */
	struct src_pos pos;  /* of the block in the file */

	/*
	 * NULL, or the handle (object.id) of what is there at this address,
	 * moves there, or is to be adopted. A place where names cannot change
	 * keeps that one's.
	 */
	const char *id;

	/*
	 * Of an image: NULL, or the digest it must have. While that one is
	 * kept here, resolve() does not look at what it would be made of now.
	 */
	const char *pinned;

	/*
	 * The evaluated body. In an instance `image` is the attribute map of
	 * the image it boots ({name, digest, ...} as resolve() gave it), each
	 * of `tags` is a firewall's name, `firewalls` holds {name: spec} of
	 * those (without `sources` where the file gives none: that is
	 * everybody, or a mistake, as the place decides), and each of `volumes`
	 * is {mount path: volume's attributes}.
	 */
	const struct value *spec;

	/*
	 * In create() and update(), when `spec` holds stand-ins for secrets
	 * (value.h): the same with the secrets. Lives as long as the call; it
	 * must not be kept, printed, or written where it stays. Else NULL.
	 */
	const struct value *clear;

	/* Addresses this one needs; travel with the mark for destroy order. */
	const char *const *needs;
	size_t nr_needs;
};

/* One object as the world has it. */
struct object {
	const char *kind;
	const char *address; /* NULL: it is foreign, see below */
	const char *id;     /* the provider's own handle: a path, a self-link */
	const char *digest; /* of the spec last applied, from the mark */
	bool protect;

	/*
	 * NULL when it is as it was made. Else a short phrase for people that
	 * says how it drifted, such as "its process is gone".
	 */
	const char *fault;

	/* The fault is mended by update(); else by delete and create. */
	bool fault_updatable;

	/*
	 * NULL, or a map of attributes of the spec as they are in the world
	 * now, as far as they differ from what was applied: somebody else
	 * changed them. update() or a replacement puts them right.
	 */
	const struct value *drift;

	/*
	 * It has the name one of our objects would get and not our mark; it
	 * has no address. attrs.name is its name, as resolve() tells it.
	 * It is never touched unless the file says `adopt:`; update() puts
	 * the mark on it then.
	 */
	bool foreign;

	/*
	 * A map: the spec as last applied (under "spec", or null when the
	 * place cannot tell), and what the place knows (ip, public_ip, state,
	 * pid, ...), by the names that expressions use.
	 */
	const struct value *attrs;

	const char *const *needs; /* addresses, from the mark */
	size_t nr_needs;
};

struct object_set {
	struct object *v;
	size_t n;
};

/* How changing one attribute is done. What no row names updates in place. */
struct attr_rule {
	const char *kind;
	const char *path; /* "image", "disk": top-level attribute */
	bool replaces;    /* delete and create; the plan says so */
	bool set;         /* a list whose order means nothing */

	/*
	 * Of a map: the key by which it stays the same thing. While that is
	 * as it was, what else differs in the map replaces nothing.
	 */
	const char *identity;
};

/* What an apply tells while a change runs. Any thread may call it. */
struct progress {
	void (*say)(void *ctx, const char *address, const char *text);
	void *ctx;
	/* True once the user wants out: give up at the next safe point. */
	bool (*canceled)(void *ctx);
	/* Like say(), of what logs keep, too: why it takes longer. Optional. */
	void (*trouble)(void *ctx, const char *address, const char *text);
};

/*
 * The cell of a stack and site at a place that several machines share: a small
 * text that is written only if nobody else has written it since. Such is an
 * object of a bucket with the precondition ifGenerationMatch.
 */
struct cell {
	const char *text;   /* NULL: there is none */
	int64_t generation; /* changes with every write, never 0; 0: none */
	int64_t written_ms; /* by the far end's clock, since 1970 */
	int64_t now_ms;     /* the same clock, when it answered */
};

struct cell_ops {
	NODISCARD struct err *(*read)(struct provider *p, struct arena *mem,
	                              struct cell *out);

	/*
	 * ERR_CONFLICT, and nothing is written, when the generation is not
	 * `if_generation`; 0: when there is one at all.
	 */
	NODISCARD struct err *(*write)(struct provider *p, struct arena *mem,
	                               const char *text, int64_t if_generation,
	                               struct cell *out);

	/* The same; what is already gone succeeds. */
	NODISCARD struct err *(*remove)(struct provider *p,
	                                int64_t if_generation);
};

/*
 * Release records of a stack and site: JSON objects, kept next to the images.
 * An image whose digest is a value of the map `images` of a record is not
 * dropped as long as the record is there.
 */
struct record_ops {
	/* The numbers there are, in no order. */
	NODISCARD struct err *(*list)(struct provider *p, struct arena *mem,
	                              unsigned **numbers, size_t *n);
	NODISCARD struct err *(*read)(struct provider *p, struct arena *mem,
	                              unsigned number, const char **text);

	/* ERR_CONFLICT when there is one of that number. */
	NODISCARD struct err *(*write)(struct provider *p, unsigned number,
	                               const char *text);

	/* The same in place of the one of that number, in one step. */
	NODISCARD struct err *(*replace)(struct provider *p, unsigned number,
	                                 const char *text);

	/* What is gone succeeds. Drops the images that nobody needs now. */
	NODISCARD struct err *(*remove)(struct provider *p, unsigned number);
};

/* The last `lines` lines (0: all), then, with `follow`, what comes. */
struct log_request {
	const char *address;
	unsigned lines;
	bool follow;
	FILE *out;
	const struct progress *progress;
};

struct provider_ops {
	const char *type; /* as written in a config: "qemu" */

	/* Ended by a row whose kind is NULL. */
	const struct attr_rule *rules;

	/* Attributes only apply can tell, such as "instance.ip"; NULL ends. */
	const char *const *computed;

	/*
	 * Optional: the kinds of which this place keeps objects, ended by
	 * NULL. Left out, these are "image" and "instance".
	 */
	const char *const *kinds;

	/*
	 * Optional: the kinds of which two objects may have one address for a
	 * while, ended by NULL. A replacement makes the new one first then,
	 * and deletes the old one when nothing uses it any more.
	 */
	const char *const *create_first;

	/*
	 * Optional: the kinds of which update() takes over what is `foreign`,
	 * ended by NULL. Of others, `adopt:` is refused.
	 */
	const char *const *adopts;

	/*
	 * Optional: the kinds of which update() also brings an object to
	 * another address (`want` has it; `have` has the old one), ended by
	 * NULL. Of others, a moved object is replaced.
	 */
	const char *const *moves;

	/* Check the settings. Changes nothing and waits for nothing. */
	NODISCARD struct err *(*open)(const struct value *settings,
	                              const struct owner *owner,
	                              struct provider **out);
	void (*close)(struct provider *p); /* NULL is fine */

	/*
	 * See above. `known` becomes a map of attributes that expressions may
	 * use at plan time; it must not contain any that `computed` names.
	 * The error carries the position of what is wrong in the spec. Cheap
	 * when nothing changed since the last call: results are cached.
	 */
	NODISCARD struct err *(*resolve)(struct provider *p, struct arena *mem,
	                                 const struct desired *want,
	                                 const struct value **known);

	/*
	 * Everything that carries the owner's mark, in as few calls as the
	 * far end allows, in no order. A half-made object is listed too, with
	 * a fault; one that has a name of ours and no mark, as `foreign`.
	 */
	NODISCARD struct err *(*list)(struct provider *p, struct arena *mem,
	                              struct object_set *out);

	/*
	 * Fails with ERR_CONFLICT when something of that name exists and does
	 * not carry our mark. Creating what a crashed run already created is
	 * the caller's mistake: it lists first.
	 */
	NODISCARD struct err *(*create)(struct provider *p, struct arena *mem,
	                                const struct desired *want,
	                                const struct progress *progress,
	                                struct object *out);

	/* Bring `have` to `want` in place, or mend its fault. */
	NODISCARD struct err *(*update)(struct provider *p, struct arena *mem,
	                                const struct object *have,
	                                const struct desired *want,
	                                const struct progress *progress,
	                                struct object *out);

	NODISCARD struct err *(*delete)(struct provider *p,
	                                const struct object *have,
	                                const struct progress *progress);

	/*
	 * How applies keep each other out; planner/lease has the rest. A
	 * place that several machines share has `cell`. A place of one machine
	 * has the next three: lock() keeps other applies of this owner out
	 * until unlock(), and the system releases it when the process dies.
	 * `holder` is written down for others to read; holder() gives it back,
	 * or NULL when it is not locked. ERR_CONFLICT: it is locked.
	 */
	const struct cell_ops *cell;
	NODISCARD struct err *(*lock)(struct provider *p, const char *holder);
	void (*unlock)(struct provider *p);
	NODISCARD struct err *(*holder)(struct provider *p, struct arena *mem,
	                                const char **out);

	const struct record_ops *records; /* optional */

	/*
	 * Optional: the text of a secret that Secret Manager keeps, in `mem`,
	 * which is to be wiped. `name` is "projects/P/secrets/S/versions/N".
	 */
	NODISCARD struct err *(*read_secret)(struct provider *p,
	                                     struct arena *mem,
	                                     const char *name, char **text,
	                                     size_t *len);

	/*
	 * Optional: does anything that this place knows of still need the
	 * image with that digest in the store below `home`?
	 */
	NODISCARD struct err *(*needs_image)(const char *home,
	                                     const char *digest, bool *needed);

	NODISCARD struct err *(*logs)(struct provider *p,
	                              const struct log_request *request);

	/*
	 * Optional (NULL: this place cannot). Run one instance in the
	 * foreground until it stops. What it writes goes to the descriptor
	 * `console`, which no process has any more then. `status` is what a
	 * shell would show: the exit status, or 128 + signal.
	 */
	NODISCARD struct err *(*run)(struct provider *p,
	                             const struct desired *image,
	                             const struct desired *instance,
	                             int console, int *status);
};

/*
 * Every provider in this program, ended by NULL; cmd/providers.c defines it.
 * Order is the order of help texts.
 */
extern const struct provider_ops *const providers[];

#endif
