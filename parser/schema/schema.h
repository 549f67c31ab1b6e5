/*
 * schema.h - what may be written: one row an attribute.
 *
 * The same rows check a file, fill in defaults and give help. A plain scalar
 * becomes what the row's type says, so a string keeps NO and 1.20 as written,
 * and a bool is only true or false.
 *
 * What a value of each type is in a spec:
 *
 *	STRING, CIDR, PATH, NAME   string
 *	PORT, ALLOW                string as written: "8883:1883", "tcp/1883"
 *	HTTP                       string: "8080/health"
 *	PACKAGE                    string as written: "nginx", "nginx=1.22.1-9"
 *	INT, FLOAT, BOOL           int, float, bool
 *	SIZE                       int, bytes
 *	DURATION                   int, milliseconds
 *	REF                        map: the attributes of what is referred to
 *	LIST, MAP, OBJECT          list, map, map with defaults filled in
 */
#ifndef PARSER_SCHEMA_SCHEMA_H
#define PARSER_SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/value/value.h"

enum schema_type {
	SCHEMA_STRING,
	SCHEMA_INT,
	SCHEMA_FLOAT,
	SCHEMA_BOOL,
	SCHEMA_DURATION,
	SCHEMA_SIZE,
	SCHEMA_CIDR,
	SCHEMA_PORT,  /* what an instance listens on */
	SCHEMA_ALLOW, /* what a firewall lets in */
	SCHEMA_PATH,
	SCHEMA_NAME,    /* of a block: [a-z]([-a-z0-9]{0,30}[a-z0-9])? */
	SCHEMA_HTTP,    /* where a GET is answered: schema_http_parse() */
	SCHEMA_PACKAGE, /* of Debian: schema_is_package() */
	SCHEMA_REF,     /* a resource: ${image.x} */
	SCHEMA_ANY,     /* YAML 1.2's core schema */
	SCHEMA_LIST,
	SCHEMA_MAP,
	SCHEMA_OBJECT,
};

enum schema_flags {
	SCHEMA_REQUIRED = 1,
	SCHEMA_STATIC = 2,  /* no resources in its expressions */
	SCHEMA_LITERAL = 4, /* no expressions */
	SCHEMA_META = 8,    /* for miso itself; not in the spec */
	SCHEMA_ONE = 16,    /* of a list: a scalar is a list of it alone */
	/* Read and checked, but nothing acts on it yet: refused. */
	SCHEMA_NOT_WIRED = 32,
	SCHEMA_SECRET = 64, /* a secret may go there, or be named there */
};

struct schema_kind;
struct strbuf;

struct schema_attr {
	const char *name;
	enum schema_type type;
	unsigned flags;
	const struct schema_attr *element; /* of a list or map */
	const struct schema_kind *kind;    /* of an object */
	const char *ref;                   /* root of a REF */
	const char *initial;               /* as it would be written */
	int64_t min, max;                  /* both 0: any */
	const char *const *one_of;         /* ended by NULL */
	const char *help;                  /* one sentence */
};

struct schema_kind {
	const char *name;                /* "instance" */
	const char *says;                /* "an instance" */
	const struct schema_attr *attrs; /* ended by a row without a name */
};

extern const struct schema_kind schema_stack; /* the whole file */
extern const struct schema_kind schema_var;
extern const struct schema_kind schema_provider;
extern const struct schema_kind schema_image;
extern const struct schema_kind schema_firewall;
extern const struct schema_kind schema_volume;
extern const struct schema_kind schema_address;
extern const struct schema_kind schema_instance;
extern const struct schema_kind schema_output;
extern const struct schema_kind schema_site;
extern const struct schema_kind schema_move;
extern const struct schema_kind schema_check;

/* The row called `name`, or NULL. */
const struct schema_attr *schema_find(const struct schema_kind *kind,
                                      const char *name);

/* "a size such as 512Mi": what `a` wants, for messages. */
const char *schema_says(const struct schema_attr *a);

/*
 * The text of a scalar as `a` wants it, or NULL with `problem` set. `plain`
 * is false for quoted text, which only SCHEMA_ANY cares about.
 */
const struct value *schema_scalar(struct arena *mem,
                                  const struct schema_attr *a, const char *s,
                                  size_t len, bool plain, const char **problem);

/*
 * What an expression came to as `a` wants it, or NULL with `problem` set.
 * Unknown fits everywhere.
 */
const struct value *schema_fit(struct arena *mem, const struct schema_attr *a,
                               const struct value *v, const char **problem);

/* What vars may be, besides lists and maps of it; ended as attrs are. */
extern const struct schema_attr schema_types[];

/*
 * The row for a type as written in vars: "string", "list(int)"; NULL when
 * there is no such type.
 */
const struct schema_attr *schema_type_parse(struct arena *mem,
                                            const char *text);

bool schema_is_name(const char *s);

/*
 * A Debian package, "NAME" or "NAME=VERSION": Debian Policy 5.6.7 and 5.6.12.
 * It has a letter, and nothing in it means more to apt than that.
 */
bool schema_is_package(const char *s);

/* A JSON Schema (draft-07) of files of `kind`: schema_stack or schema_site. */
void schema_print_json(struct strbuf *out, const struct schema_kind *kind);

/* A port or a rule, taken apart. */
struct schema_port {
	char protocol[5]; /* "tcp", "udp", "icmp" */
	uint16_t first, last;
	uint16_t published; /* of a PORT: the port outside */
};

/* False when `s` is none. Ports: 1883, 8883:1883, 53/udp, 8883:1883/tcp. */
bool schema_port_parse(const char *s, struct schema_port *out);

/*
 * Where to ask over HTTP: 8080, 8080/health, http://:8080/health or
 * http://localhost:8080/health. `path` points into `s` and begins with a
 * slash, or is empty. False when `s` is none of these.
 */
bool schema_http_parse(const char *s, uint16_t *port_out, const char **path);

/* Rules: tcp/1883, tcp/1000-2000, tcp, udp, icmp. */
bool schema_allow_parse(const char *s, struct schema_port *out);

#endif
