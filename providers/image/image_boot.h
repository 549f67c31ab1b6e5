/*
 * image_boot.h - writing boot lines (kernel/abi/boot_lines.h).
 *
 * Start from `{.mem = mem}`. Text grows by doubling; nothing is freed before
 * the arena.
 */
#ifndef PROVIDERS_IMAGE_IMAGE_BOOT_H
#define PROVIDERS_IMAGE_IMAGE_BOOT_H

#include <stddef.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "parser/value/value.h"

struct image_boot {
	struct arena *mem;
	char *text; /* NUL-terminated once something was added */
	size_t len, cap;

	/* The key that took most, for the message about the limit. */
	struct image_boot_share {
		const char *key;
		size_t len;
	} shares[16];
	size_t nr_shares;
};

/* Add a line. `key` is borrowed; the value is escaped. */
void image_boot_add(struct image_boot *b, const char *key, const char *fmt, ...)
	PRINTF(3, 4);

/* Add one line for each string of a list, and each "K=V" of a map. */
void image_boot_add_args(struct image_boot *b, const struct value *args);
void image_boot_add_env(struct image_boot *b, const struct value *env);

/*
 * Let traffic in: `protocol` is tcp, udp or icmp, which has no ports. 0.0.0.0/0
 * means everybody, so it gets a line for IPv6 as well.
 */
void image_boot_allow(struct image_boot *b, const char *protocol,
                      unsigned first, unsigned last, const char *source);

/* ERR_LIMIT above BOOT_LINES_MAX; names what takes most. */
NODISCARD struct err *image_boot_check(const struct image_boot *b,
                                       struct src_pos pos);

/*
 * A scalar as the text that a program sees: strings as they are, numbers and
 * truth as JSON has them.
 */
const char *image_boot_text(struct arena *mem, const struct value *v);

#endif
