/* status.h - what a machine told through its status port (machine.h). */
#ifndef PROVIDERS_QEMU_STATUS_H
#define PROVIDERS_QEMU_STATUS_H

#include <stdbool.h>

#include "parser/base/arena.h"

enum qemu_end {
	QEMU_RUNS,   /* nothing was said of an end */
	QEMU_EXIT,   /* the program ended with exit status `number` */
	QEMU_SIGNAL, /* signal `number` ended the program */
	QEMU_BOOT,   /* it did not get as far as the program: `text` */
	QEMU_PANIC,  /* the kernel stopped: `text` */
};

struct qemu_status {
	bool ready; /* the program was started */
	enum qemu_end end;
	int number;
	const char *text; /* "" when there is none */
};

/* From the text of the status file; unknown lines are passed over. */
struct qemu_status qemu_status_parse(struct arena *mem, const char *text);

/* From the file; a missing one says nothing. */
struct qemu_status qemu_status_read(struct arena *mem, const char *path);

/*
 * A phrase for people: "the program exited with status 3". NULL when the
 * machine said nothing of an end.
 */
const char *qemu_status_phrase(struct arena *mem, const struct qemu_status *s);

#endif
