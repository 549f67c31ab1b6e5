/*
 * dhcp6_message.h - messages of DHCPv6 as a client writes and reads them
 * (RFC 8415). Pure: no lock, no memory.
 */
#ifndef KERNEL_NET_DHCP6_MESSAGE_H
#define KERNEL_NET_DHCP6_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"
#include "kernel/net/address.h"

enum {
	DHCP6_DUID_MAX = 130, /* RFC 8415, 11.1 */
	DHCP6_MESSAGE_MAX = 320,
	DHCP6_SERVERS_MAX = 3,
	DHCP6_DOMAIN_MAX = 254,
};

/* RFC 8415, 7.3: those of a client that has one address. */
enum dhcp6_type {
	DHCP6_TYPE_SOLICIT = 1,
	DHCP6_TYPE_ADVERTISE = 2,
	DHCP6_TYPE_REQUEST = 3,
	DHCP6_TYPE_RENEW = 5,
	DHCP6_TYPE_REBIND = 6,
	DHCP6_TYPE_REPLY = 7,
	DHCP6_TYPE_INFORMATION = 11,
};

/* RFC 8415, 21.13. */
enum dhcp6_status {
	DHCP6_SUCCESS = 0,
	DHCP6_UNSPECIFIED = 1,
	DHCP6_NO_ADDRESSES = 2,
	DHCP6_NO_BINDING = 3,
	DHCP6_NOT_ON_LINK = 4,
};

/* How a server, or a client, is known. */
struct dhcp6_duid {
	uint8_t bytes[DHCP6_DUID_MAX];
	uint8_t len; /* 0: none */
};

struct dhcp6_lease {
	struct address6 address;
	/* Seconds; UINT32_MAX: for ever. After t1 its server is asked to renew
	 * it, after t2 any server. */
	uint32_t preferred, valid, t1, t2;
};

/* What a client says. */
struct dhcp6_question {
	enum dhcp6_type type;
	uint32_t xid;     /* 24 bits */
	uint8_t mac[6];   /* the client's DUID is made of it (DUID-LL) */
	uint32_t iaid;    /* of the address: one of an interface */
	uint16_t elapsed; /* since the first try, in 10 ms */
	struct dhcp6_duid server; /* to whom, if it is to one */
	bool has_address;         /* `address` is to be renewed */
	struct address6 address;
};

/* What a server said to that. */
struct dhcp6_answer {
	enum dhcp6_type type;
	struct dhcp6_duid server;
	bool rapid; /* a Reply to Solicit: RFC 8415, 18.3.1 */
	uint16_t status;
	bool has_lease;
	struct dhcp6_lease lease; /* valid 0: it is taken back */
	struct address6 servers[DHCP6_SERVERS_MAX];
	unsigned nr_servers;
	char domain[DHCP6_DOMAIN_MAX]; /* the first to search; "": none */
	uint32_t refresh; /* seconds: RFC 8415, 21.23; 0: not said */
};

/* Bytes of the message. */
size_t dhcp6_message_write(const struct dhcp6_question *q,
                           uint8_t out[DHCP6_MESSAGE_MAX]);

/*
 * Read an answer to `q`. -EINVAL: it is malformed, to another question, or of
 * no server. What RFC 8415 wants ignored (an address whose times contradict
 * each other) is not in `out`.
 */
NODISCARD int dhcp6_message_read(const uint8_t *bytes, size_t len,
                                 const struct dhcp6_question *q,
                                 struct dhcp6_answer *out);

#endif
