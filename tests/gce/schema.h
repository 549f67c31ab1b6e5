/*
 * schema.h - what requests and answers may contain: the part of Google's API
 * descriptions that the test cloud knows. schema_table.c is made by schema.py.
 */
#ifndef TESTS_GCE_SCHEMA_H
#define TESTS_GCE_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum gce_type {
	GCE_STRING,
	GCE_INT64,  /* a string of digits, as JSON has no such numbers */
	GCE_UINT64, /* the same */
	GCE_INT32,
	GCE_BOOL,
	GCE_NUMBER,
	GCE_MESSAGE,
	GCE_ANY,
};

enum { GCE_LIST = 1, GCE_MAP = 2 };

struct gce_message;

struct gce_field {
	const char *name;
	enum gce_type type;
	unsigned flags;
	const struct gce_message *message;
	const char *values;  /* "A B": of an enum; NULL: any */
	const char *pattern; /* for the whole value */
};

struct gce_message {
	const char *name;
	const struct gce_field *fields; /* ended by a row without a name */
};

struct gce_method {
	const char *id;     /* "compute.images.insert" */
	const char *verb;   /* "POST" */
	const char *path;   /* "/compute/v1/projects/{project}/..." */
	const char *params; /* names that may stand in the query */
	const struct gce_message *request, *answer;
	const char *required; /* fields of the request */
};

extern const struct gce_method gce_methods[]; /* ended by {0} */

/*
 * Is `v` such a message? Else `problem` says what is wrong with which field,
 * at most `size` bytes.
 */
bool schema_check(const struct gce_message *m, const json_t *v, char *problem,
                  size_t size);

/* Does it have every field of the list? */
bool schema_has(const char *required, const json_t *v, char *problem,
                size_t size);

/* Is `word` in a list parted by blanks? */
bool schema_lists(const char *list, const char *word);

#endif
