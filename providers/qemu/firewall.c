/* firewall.c - rules, ports, and where they are bound. */
#include "providers/qemu/firewall.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "providers/qemu/port_owner.h"
#include "providers/qemu/subnet.h"

static const uint32_t loopback = 0x7f000000; /* 127.0.0.0/8 */
static const uint32_t loopback_mask = 0xff000000;
static const uint32_t localhost = 0x7f000001;

static const char *const protos[] = {
	[QEMU_TCP] = "tcp",
	[QEMU_UDP] = "udp",
	[QEMU_ICMP] = "icmp",
};

const char *qemu_firewall_proto(enum qemu_proto proto)
{
	return protos[proto];
}

static bool parse_proto(const char *s, size_t len, enum qemu_proto *out)
{
	for (size_t i = 0; i < ARRAY_LEN(protos); i++) {
		if (strlen(protos[i]) == len &&
		    strncmp(protos[i], s, len) == 0) {
			*out = (enum qemu_proto)i;
			return true;
		}
	}
	return false;
}

/* A port number up to `end`, which must follow it. */
static bool parse_port(const char *s, char end, uint16_t *out,
                       const char **rest)
{
	char *at;
	unsigned long n = strtoul(s, &at, 10);

	if (at == s || *s < '0' || *s > '9' || n == 0 || n > 65535 ||
	    *at != end)
		return false;
	*out = (uint16_t)n;
	*rest = at + (end != '\0');
	return true;
}

/* --- rules -------------------------------------------------------------------
 */

/* "icmp", "tcp", "tcp/1883", "udp/5000-6000" */
static bool parse_allow(const char *s, struct qemu_rule *out)
{
	size_t len = strcspn(s, "/");
	const char *rest = s + len + 1;

	out->allow = s;
	if (!parse_proto(s, len, &out->proto))
		return false;
	if (!s[len]) {
		out->low = 1;
		out->high = 65535;
		return true;
	}
	if (out->proto == QEMU_ICMP)
		return false;
	if (parse_port(rest, '-', &out->low, &rest))
		return parse_port(rest, '\0', &out->high, &rest) &&
		       out->low <= out->high;
	if (!parse_port(rest, '\0', &out->low, &rest))
		return false;
	out->high = out->low;
	return true;
}

static bool parse_source(const char *s, struct qemu_rule *out)
{
	uint8_t v6[16];
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(s, "/");

	out->source = s;
	out->ipv4 = qemu_subnet_cidr(s, &out->base, &out->mask);
	if (out->ipv4)
		return true;
	if (len >= sizeof(address))
		return false;
	memcpy(address, s, len);
	address[len] = '\0';
	return inet_pton(AF_INET6, address, v6) == 1;
}

struct making {
	struct arena *mem;
	struct src_pos pos;
	struct qemu_rule *v;
	size_t n, cap;
};

static struct src_pos pos_or(const struct value *v, struct src_pos pos)
{
	return v->pos.line ? v->pos : pos;
}

static struct err *add_rule(struct making *m, const struct value *allow,
                            const struct value *source)
{
	struct qemu_rule rule = {0};

	if (allow->type != VALUE_STRING || !parse_allow(allow->string.s, &rule))
		return err_new(ERR_SYNTAX, pos_or(allow, m->pos),
		               "\"%s\" is not like tcp/1883, udp/5000-6000 or "
		               "icmp",
		               value_to_json(m->mem, allow));
	if (source->type != VALUE_STRING ||
	    !parse_source(source->string.s, &rule))
		return err_new(ERR_SYNTAX, pos_or(source, m->pos),
		               "%s is no range of addresses such as 10.0.0.0/8",
		               value_to_json(m->mem, source));
	ARENA_RESERVE(m->mem, struct qemu_rule, m->v, m->n, m->cap);
	m->v[m->n++] = rule;
	return NULL;
}

static struct err *add_firewall(struct making *m, const struct value *spec)
{
	const struct value *allow = value_get(spec, "allow");
	const struct value *sources = value_get(spec, "sources");
	struct err *e = NULL;

	if (!sources || sources->type != VALUE_LIST) {
		const struct value *all = value_string(m->mem, "0.0.0.0/0");

		sources = value_list(m->mem, &all, 1);
	}
	if (!allow || allow->type != VALUE_LIST)
		return NULL;
	for (size_t i = 0; !e && i < allow->list.n; i++)
		for (size_t k = 0; !e && k < sources->list.n; k++)
			e = add_rule(m, allow->list.v[i], sources->list.v[k]);
	return e;
}

struct err *qemu_firewall_parse(struct arena *mem,
                                const struct value *firewalls,
                                struct src_pos pos, struct qemu_rules *out)
{
	struct making m = {.mem = mem, .pos = pos};
	struct err *e = NULL;

	if (firewalls && firewalls->type == VALUE_MAP)
		for (size_t i = 0; !e && i < firewalls->map.n; i++)
			e = add_firewall(&m, firewalls->map.v[i].value);
	if (!e)
		*out = (struct qemu_rules){m.v, m.n};
	return e;
}

/* --- ports -------------------------------------------------------------------
 */

/* "1883", "8883:1883", each with "/udp" behind it or "/tcp" */
static bool parse_published(struct arena *mem, const char *s,
                            struct qemu_port *out)
{
	size_t len = strcspn(s, "/");
	const char *text = arena_strndup(mem, s, len), *rest;

	out->proto = QEMU_TCP;
	if (s[len] &&
	    (!parse_proto(s + len + 1, strlen(s + len + 1), &out->proto) ||
	     out->proto == QEMU_ICMP))
		return false;
	if (parse_port(text, ':', &out->host, &rest))
		return parse_port(rest, '\0', &out->guest, &rest);
	if (!parse_port(text, '\0', &out->host, &rest))
		return false;
	out->guest = out->host;
	return true;
}

static struct err *parse_one(struct arena *mem, const struct value *v,
                             struct src_pos pos, struct qemu_port *out)
{
	const char *text = value_to_json(mem, v);

	if (v->type == VALUE_STRING)
		text = v->string.s;
	if ((v->type != VALUE_STRING && v->type != VALUE_INT) ||
	    !parse_published(mem, text, out))
		return err_new(ERR_SYNTAX, pos_or(v, pos),
		               "port \"%s\" is not like 1883, 8883:1883 or "
		               "53/udp",
		               text);
	return NULL;
}

struct err *qemu_firewall_ports(struct arena *mem, const struct value *ports,
                                struct src_pos pos, struct qemu_ports *out)
{
	size_t n = ports && ports->type == VALUE_LIST ? ports->list.n : 0;
	struct qemu_port *v = ARENA_ARRAY(mem, struct qemu_port, n);
	struct err *e = NULL;

	for (size_t i = 0; !e && i < n; i++)
		e = parse_one(mem, ports->list.v[i], pos, &v[i]);
	if (!e)
		*out = (struct qemu_ports){v, n};
	return e;
}

/* --- forwards ----------------------------------------------------------------
 */

struct qemu_addresses qemu_firewall_addresses(struct arena *mem)
{
	struct qemu_addresses out = {0};
	struct ifaddrs *list = NULL;
	uint32_t *v = NULL;
	size_t cap = 0;

	if (getifaddrs(&list))
		return out;
	for (struct ifaddrs *i = list; i; i = i->ifa_next) {
		struct sockaddr_in a;

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(&a, i->ifa_addr, sizeof(a));
		if ((ntohl(a.sin_addr.s_addr) & loopback_mask) == loopback)
			continue;
		ARENA_RESERVE(mem, uint32_t, v, out.n, cap);
		v[out.n++] = ntohl(a.sin_addr.s_addr);
	}
	freeifaddrs(list);
	out.v = v;
	return out;
}

struct forwarding {
	struct arena *mem;
	struct qemu_forward *v;
	size_t n, cap;
};

static void add_forward(struct forwarding *f, const struct qemu_port *port,
                        uint32_t bind)
{
	for (size_t i = 0; i < f->n; i++) {
		struct qemu_forward *old = &f->v[i];

		if (old->proto != port->proto || old->host != port->host)
			continue;
		if (old->bind == bind || old->bind == 0)
			return;
		if (bind == 0) {
			old->bind = 0; /* covers what was there */
			return;
		}
	}
	ARENA_RESERVE(f->mem, struct qemu_forward, f->v, f->n, f->cap);
	f->v[f->n++] = (struct qemu_forward){port->proto, bind, port->host,
	                                     port->guest};
}

static bool allows(const struct qemu_rule *rule, const struct qemu_port *port)
{
	return rule->ipv4 && rule->proto == port->proto &&
	       rule->low <= port->guest && port->guest <= rule->high;
}

static void forward(struct forwarding *f, const struct qemu_port *port,
                    const struct qemu_rule *rule,
                    const struct qemu_addresses *here)
{
	if (rule->mask == 0) {
		add_forward(f, port, 0);
		return;
	}
	if ((rule->base & loopback_mask) == loopback ||
	    (localhost & rule->mask) == rule->base)
		add_forward(f, port, localhost);
	for (size_t i = 0; i < here->n; i++)
		if ((here->v[i] & rule->mask) == rule->base)
			add_forward(f, port, here->v[i]);
}

struct qemu_forwards qemu_firewall_forwards(struct arena *mem,
                                            const struct qemu_ports *ports,
                                            const struct qemu_rules *rules,
                                            const struct qemu_addresses *here)
{
	struct forwarding f = {.mem = mem};

	for (size_t i = 0; i < ports->n; i++)
		for (size_t k = 0; k < rules->n; k++)
			if (allows(&rules->v[k], &ports->v[i]))
				forward(&f, &ports->v[i], &rules->v[k], here);
	return (struct qemu_forwards){f.v, f.n};
}

/* --- is it free --------------------------------------------------------------
 */

/* errno of binding it as QEMU will, or 0. */
static int try_bind(const struct qemu_forward *f)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_port = htons(f->host),
	                        .sin_addr.s_addr = htonl(f->bind)};
	int type = f->proto == QEMU_UDP ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1, problem = 0;

	if (fd < 0)
		return errno;
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) ||
	    (type == SOCK_STREAM && listen(fd, 1)))
		problem = errno;
	close(fd);
	return problem;
}

static struct err *refuse(const struct qemu_forward *f, const char *instance,
                          struct src_pos pos, int problem)
{
	struct arena mem = {0};
	const char *proto = qemu_firewall_proto(f->proto);
	const char *owner =
		qemu_port_owner(&mem, f->proto == QEMU_UDP, f->host);
	struct err *e;

	if (problem == EADDRINUSE)
		e = err_new(ERR_CONFLICT, pos,
		            "instance \"%s\" publishes port %u/%s, which is in "
		            "use%s%s",
		            instance, f->host, proto, owner ? " by " : "",
		            owner ? owner : "");
	else
		e = err_wrap(err_sys(problem, "bind"), pos,
		             "instance \"%s\" cannot publish port %u/%s",
		             instance, f->host, proto);
	e = err_hint(e, "publish another one: ports: [\"%u:%u%s\"]",
	             f->host < 55536 ? f->host + 10000 : f->host - 10000,
	             f->guest, f->proto == QEMU_UDP ? "/udp" : "");
	arena_free(&mem);
	return e;
}

struct err *qemu_firewall_check(const struct qemu_forwards *forwards,
                                const char *instance, struct src_pos pos)
{
	for (size_t i = 0; i < forwards->n; i++) {
		int problem = try_bind(&forwards->v[i]);

		if (problem)
			return refuse(&forwards->v[i], instance, pos, problem);
	}
	return NULL;
}
