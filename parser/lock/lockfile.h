/*
 * lockfile.h - miso.lock: which Debian packages the images of a stack are made
 * of, to the byte.
 *
 * It stands beside the stack's file and belongs into version control. JSON, so
 * that others can read it; written by `miso lock`, sorted, so that a change of
 * one package is a change of a few lines:
 *
 *	{"version": 1,
 *	 "requests": [
 *	  {"packages": ["mosquitto"],             as an image's `package:` has
 *it "programs": ["/usr/sbin/mosquitto"],   ELF programs among `whole` "size":
 *2457600,                       bytes of their files on a disk "whole":
 *["mosquitto=2.0.11-1"],       all files of these are wanted, "libraries":
 *["libc6=2.36-9"]}],       of these what programs need "packages": [
 *	  {"name": "libc6", "version": "2.36-9", "architecture": "amd64",
 *	   "source": "glibc", "size": 2754000, "sha256": "..."}]}
 *
 * `size` of a package is that of its .deb, and `sha256` is of it, too. Where it
 * comes from is not said: that is for the host's own apt to know.
 */
#ifndef PARSER_LOCK_LOCKFILE_H
#define PARSER_LOCK_LOCKFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

#define LOCKFILE_NAME "miso.lock"

struct value;

struct lockfile_package {
	const char *name, *version, *architecture, *source;
	uint64_t size;      /* of the .deb, bytes */
	const char *sha256; /* of the .deb, 64 hex digits */
};

struct lockfile_names {
	const char *const *v;
	size_t n;
};

/* Sorted by name and version. */
struct lockfile_set {
	const struct lockfile_package *const *v;
	size_t n;
};

struct lockfile_request {
	struct lockfile_names packages; /* in the order written */
	struct lockfile_names programs; /* paths in the machine, sorted */
	uint64_t size;                  /* bytes, in blocks of a disk */
	struct lockfile_set whole, libraries;
};

struct lockfile {
	const struct lockfile_request *v; /* sorted by what is requested */
	size_t n;
};

/* The file in the folder `dir`; one that is not there is empty. */
NODISCARD struct err *lockfile_read(struct arena *mem, const char *dir,
                                    struct lockfile *out);

/* Its text: the same for the same content, whatever the order. */
const char *lockfile_text(struct arena *mem, const struct lockfile *l);

/*
 * What is locked for `packages`, a list of strings as a spec has it. ERR_REF,
 * at `pos`, when there is nothing.
 */
NODISCARD struct err *lockfile_find(const struct lockfile *l,
                                    const struct value *packages,
                                    struct src_pos pos,
                                    const struct lockfile_request **out);

/* The same request: the same packages in the same order. */
bool lockfile_same(const struct lockfile_names *a,
                   const struct lockfile_names *b);

/*
 * The path of the program that a request's image runs: `program` is as the spec
 * has it, a path, a name, or NULL for the one that is called like the first
 * package. ERR_REF tells which there are.
 */
NODISCARD struct err *lockfile_program(struct arena *mem,
                                       const struct lockfile_request *r,
                                       const char *program, struct src_pos pos,
                                       const char **out);

/* "name" of "name" or "name=version", and the version or NULL. */
const char *lockfile_wanted(struct arena *mem, const char *package,
                            const char **version);

#endif
