/*
 * value.h - what a configuration is made of once it has been read.
 *
 * A value is a small tree: null, unknown, bool, int, float, string, list, map.
 * "Unknown" stands for something that only the world can tell (an IP address
 * before apply); it may appear anywhere a value may. `tainted` marks what came
 * out of a secret: it is compared and sent, and never printed.
 *
 * Values are immutable once another one points at them, live in an arena, and
 * own nothing. A NULL pointer is never a value; use value_null().
 */
#ifndef PARSER_VALUE_VALUE_H
#define PARSER_VALUE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

enum value_type {
	VALUE_NULL,
	VALUE_UNKNOWN,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_STRING,
	VALUE_LIST,
	VALUE_MAP,
};

struct value_entry {
	const char *key; /* NUL-terminated UTF-8 */
	const struct value *value;
};

struct value {
	enum value_type type;
	bool tainted;

	/*
	 * A stand-in for a secret, or for what is made of one: a tainted
	 * string that is not the secret but changes when it does.
	 */
	bool secret;
	struct src_pos pos; /* where it was written; NO_POS when computed */
	union {
		bool boolean;
		int64_t integer;
		double number;
		struct {
			const char *s; /* NUL-terminated UTF-8 */
			size_t len;    /* bytes; may contain no NUL */
		} string;
		struct {
			const struct value *const *v;
			size_t n;
		} list;
		struct {
			/* In the order written; keys are unique. */
			const struct value_entry *v;
			size_t n;
		} map;
	};
};

/* Makers. Strings, lists and maps copy what they are given. */
const struct value *value_null(void);
const struct value *value_unknown(void);
const struct value *value_bool(bool b);
const struct value *value_int(struct arena *mem, int64_t i);
const struct value *value_float(struct arena *mem, double d);
const struct value *value_string(struct arena *mem, const char *s);
const struct value *value_stringn(struct arena *mem, const char *s, size_t len);
const struct value *value_list(struct arena *mem, const struct value *const *v,
                               size_t n);
const struct value *value_map(struct arena *mem, const struct value_entry *v,
                              size_t n);

/* A copy of all of it, which needs nothing that `v` did. */
const struct value *value_copy(struct arena *mem, const struct value *v);

/* A copy that is marked as secret. */
const struct value *value_tainted(struct arena *mem, const struct value *v);

/* A stand-in for what `digest` (hex digits) tells apart. */
const struct value *value_secret(struct arena *mem, const char *digest);

/* A copy that was written at `pos`. */
const struct value *value_at(struct arena *mem, const struct value *v,
                             struct src_pos pos);

/* A copy of the map with `value` under `key`, which is borrowed. */
const struct value *value_with(struct arena *mem, const struct value *map,
                               const char *key, const struct value *value);

/* "a list", "an int": what `v` is, for messages. */
const char *value_says(const struct value *v);

/* The value under `key`, or NULL when `map` is no map or has no such key. */
const struct value *value_get(const struct value *map, const char *key);

/* The string under `key`, or `otherwise` when there is none. */
const char *value_get_string(const struct value *map, const char *key,
                             const char *otherwise);
int64_t value_get_int(const struct value *map, const char *key,
                      int64_t otherwise);
bool value_get_bool(const struct value *map, const char *key, bool otherwise);

/* Deep equality. Maps compare without order; unknown equals nothing. */
bool value_equal(const struct value *a, const struct value *b);

/* True when `v` or anything inside it is unknown, tainted, a stand-in. */
bool value_has_unknown(const struct value *v);
bool value_has_taint(const struct value *v);
bool value_has_secret(const struct value *v);

/*
 * Is `v` itself secret, or the text of a stand-in that was read back from JSON?
 * What is remembered of an object has such texts where it had secrets.
 */
bool value_is_secret(const struct value *v);

/*
 * Canonical JSON (RFC 8259; map keys in byte order, no white space, int64 as
 * decimal, unknown and tainted values as the strings below, stand-ins for
 * secrets as their text). What digests are made of and what --json prints.
 */
#define VALUE_JSON_UNKNOWN "(known after apply)"
#define VALUE_JSON_TAINTED "(sensitive)"
char *value_to_json(struct arena *mem, const struct value *v);

/* The same with secrets in clear: for expressions, which keep the taint. */
char *value_to_json_clear(struct arena *mem, const struct value *v);

/* JSON that gets no memory ends the process, as arenas do. For main(). */
void value_json_memory(void);

/* Parse JSON text. ERR_SYNTAX with what and where (line and column in it). */
NODISCARD struct err *value_from_json(struct arena *mem, const char *text,
                                      size_t len, const struct value **out);

/*
 * Call `take` for each element of the list that JSON text is, in order; other
 * JSON has none. The element is gone when `take` returns. An error of `take`
 * ends it; one in the text may come after some elements were taken. `text` is
 * NUL-terminated, too.
 */
NODISCARD struct err *value_each_from_json(
	const char *text, size_t len,
	struct err *(*take)(void *ctx, const struct value *element), void *ctx);

/*
 * SHA-256 over the canonical JSON with secrets in clear, as 64 hex digits. Two
 * specs with the same digest are the same spec.
 */
char *value_digest(struct arena *mem, const struct value *v);

#endif
