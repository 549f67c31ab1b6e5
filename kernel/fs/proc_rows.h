/* proc_rows.h - what this layer itself shows in /proc and /sys. */
#ifndef KERNEL_FS_PROC_ROWS_H
#define KERNEL_FS_PROC_ROWS_H

#include "kernel/fs/proc.h"

extern const struct proc_entry proc_rows[];
extern const size_t proc_nr_rows;

/* A link's text: the string that `arg` is. */
NODISCARD int proc_fill_self(struct text *out, uint64_t key, void *arg);

#endif
