/*
 * proc.h - /proc and /sys: files whose text is made when they are read.
 *
 * Whoever knows something registers rows for it; a row for a path that is
 * there replaces the former one. Folders on the way come into being by
 * themselves. Register at boot; rows are borrowed for good.
 *
 *	static const struct proc_entry entries[] = {
 *		{.path = "/proc/loadavg", .fill = fill_loadavg},
 *		{.path = "/proc/self/exe", .follow = follow_exe},
 *		{.path = "/proc/self/task", .next = next_thread},
 *		{.path = "/proc/self/task/#/stat", .fill = fill_thread_stat},
 *	};
 *
 * "#" stands for numbers: its folder's row has a `next` that says which there
 * are, and the functions of rows at and below "#" get the number as key. Only
 * one "#" in a path. "/proc/self" is the folder /proc/<pid>; the real
 * /proc/self and /proc/thread-self are links to it.
 */
#ifndef KERNEL_FS_PROC_H
#define KERNEL_FS_PROC_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/fs/text.h"
#include "kernel/lib/attr.h"

struct dentry;

/* All functions may sleep. They return 0 or -Exxx, which the reader sees. */
struct proc_entry {
	const char *path;
	uint32_t mode; /* permissions; 0: 0444, 0644, 0777, 0555 */

	/* The text of a file; with `link` set, of a symbolic link. */
	NODISCARD int (*fill)(struct text *out, uint64_t key, void *arg);
	bool link;

	/* A file that can be written: one call for each write(). */
	NODISCARD int (*store)(const char *text, size_t n, uint64_t key,
	                       void *arg);

	/*
	 * A link that leads to a thing whatever its text says, which is the
	 * path unless there is a `fill`. With a reference.
	 */
	NODISCARD int (*follow)(struct dentry **out, uint64_t key, void *arg);

	/* A folder of numbers: *key is moved to the first at or behind it. */
	bool (*next)(uint64_t *key, void *arg);

	void *arg;
};

/* -ENOMEM; -EINVAL for a path that is not below /proc or /sys. */
NODISCARD int proc_add_all(const struct proc_entry *rows, size_t n);

/* A file by itself. `path` is borrowed. */
NODISCARD int proc_add(const char *path,
                       int (*fill)(struct text *out, uint64_t key, void *arg),
                       void *arg);

/* A `fill` that writes the string that `arg` is, and a line feed. */
NODISCARD int proc_fill_string(struct text *out, uint64_t key, void *arg);

/* The number that /proc/<pid> has; 1 at first. Before proc_mount(). */
void proc_set_pid(unsigned pid);

/* Mount /proc and /sys, with the rows that this layer can fill. */
NODISCARD int proc_mount(void);

#endif
