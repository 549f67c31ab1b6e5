/* fsdrive.h - files by path, for tests: short forms of the VFS's calls. */
#ifndef TESTS_LIB_KHOST_FSDRIVE_H
#define TESTS_LIB_KHOST_FSDRIVE_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/fs/vfs.h"

/* vfs_init() and a tmpfs as "/". Once in a program. */
void drive_init(void);

/* open() of the whole life of a call: 0 or what failed first. */
int drive_touch(const char *path, uint32_t mode);
int drive_mkdir(const char *path);

/* Write or read `n` bytes at `pos`; O_CREAT. How many, or -Exxx. */
int64_t drive_write(const char *path, int64_t pos, const void *bytes, size_t n);
int64_t drive_read(const char *path, int64_t pos, void *bytes, size_t n);
int64_t drive_append(const char *path, const void *bytes, size_t n);
int drive_truncate(const char *path, uint64_t size);
int drive_fsync(const char *path);

/* st_size, st_nlink, st_mode; -Exxx when it is not there. Follows links. */
int64_t drive_size(const char *path);
int64_t drive_nlink(const char *path);
int64_t drive_mode(const char *path);

/* The names in a folder, in order, with a space behind each; -Exxx. */
int drive_list(const char *path, char *out, size_t size);

/* How many names, without "." and "..". */
int drive_count(const char *path);

#endif
