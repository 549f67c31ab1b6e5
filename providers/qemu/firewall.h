/*
 * firewall.h - which traffic the tags of an instance let in, and which of its
 * ports this host therefore publishes.
 *
 * A rule is one allowed protocol and port range from one range of sources. A
 * published port is bound where its sources are: everywhere for 0.0.0.0/0, on
 * the loopback address for sources within 127.0.0.0/8, else on the addresses of
 * this host that lie within the sources, because the machine cannot see who is
 * behind the forwarding. Where there is no such address it is 127.0.0.1.
 */
#ifndef PROVIDERS_QEMU_FIREWALL_H
#define PROVIDERS_QEMU_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "parser/value/value.h"

enum qemu_proto { QEMU_TCP, QEMU_UDP, QEMU_ICMP };

struct qemu_rule {
	enum qemu_proto proto;
	uint16_t low, high;  /* ports; 0 for icmp */
	const char *allow;   /* as written: "tcp/1883" */
	const char *source;  /* as written: "10.0.0.0/8" */
	uint32_t base, mask; /* of an IPv4 source */
	bool ipv4;
};

struct qemu_rules {
	const struct qemu_rule *v;
	size_t n;
};

/* From the map {name: {allow, sources}}; NULL has no rules. */
NODISCARD struct err *qemu_firewall_parse(struct arena *mem,
                                          const struct value *firewalls,
                                          struct src_pos pos,
                                          struct qemu_rules *out);

struct qemu_port {
	enum qemu_proto proto; /* tcp or udp */
	uint16_t host, guest;
};

struct qemu_ports {
	const struct qemu_port *v;
	size_t n;
};

/* From the list [1883, "8883:1883", "53/udp"]; NULL has no ports. */
NODISCARD struct err *qemu_firewall_ports(struct arena *mem,
                                          const struct value *ports,
                                          struct src_pos pos,
                                          struct qemu_ports *out);

/* A port of this host that leads to one of the machine. */
struct qemu_forward {
	enum qemu_proto proto;
	uint32_t bind; /* 0: every address */
	uint16_t host, guest;
};

struct qemu_forwards {
	const struct qemu_forward *v;
	size_t n;
};

/* Addresses of this host, without loopback. */
struct qemu_addresses {
	const uint32_t *v;
	size_t n;
};

struct qemu_addresses qemu_firewall_addresses(struct arena *mem);

/* Ports that a rule allows, each bound as the sources say. */
struct qemu_forwards qemu_firewall_forwards(struct arena *mem,
                                            const struct qemu_ports *ports,
                                            const struct qemu_rules *rules,
                                            const struct qemu_addresses *here);

/*
 * ERR_CONFLICT when one of the ports is in use: which, by whom if it can be
 * told, and how to publish another.
 */
NODISCARD struct err *qemu_firewall_check(const struct qemu_forwards *forwards,
                                          const char *instance,
                                          struct src_pos pos);

const char *qemu_firewall_proto(enum qemu_proto proto);

#endif
