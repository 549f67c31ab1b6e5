/*
 * config.h - the stack as its files say it: which objects are wanted where,
 * and what each needs.
 *
 * config_load() reads the files, evaluates what is static, and expands
 * for_each. What refers to other objects stays an expression; config_spec()
 * evaluates it once somebody can tell what those objects are worth.
 *
 * Objects and groups are *nodes*, numbered: first all wants, then the groups.
 * A group stands for all members of one for_each, so that a reference to it is
 * one edge and not one for each member.
 *
 * A loaded config does not change: any thread may read it.
 */
#ifndef PARSER_CONFIG_CONFIG_H
#define PARSER_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/arena.h"
#include "parser/base/diag.h"
#include "parser/base/map.h"
#include "parser/value/value.h"

struct schema_kind;
struct strbuf;
struct config_term;
struct config_overridden;
struct expr_inputs;
struct yaml_node;

enum {
	CONFIG_MOST_OBJECTS = 100 * 1000,
	CONFIG_SECRET_KEY = 32, /* bytes */
};

#define CONFIG_NO_NODE ((size_t)-1)

struct config_options {
	const char *file; /* path of miso.yaml */
	const char *site; /* NULL: none */

	/*
	 * Of a file that is no YAML, read what can be read without its objects:
	 * enough to know the stack and its providers. The mistakes are reported
	 * all the same.
	 */
	bool salvage;

	/*
	 * Instead of reading `file`, its includes and the site's: the text
	 * that config_text() made of them, and what to call it. Paths in it
	 * are still those beside `file`.
	 */
	const char *text, *text_name;
	const struct value *values; /* of variables, before all else; or NULL */
	const struct value *inputs; /* what config_inputs() told; or NULL */
	const char *const *vars;    /* "name=text" from the command line */
	size_t nr_vars;
	const char *const *var_files; /* paths of YAML files {name: value} */
	size_t nr_var_files;
	const char *const *provider_types; /* ended by NULL */
	const char *default_provider;      /* its type, when none is named */

	/* Types of those that read {secret_manager: ...}, ended by NULL. */
	const char *const *secret_types;

	/*
	 * The key with which changes of secrets are seen; NULL: they are not.
	 * Called at most once, and only when the stack has secrets.
	 */
	struct err *(*secret_key)(unsigned char key[CONFIG_SECRET_KEY]);
	bool secrets_by_name; /* instead: not read, and never another one */
};

struct config_provider {
	const char *name, *type;
	const struct value *settings; /* a map, without `type` */
	struct src_span at;
	bool implicit; /* not in the file */
	bool broken;   /* mistakes were reported: it may be another place */
};

/* A block uses another one: where it says so. */
struct config_edge {
	size_t to;       /* index in blocks */
	const char *key; /* one member; NULL: all of it */
	struct src_span at;
};

struct config_field;

/* What comes first when an object must be made anew. */
enum config_replace {
	CONFIG_REPLACE_EITHER, /* the file does not say */
	CONFIG_REPLACE_CREATE_FIRST,
	CONFIG_REPLACE_DESTROY_FIRST,
};

/* A named body under images:, volumes: or instances:. */
struct config_block {
	const struct schema_kind *kind;
	const char *name;
	struct src_span at;
	const struct config_field *fields;
	size_t nr_fields;
	bool absent; /* `when` is false */
	bool each;   /* has for_each */
	bool broken; /* a mistake was reported: evaluating makes no sense */
	size_t provider;
	size_t first, nr_wants; /* its members */
	size_t group;           /* node, when `each` */
	size_t *by_provider;    /* images: the want at each provider */
	const struct config_edge *edges;
	size_t nr_edges;

	/*
	 * Paths of attributes whose differences are left alone: "memory", or
	 * "env.LOG", which stands for one key of a map.
	 */
	const char *const *ignore;
	size_t nr_ignore;
	enum config_replace replace;
	size_t max_unavailable; /* of its members, at the same time; >= 1 */
};

/* One object that shall be. */
struct config_want {
	const struct config_block *block;
	const char *address; /* instance.client["0"] */
	const char *name;    /* client-0 */
	size_t provider;
	bool protect;

	/*
	 * The id of an object without a mark that is to become this one, or
	 * the name above for `adopt: true`. NULL: none.
	 */
	const char *adopt;
	const struct value *each_key, *each_value; /* NULL: no for_each */
	const size_t *needs;                       /* nodes */
	size_t nr_needs;
};

struct config_output {
	const char *name;
	struct src_span at;
	bool sensitive;
	bool broken;
	const struct config_term *term;
};

/*
 * What was at the address `from` is now at `to`: both of a block, or both of
 * one object. `to` is wanted, `from` is not, and no address is twice a `from`.
 * Chains are followed: with a to b and b to c, both a and b lead to c.
 */
struct config_move {
	const char *from, *to;
	struct src_span at;
};

/* One entry of `checks:`. */
struct config_check {
	struct src_span at;
	bool broken;
	const struct config_term *condition, *message;
};

struct config {
	const char *name, *site;
	const char *dir; /* absolute */
	const struct config_provider *providers;
	size_t nr_providers;
	struct config_block *blocks;
	size_t nr_blocks;
	struct config_want *wants;
	size_t nr_wants;
	const struct config_block **groups; /* node nr_wants + i */
	size_t nr_groups;
	const struct config_output *outputs;
	size_t nr_outputs;
	const struct config_move *moves;
	size_t nr_moves;
	const struct config_check *checks;
	size_t nr_checks;
	size_t keep;                                /* releases */
	const struct config_overridden *overridden; /* by a site */
	const struct yaml_node *root; /* all files, put together; or NULL */
	struct map origins;           /* of variables: struct config_origin */

	/* What names mean: each map is keyed by the name after the root. */
	struct map vars, locals, env, firewalls;
	struct map secrets;     /* of variables: struct config_secret */
	struct map local_terms; /* struct config_term */
	struct map images, volumes, addresses, instances;
	const struct value *name_value, *site_value;
	struct expr_inputs *inputs;
};

/* What the objects are worth in expressions. */
struct config_world {
	const void *ctx;
	/* The attributes of `node`, or NULL: not known yet. */
	const struct value *(*value_of)(const void *ctx, size_t node);

	/*
	 * Optional: read a secret that Secret Manager keeps into `mem`, which
	 * is to be wiped. `name` is "projects/P/secrets/S/versions/N".
	 */
	struct err *(*read_secret)(const void *ctx, struct arena *mem,
	                           const char *name, char **text, size_t *len);
};

/* Read everything. False: see `d`. */
bool config_load(struct arena *mem, const struct config_options *how,
                 struct diags *d, struct config *out);

/*
 * Evaluate every block as far as possible without the world, for the mistakes
 * this brings to light, and warn about what is legal and odd.
 */
void config_check(const struct config *c, struct diags *d);

/*
 * The body of `w` as providers/provider.h describes it, or NULL: see `d`. With
 * `world` NULL nothing is known of other objects.
 */
const struct value *config_spec(struct arena *mem, const struct config *c,
                                const struct config_want *w,
                                const struct config_world *world,
                                struct diags *d);

/*
 * `spec`, which config_spec() made of `w`, with its secrets in clear: for the
 * call that creates or changes the object. `mem` should be freed by
 * arena_wipe(). The error tells which secret cannot be had, or that its value
 * does not fit; it never holds a secret.
 */
NODISCARD struct err *config_spec_clear(struct arena *mem,
                                        const struct config *c,
                                        const struct config_want *w,
                                        const struct config_world *world,
                                        const struct value *spec,
                                        const struct value **out);

const struct value *config_output(struct arena *mem, const struct config *c,
                                  const struct config_output *o,
                                  const struct config_world *world,
                                  struct diags *d);

/*
 * All files as one, each line with where it came from: YAML that means the
 * same without a site, --var or the environment. Secrets stay names.
 */
void config_render(struct strbuf *out, const struct config *c);

/*
 * The same as JSON: {"config": ..., "origins": {JSON pointer of a value:
 * {"file": ..., "line": ...} or {"from": "--var"}}}.
 */
void config_render_json(struct strbuf *out, const struct config *c);

/*
 * What the expression `text` comes to, written with or without ${}; nothing is
 * known of the world. NULL: see `d`, which shows it as the file "EXPR".
 */
const struct value *config_eval_text(struct arena *mem, const struct config *c,
                                     const char *text, struct diags *d);

/*
 * Must `node`, an expression of another file, be true? Else there is an error
 * in `d`. `roots` is a map of roots that it may use besides those of `c`.
 */
void config_ask(struct arena *mem, const struct config *c,
                const struct yaml_node *node, const struct config_world *world,
                const struct value *roots, struct diags *d);

/*
 * Does check `i` hold? 1 yes, 0 no, with its message in `d` as an error, -1:
 * that hangs on what is not known yet.
 */
int config_assert(struct arena *mem, const struct config *c, size_t i,
                  const struct config_world *world, struct diags *d);

/*
 * To load the same again when the files have changed: all of them together, as
 * the text of one file, the values of the variables, secrets left out, and what
 * else was read, by file() and its like (parser/expr/inputs.h).
 */
char *config_text(struct arena *mem, const struct config *c);
const struct value *config_var_values(struct arena *mem,
                                      const struct config *c);
const struct value *config_inputs(struct arena *mem, const struct config *c);

/*
 * What other threads than the one that loaded `c` made it read counts from now
 * on. They are done.
 */
void config_join_inputs(const struct config *c);

/* "instance.client" for a group, the address for a want. */
const char *config_node_address(struct arena *mem, const struct config *c,
                                size_t node);

#endif
