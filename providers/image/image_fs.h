/*
 * image_fs.h - the few things done with files of this host.
 *
 * Every path is used as given; what is created is private to the user (0700,
 * 0600) unless a mode says otherwise. Descriptors are close-on-exec.
 */
#ifndef PROVIDERS_IMAGE_IMAGE_FS_H
#define PROVIDERS_IMAGE_IMAGE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

/* A whole file, with a NUL behind it. ERR_LIMIT above `limit` bytes. */
NODISCARD struct err *image_fs_read(struct arena *mem, const char *path,
                                    size_t limit, char **data, size_t *len);

/*
 * Replace `path` at once: whoever reads it sees the old or the new content,
 * also after a crash of the host.
 */
NODISCARD struct err *image_fs_write(const char *path, const void *data,
                                     size_t len, mode_t mode);

/* Make a directory and those above it. */
NODISCARD struct err *image_fs_mkdirs(const char *path);

/* Remove a file or a whole directory, following no links. Gone is fine. */
NODISCARD struct err *image_fs_remove(const char *path);

/* Sync a directory, so that a rename in it outlives a crash. */
NODISCARD struct err *image_fs_sync_dir(const char *path);

/* "a/b" for ("a", "b"); `name` alone when it is absolute. */
char *image_fs_join(struct arena *mem, const char *dir, const char *name);

/* Everything up to the last slash; "/" and "." as dirname(1) has them. */
char *image_fs_parent(struct arena *mem, const char *path);

#endif
