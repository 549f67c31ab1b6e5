/* dhcp6_message.c - see dhcp6_message.h. */
#include "kernel/net/dhcp6_message.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

enum {
	HEADER = 4,        /* type and transaction */
	OPTION_HEADER = 4, /* code and length */
	IA_HEADER = 12,    /* IAID, T1, T2 */
	IA_ADDRESS = 24,   /* address, preferred, valid */
	DUID_LINK = 3,     /* DUID-LL: RFC 8415, 11.4 */
	ETHERNET = 1,

	OPTION_CLIENT = 1,
	OPTION_SERVER = 2,
	OPTION_IA = 3,
	OPTION_IA_ADDRESS = 5,
	OPTION_WANTED = 6,
	OPTION_ELAPSED = 8,
	OPTION_STATUS = 13,
	OPTION_RAPID = 14,
	OPTION_SERVERS = 23,
	OPTION_DOMAINS = 24,
	OPTION_REFRESH = 32,
};

/* --- numbers --- */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint8_t *put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

static uint8_t *put_bytes(uint8_t *p, const void *from, size_t n)
{
	memcpy(p, from, n);
	return p + n;
}

static uint8_t *put_option(uint8_t *p, unsigned code, size_t len)
{
	return put16(put16(p, code), (unsigned)len);
}

/* --- writing --- */

static struct dhcp6_duid duid_of(const struct dhcp6_question *q)
{
	struct dhcp6_duid d = {.len = 4 + sizeof(q->mac)};

	put16(put16(d.bytes, DUID_LINK), ETHERNET);
	memcpy(d.bytes + 4, q->mac, sizeof(q->mac));
	return d;
}

static uint8_t *put_duid(uint8_t *p, unsigned code, const struct dhcp6_duid *d)
{
	return put_bytes(put_option(p, code, d->len), d->bytes, d->len);
}

/* What the server is to choose is zero. */
static uint8_t *put_ia(uint8_t *p, const struct dhcp6_question *q)
{
	size_t inner = q->has_address ? OPTION_HEADER + IA_ADDRESS : 0;
	uint8_t address[16];

	p = put_option(p, OPTION_IA, IA_HEADER + inner);
	p = put32(put32(put32(p, q->iaid), 0), 0);
	if (!q->has_address)
		return p;
	address6_to_bytes(q->address, address);
	p = put_option(p, OPTION_IA_ADDRESS, IA_ADDRESS);
	return put32(put32(put_bytes(p, address, sizeof(address)), 0), 0);
}

static uint8_t *put_wanted(uint8_t *p, const struct dhcp6_question *q)
{
	bool only_names = q->type == DHCP6_TYPE_INFORMATION;

	p = put_option(p, OPTION_WANTED, only_names ? 6 : 4);
	p = put16(put16(p, OPTION_SERVERS), OPTION_DOMAINS);
	return only_names ? put16(p, OPTION_REFRESH) : p;
}

size_t dhcp6_message_write(const struct dhcp6_question *q,
                           uint8_t out[DHCP6_MESSAGE_MAX])
{
	struct dhcp6_duid client = duid_of(q);
	uint8_t *p = put32(out, (uint32_t)q->type << 24 | (q->xid & 0xffffff));

	p = put_duid(p, OPTION_CLIENT, &client);
	if (q->server.len)
		p = put_duid(p, OPTION_SERVER, &q->server);
	p = put16(put_option(p, OPTION_ELAPSED, 2), q->elapsed);
	p = put_wanted(p, q);
	if (q->type == DHCP6_TYPE_SOLICIT)
		p = put_option(p, OPTION_RAPID, 0);
	if (q->type != DHCP6_TYPE_INFORMATION)
		p = put_ia(p, q);
	return (size_t)(p - out);
}

/* --- reading --- */

/* Options, one after the other. */
struct options {
	const uint8_t *at;
	size_t left;
};

struct option {
	unsigned code;
	const uint8_t *bytes;
	size_t len;
};

/* 1: `out` is the next; 0: there is none; -EINVAL: it does not fit. */
static int next_option(struct options *o, struct option *out)
{
	if (!o->left)
		return 0;
	if (o->left < OPTION_HEADER)
		return -EINVAL;
	*out = (struct option){get16(o->at), o->at + OPTION_HEADER,
	                       get16(o->at + 2)};
	if (out->len > o->left - OPTION_HEADER)
		return -EINVAL;
	o->at += OPTION_HEADER + out->len;
	o->left -= OPTION_HEADER + out->len;
	return 1;
}

static int read_status(const struct option *o, struct dhcp6_answer *out)
{
	if (o->len < 2)
		return -EINVAL;
	if (!out->status)
		out->status = get16(o->bytes);
	return 0;
}

/* RFC 8415, 21.6: one that contradicts itself is ignored. */
static int read_ia_address(const struct option *o, struct dhcp6_answer *out)
{
	struct options inner = {o->bytes + IA_ADDRESS, o->len - IA_ADDRESS};
	struct dhcp6_lease l = out->lease;
	struct option status;
	int rc;

	if (o->len < IA_ADDRESS)
		return -EINVAL;
	l.address = address6_of_bytes(o->bytes);
	l.preferred = get32(o->bytes + 16);
	l.valid = get32(o->bytes + 20);
	while ((rc = next_option(&inner, &status)) > 0)
		if (status.code == OPTION_STATUS &&
		    (status.len < 2 || get16(status.bytes)))
			return 0;
	if (rc)
		return rc;
	if (out->has_lease || l.preferred > l.valid)
		return 0;
	out->lease = l;
	out->has_lease = true;
	return 0;
}

static uint32_t share(uint32_t of, unsigned tenths)
{
	return of == UINT32_MAX ? of : (uint32_t)((uint64_t)of * tenths / 10);
}

/* RFC 8415, 14.2: what the server leaves to us is half, and four fifths. */
static void settle_times(struct dhcp6_lease *l)
{
	if (!l->t1)
		l->t1 = share(l->preferred, 5);
	if (!l->t2)
		l->t2 = share(l->preferred, 8);
	if (l->t2 > l->valid)
		l->t2 = l->valid;
	if (l->t1 > l->t2)
		l->t1 = l->t2;
}

static int read_ia(const struct option *o, const struct dhcp6_question *q,
                   struct dhcp6_answer *out)
{
	struct options inner = {o->bytes + IA_HEADER, o->len - IA_HEADER};
	struct option one;
	int rc;

	if (o->len < IA_HEADER)
		return -EINVAL;
	out->lease.t1 = get32(o->bytes + 4);
	out->lease.t2 = get32(o->bytes + 8);
	if (get32(o->bytes) != q->iaid ||
	    (out->lease.t2 && out->lease.t1 > out->lease.t2))
		return 0; /* not ours; RFC 8415, 21.4 */
	while ((rc = next_option(&inner, &one)) > 0) {
		if (one.code == OPTION_IA_ADDRESS)
			rc = read_ia_address(&one, out);
		else if (one.code == OPTION_STATUS)
			rc = read_status(&one, out);
		if (rc < 0)
			return rc;
	}
	settle_times(&out->lease);
	return rc;
}

static int read_servers(const struct option *o, struct dhcp6_answer *out)
{
	enum { EACH = 16 };

	if (o->len % EACH)
		return -EINVAL;
	for (size_t at = 0; at < o->len; at += EACH)
		if (out->nr_servers < DHCP6_SERVERS_MAX)
			out->servers[out->nr_servers++] =
				address6_of_bytes(o->bytes + at);
	return 0;
}

static bool is_name_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* The first name (RFC 1035, 3.1, without pointers); it goes into a file. */
static int read_domain(const struct option *o, struct dhcp6_answer *out)
{
	size_t n = 0, at = 0;
	char name[DHCP6_DOMAIN_MAX];

	while (at < o->len && o->bytes[at]) {
		size_t label = o->bytes[at++];

		if (label > 63 || label > o->len - at ||
		    n + label + 2 > sizeof(name))
			return -EINVAL;
		if (n)
			name[n++] = '.';
		for (size_t i = 0; i < label; i++) {
			if (!is_name_char(o->bytes[at + i]))
				return -EINVAL;
			name[n++] = (char)o->bytes[at + i];
		}
		at += label;
	}
	name[n] = '\0';
	memcpy(out->domain, name, n + 1);
	return 0;
}

static int read_server(const struct option *o, struct dhcp6_answer *out)
{
	if (!o->len || o->len > sizeof(out->server.bytes))
		return -EINVAL;
	memcpy(out->server.bytes, o->bytes, o->len);
	out->server.len = (uint8_t)o->len;
	return 0;
}

static int read_client(const struct option *o, const struct dhcp6_question *q)
{
	struct dhcp6_duid own = duid_of(q);

	return o->len == own.len && !memcmp(o->bytes, own.bytes, own.len)
	               ? 0
	               : -EINVAL;
}

static int read_option(const struct option *o, const struct dhcp6_question *q,
                       bool *to_us, struct dhcp6_answer *out)
{
	switch (o->code) {
	case OPTION_CLIENT:
		*to_us = true;
		return read_client(o, q);
	case OPTION_SERVER:
		return read_server(o, out);
	case OPTION_IA:
		return read_ia(o, q, out);
	case OPTION_STATUS:
		return read_status(o, out);
	case OPTION_RAPID:
		out->rapid = true;
		return 0;
	case OPTION_SERVERS:
		return read_servers(o, out);
	case OPTION_DOMAINS:
		return read_domain(o, out);
	case OPTION_REFRESH:
		if (o->len != 4)
			return -EINVAL;
		out->refresh = get32(o->bytes);
		return 0;
	default:
		return 0;
	}
}

int dhcp6_message_read(const uint8_t *bytes, size_t len,
                       const struct dhcp6_question *q, struct dhcp6_answer *out)
{
	struct options all = {bytes + HEADER, len - HEADER};
	struct option one;
	bool to_us = false;
	int rc;

	if (len < HEADER || (get32(bytes) & 0xffffff) != q->xid)
		return -EINVAL;
	*out = (struct dhcp6_answer){.type = (enum dhcp6_type)bytes[0]};
	while ((rc = next_option(&all, &one)) > 0) {
		rc = read_option(&one, q, &to_us, out);
		if (rc)
			return rc;
	}
	/* RFC 8415, 16: both must be there. */
	return rc ? rc : to_us && out->server.len ? 0 : -EINVAL;
}
