/* spec.h - an instance's spec as numbers and checked text. */
#ifndef PROVIDERS_QEMU_SPEC_H
#define PROVIDERS_QEMU_SPEC_H

#include "providers/provider.h"
#include "providers/qemu/firewall.h"

struct qemu_spec {
	uint64_t memory; /* bytes */
	unsigned cpus;
	struct qemu_ports ports;
	struct qemu_rules rules;
	const struct value *args, *env; /* NULL: none */
	const char *restart;            /* NULL: as the image says */
	const char *syslog;             /* HOST:PORT, or NULL */
	bool wx_deny;
	const char *image;    /* digest */
	const char *hostname; /* NULL: its name */
	const char *wait_log; /* a pattern; NULL: none */
	uint16_t wait_port;   /* of the machine; 0: none */
	uint16_t wait_http;   /* the same, where a GET is answered */
	const char *wait_path;
	int wait_ms;
};

/* The error has the position of what is wrong. */
NODISCARD struct err *qemu_spec_parse(struct arena *mem,
                                      const struct desired *want,
                                      struct qemu_spec *out);

/* "60s", "1500ms", or milliseconds as an int; -1 when it is neither. */
int64_t qemu_spec_duration(const struct value *v);

/*
 * A name that can be part of a path: letters, digits, '-', '_' and '.', not
 * first.
 */
bool qemu_spec_name_ok(const char *name);

#endif
