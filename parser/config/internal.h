/* internal.h - what the files of parser/config share. */
#ifndef PARSER_CONFIG_INTERNAL_H
#define PARSER_CONFIG_INTERNAL_H

#include "parser/config/config.h"
#include "parser/expr/expr.h"
#include "parser/schema/schema.h"
#include "parser/yaml/yaml.h"

/* --- terms: a body before it is evaluated --------------------------------- */

enum term_kind { TERM_VALUE, TERM_EXPR, TERM_SECRET, TERM_LIST, TERM_MAP };

enum config_source { SOURCE_ENV, SOURCE_FILE, SOURCE_MANAGER };

/* {from_env: X}, {from_file: path} or {secret_manager: name}. */
struct config_secret {
	enum config_source source;
	const char *name; /* of the variable, the path, or of the version */
	struct src_span at;
	const struct value *shown; /* a stand-in, or unknown and tainted */
};

struct config_field {
	const char *key;
	const struct schema_attr *attr;
	const struct config_term *term;
};

struct config_term {
	enum term_kind kind;
	const struct schema_attr *attr;
	struct src_span at; /* no file: a default */

	/* "\"memory\" of instance \"broker\"". Of a value that is kept: NULL.
	 */
	const char *what;
	union {
		const struct value *value;
		const struct expr *expr;
		const struct config_secret *secret;
		struct {
			const struct config_term *const *v;
			size_t n;
		} list;
		struct {
			const struct config_field *v;
			size_t n;
		} map;
	};
};

/* The state of a load. */
struct loader {
	struct arena *mem;
	struct diags *diags;
	const struct config_options *how;
	struct config *config;
	const struct yaml_node *root; /* of the merged files */
	const struct yaml_node *site; /* or NULL */
	const struct yaml_node **var_files;
	const char *dir;                /* of the file, as given */
	struct config_initial *initial; /* terms of defaults, by row */
	struct config_inner *inner;     /* rows of what is in lists and maps */
	const struct config_secret *managed; /* the first, or NULL */
	bool has_key; /* with which changes of secrets are seen */
	unsigned char key[CONFIG_SECRET_KEY];
};

/* What a name may be in an expression, and where uses of it are noted. */
struct compile {
	struct loader *l;
	struct arena *mem;         /* of the terms: see config_keep() */
	bool each;                 /* each.* and self.* are known */
	bool resources;            /* image, instance, ... may be used */
	struct map *pending;       /* locals that are not evaluated yet */
	struct config_edge *edges; /* found so far */
	size_t nr_edges, cap;
	const char *what;
};

/* Compile `node` for `attr`. NULL: nothing was given, or it was reported. */
const struct config_term *config_compile(struct compile *c,
                                         const struct schema_attr *attr,
                                         const struct yaml_node *node);

/* Compile the map `node` against `kind`: its fields, defaults included. */
const struct config_field *config_compile_body(struct compile *c,
                                               const struct schema_kind *kind,
                                               const struct yaml_node *node,
                                               struct src_span at,
                                               const char *title, size_t *n);

/*
 * A copy of `n` fields in as little of `mem` as they need. What compiling made
 * on the way need not be there any more; expressions, secrets, defaults and
 * text of the file are shared with it.
 */
const struct config_field *config_keep(struct arena *mem,
                                       const struct config_field *v, size_t n);

/* Report that `node` is not what `attr` wants. */
void config_report_type(struct diags *d, const char *what,
                        const struct schema_attr *attr,
                        const struct yaml_node *node);

const struct config_field *config_field(const struct config_field *v, size_t n,
                                        const char *key);

/* --- scope: what names mean ----------------------------------------------- */

struct config_clear;

struct config_names {
	const struct config *config;
	struct config_clear *clear;       /* NULL: secrets are stand-ins */
	const struct config_world *world; /* or NULL */
	const struct config_want *want;   /* or NULL: no each, no self */
	const struct value *self;         /* {name, address}, or NULL */
};

/* See salvage.c; NULL: it cannot be done. */
const struct yaml_node *config_salvage(struct loader *l, const char *path);

/* What a site lays over the stack, without what it says of objects. */
const struct yaml_node *config_salvage_override(struct arena *mem,
                                                const struct yaml_node *over);

struct expr_scope config_scope(const struct config_names *names);

/* The block that `root.name` is, or NULL. */
const struct config_block *config_find_block(const struct config *c,
                                             const char *root,
                                             const char *name);

/* The block of "instance.client" or "instance.client[\"0\"]", or NULL. */
const struct config_block *config_parse_address(struct arena *mem,
                                                const struct config *c,
                                                const char *text,
                                                const char **key);
bool config_is_resource(const char *root);
bool config_is_root(const char *root);

/* --- evaluation ----------------------------------------------------------- */

struct evaluate {
	struct config_clear *clear; /* NULL: secrets are stand-ins */
	struct arena *mem;
	struct expr_scope scope;
	struct diags *diags;
};

const struct value *config_eval(const struct evaluate *ev,
                                const struct config_term *t);

/* A term that is known at load time; NULL when `t` is NULL or it failed. */
const struct value *config_eval_known(struct loader *l,
                                      const struct config_term *t);

/* The same for what may hold no secret. */
const struct value *config_eval_static(struct loader *l,
                                       const struct config_term *t);

/* Report it when `v`, which `t` came to, holds a secret. */
bool config_refuse_secret(struct diags *d, const struct config_term *t,
                          const struct value *v);

/* --- secrets -------------------------------------------------------------- */

/* An evaluation with secrets in clear. */
struct config_clear {
	struct arena *mem;
	const struct config_world *world; /* or NULL */
	struct err *failed; /* the first secret that could not be had */
	unsigned depth;     /* of locals that use each other */
};

/* Is `node` written as the name of a secret? */
bool config_is_secret(const struct yaml_node *node);

/* NULL: it was reported. `what` is for messages. */
const struct config_secret *config_read_secret(struct loader *l,
                                               const struct yaml_node *node,
                                               const char *what);

/* The same for JSON text from outside of the files. */
const struct config_secret *config_parse_secret(struct loader *l,
                                                const char *text,
                                                struct src_span at,
                                                const char *what);

/* Report it when no provider of the stack reads what it needs. */
void config_check_managed(struct loader *l);

/* A local with its secrets in clear. */
const struct value *config_local_clear(const struct config_names *names,
                                       const char *name);

/* config_spec(), with secrets in clear unless `clear` is NULL. */
const struct value *config_spec_with(struct config_clear *clear,
                                     struct arena *mem, const struct config *c,
                                     const struct config_want *w,
                                     const struct config_world *world,
                                     struct diags *d);

/* The secret itself, tainted; unknown when it cannot be had: see `clear`. */
const struct value *config_secret_value(const struct config *c,
                                        struct config_clear *clear,
                                        const struct config_secret *s);

/* --- parts of a load, in this order --------------------------------------- */

/* Read all files; `root` becomes what they say together. False: see diags. */
bool config_read_files(struct loader *l);

void config_load_vars(struct loader *l);
void config_load_locals(struct loader *l);
void config_load_providers(struct loader *l);
void config_load_firewalls(struct loader *l);
void config_load_blocks(struct loader *l);
void config_load_outputs(struct loader *l);
void config_load_checks(struct loader *l);
void config_link(struct loader *l); /* wants and what they need */

/* What a body says about its own changes: `ignore` and `replace`. */
void config_read_lifecycle(struct loader *l, struct config_block *b);

/* `moved:`; `members` has every address that is wanted. */
void config_link_moves(struct loader *l, const struct map *members);

/*
 * Merge the `override:` of a site's file into the root. NULL: see the diags.
 */
const struct yaml_node *config_overlay(struct loader *l,
                                       const struct yaml_node *over);

/* What a site's file replaced in the stack's, the last first. */
struct config_overridden {
	const struct yaml_node *base, *over;
	const struct config_overridden *next;
};

/* To each mistake in a site's value, add what the stack had there. */
void config_show_overridden(const struct config *c, struct diags *d);

/* Where a variable's value came from: a node, or text from outside. */
struct config_origin {
	const struct yaml_node *node;
	const char *text, *from; /* "3", "--var" */
};

/* --- order ---------------------------------------------------------------- */

/*
 * An order of 0..n-1 in which everything comes after what it uses. `first[i]`
 * to `first[i + 1]` are the uses of i: indices of `to`. On a cycle, false, and
 * `order` holds the indices of `to` that go round, `*count` of them.
 */
bool config_order(struct arena *mem, size_t n, const size_t *first,
                  const size_t *to, size_t *order, size_t *count);

#endif
