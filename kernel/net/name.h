/*
 * name.h - names to IPv4 addresses, for the kernel's own use; programs bring
 * their resolver. May sleep.
 */
#ifndef KERNEL_NET_NAME_H
#define KERNEL_NET_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

enum { NAME_MAX_LEN = 253, NAME_QUERY_MAX = 300 }; /* RFC 1035, 2.3.4 */

/*
 * An address in digits, a name of the boot lines, or one that a name server
 * knows. Asks each server twice, a second each time. In host byte order.
 * -ENOENT: nobody knows it; -EAGAIN: nobody answered; -EINVAL: it is no name.
 */
NODISCARD int name_resolve(const char *name, uint32_t *out);

/* --- pure --- */

/* The question for the address of `name`. Its length; 0: it is no name. */
size_t name_write_query(uint8_t out[NAME_QUERY_MAX], uint16_t id,
                        const char *name);

/*
 * Is this the answer to the query with that id? -EAGAIN: no, or it is
 * malformed; -ENOENT: there is no such name, or it has no address.
 */
NODISCARD int name_read_answer(const uint8_t *p, size_t size, uint16_t id,
                               uint32_t *out);

/* A line of `text` (as in /etc/hosts) that has the name: its address. */
NODISCARD int name_find_host(const char *text, size_t len, const char *name,
                             uint32_t *out);

#endif
