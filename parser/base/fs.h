/* fs.h - files and folders, with errors that name them. */
#ifndef PARSER_BASE_FS_H
#define PARSER_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

/*
 * The whole file, NUL-terminated, `len` bytes without the NUL. ERR_LIMIT when
 * it is larger than `limit`, whatever its size claims to be.
 */
NODISCARD struct err *fs_read(struct arena *mem, const char *path, size_t limit,
                              char **text, size_t *len);

/*
 * Replace `path`: after a crash there is the old content or the new, never a
 * part. It is on the disk when this returns.
 */
NODISCARD struct err *fs_write(const char *path, const void *data, size_t len,
                               mode_t mode);

/*
 * The same for a path that a user named: what is there and is no file, such as
 * a pipe or a device, is written to, and a link stays one.
 */
NODISCARD struct err *fs_put(const char *path, const void *data, size_t len,
                             mode_t mode);

/* mkdir -p. */
NODISCARD struct err *fs_make_dirs(const char *path, mode_t mode);

/* rm -rf: links are removed, never followed; what is gone already is fine. */
NODISCARD struct err *fs_remove_tree(const char *path);

bool fs_exists(const char *path);

/* Sync a folder, so that a rename in it outlives a crash. */
NODISCARD struct err *fs_sync_dir(const char *path);

/* `path` as seen from `dir`, unless it is absolute. */
const char *fs_join(struct arena *mem, const char *dir, const char *path);

/* Everything up to the last slash; "/" and "." as dirname(1) has them. */
const char *fs_parent(struct arena *mem, const char *path);

/* Absolute, without links. */
NODISCARD struct err *fs_real(struct arena *mem, const char *path,
                              const char **out);

#endif
