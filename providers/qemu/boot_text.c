/* boot_text.c - boot lines of an instance (kernel/abi/boot_lines.h). */
#include "providers/qemu/boot_text.h"

#include <stdlib.h>
#include <sys/random.h>

#include "providers/qemu/subnet.h"

enum { SEED_LEN = 64 };

/* Who connects to a published port comes from slirp's own address. */
#define SLIRP_GATEWAY "10.0.2.2/32"

static void add_network(struct image_boot *b, const struct qemu_boot_request *q)
{
	char mac[QEMU_MAC_LEN + 1], ip[QEMU_IP_LEN + 1];

	qemu_subnet_mac(q->owner, q->address, "out", mac);
	image_boot_add(b, "net", "%s dhcp", mac);
	if (!q->ip)
		return;
	qemu_subnet_mac(q->owner, q->address, "segment", mac);
	image_boot_add(b, "net", "%s %s/%d", mac, q->ip, QEMU_SUBNET_PREFIX);
	for (size_t i = 0; i < q->nr_peers; i++) {
		qemu_subnet_print(q->peers[i].ip, ip);
		image_boot_add(b, "host", "%s %s", ip, q->peers[i].name);
	}
}

static void add_filter(struct image_boot *b, const struct qemu_boot_request *q)
{
	for (size_t i = 0; i < q->spec->rules.n; i++) {
		const struct qemu_rule *r = &q->spec->rules.v[i];

		image_boot_allow(b, qemu_firewall_proto(r->proto), r->low,
		                 r->high, r->source);
	}
	for (size_t i = 0; i < q->forwards->n; i++)
		image_boot_add(b, "allow", "%s/%u " SLIRP_GATEWAY,
		               qemu_firewall_proto(q->forwards->v[i].proto),
		               q->forwards->v[i].guest);
}

static void add_seed(struct image_boot *b)
{
	uint8_t seed[SEED_LEN];
	char hex[2 * SEED_LEN + 1];

	if (getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		abort();
	for (size_t i = 0; i < sizeof(seed); i++)
		snprintf(hex + 2 * i, 3, "%02x", seed[i]);
	image_boot_add(b, "seed", "%s", hex);
}

struct err *qemu_boot_text(struct arena *mem,
                           const struct qemu_boot_request *request,
                           struct image_boot *out)
{
	const struct qemu_spec *spec = request->spec;

	*out = (struct image_boot){.mem = mem};
	image_boot_add(out, "hostname", "%s",
	               spec->hostname ? spec->hostname : request->name);
	if (spec->restart)
		image_boot_add(out, "restart", "%s", spec->restart);
	if (spec->wx_deny)
		image_boot_add(out, "security", "wx-deny");
	if (spec->syslog)
		image_boot_add(out, "log", "syslog %s", spec->syslog);
	image_boot_add_args(out, spec->args);
	image_boot_add_env(out, spec->env);
	add_network(out, request);
	add_filter(out, request);
	add_seed(out);
	return image_boot_check(out, request->pos);
}
