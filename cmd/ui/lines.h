/*
 * lines.h - what a machine writes, as lines of JSON:
 *
 *	{"address":"instance.broker","line":"mosquitto starting"}
 *
 * One object for each line, without what ends it. Bytes that are no UTF-8
 * become U+FFFD. What is longer than LINES_LONGEST comes in pieces; those that
 * go on have "partial":true.
 */
#ifndef CMD_UI_LINES_H
#define CMD_UI_LINES_H

#include <stdio.h>

#include "parser/base/err.h"

enum { LINES_LONGEST = 64 * 1024 };

struct lines;

/* Both are borrowed; each line is flushed. */
struct lines *lines_new(FILE *to, const char *address);

/* A stream to be written to; closed before lines_free(). */
NODISCARD struct err *lines_stream(struct lines *l, FILE **out);

/*
 * The same for a process: a descriptor, closed on exec, that is read by a
 * thread until lines_free().
 */
NODISCARD struct err *lines_pipe(struct lines *l, int *fd);

/*
 * Write the last line, if nothing ended it. Closes the descriptor, and waits
 * until every copy of it is closed. NULL is fine.
 */
void lines_free(struct lines *l);

#endif
