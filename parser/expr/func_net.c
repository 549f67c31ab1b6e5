/* func_net.c - functions on networks: 10.0.0.0/8, fd00::/64. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "parser/expr/func.h"
#include "parser/expr/func_impl.h"

enum { LONGEST = 16 }; /* bytes of an address */

struct network {
	int family;
	unsigned bits; /* of the prefix */
	unsigned size; /* bits of an address */
	unsigned char raw[LONGEST];
};

static const struct value *fail(struct func_call *c, const char *problem)
{
	c->problem = problem;
	return NULL;
}

/* ADDRESS/BITS, or with `alone` also ADDRESS. */
static bool parse(const char *s, bool alone, struct network *out)
{
	const char *slash = strchr(s, '/');
	size_t len = slash ? (size_t)(slash - s) : strlen(s);
	char text[INET6_ADDRSTRLEN], *end;
	unsigned long bits;

	*out = (struct network){.family = strchr(s, ':') ? AF_INET6 : AF_INET};
	out->size = out->family == AF_INET ? 32 : 128;
	if (len >= sizeof(text) || (!slash && !alone))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(out->family, text, out->raw) != 1)
		return false;
	out->bits = out->size;
	if (!slash)
		return true;
	if (slash[1] < '0' || slash[1] > '9')
		return false;
	bits = strtoul(slash + 1, &end, 10);
	if (*end || bits > out->size)
		return false;
	out->bits = (unsigned)bits;
	return true;
}

/* The bits after the first `keep` become zero. */
static void cut(struct network *n, unsigned keep)
{
	for (unsigned i = keep; i < n->size; i++)
		n->raw[i / 8] &= (unsigned char)~(0x80U >> (i % 8));
}

/* Bits [from, to) of the address become `number`; false: it is too large. */
static bool put(struct network *n, unsigned from, unsigned to, uint64_t number)
{
	for (unsigned i = to; i > from; i--, number >>= 1)
		if (number & 1)
			n->raw[(i - 1) / 8] |=
				(unsigned char)(0x80U >> ((i - 1) % 8));
	return number == 0;
}

static const struct value *print(struct func_call *c, const struct network *n,
                                 bool with_bits)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(n->family, n->raw, text, sizeof(text)))
		return fail(c, "this is no address");
	return value_string(
		c->mem, with_bits ? arena_printf(c->mem, "%s/%u", text, n->bits)
				  : text);
}

static const char no_network[] = "it needs a network such as 10.0.0.0/8";

/* Negative numbers count from the network's end. */
const struct value *func_cidr_host(struct func_call *c)
{
	int64_t i = c->args[1]->integer;
	uint64_t number = (uint64_t)i;
	struct network n;
	unsigned width;

	if (!parse(c->args[0]->string.s, false, &n))
		return fail(c, no_network);
	cut(&n, n.bits);
	width = n.size - n.bits;
	if (i < 0 && width < 64)
		number = (UINT64_C(1) << width) - (uint64_t)-i;
	else if (i < 0)
		return fail(c,
		            "the network is too large to count from its end");
	if (!put(&n, n.bits, n.size, number))
		return fail(c, "the network has no such host");
	return print(c, &n, false);
}

const struct value *func_cidr_subnet(struct func_call *c)
{
	int64_t more = c->args[1]->integer, i = c->args[2]->integer;
	struct network n;
	unsigned from;

	if (!parse(c->args[0]->string.s, false, &n))
		return fail(c, no_network);
	if (more < 0 || more > n.size - n.bits)
		return fail(c, "the network has no room for so many bits");
	cut(&n, n.bits);
	from = n.bits;
	n.bits += (unsigned)more;
	if (i < 0 || !put(&n, from, n.bits, (uint64_t)i))
		return fail(c, "there are not so many subnets");
	return print(c, &n, true);
}

const struct value *func_cidr_contains(struct func_call *c)
{
	struct network n, inner;

	if (!parse(c->args[0]->string.s, false, &n))
		return fail(c, no_network);
	if (!parse(c->args[1]->string.s, true, &inner))
		return fail(c, "it needs an address or a network here");
	if (n.family != inner.family || inner.bits < n.bits)
		return value_bool(false);
	cut(&n, n.bits);
	cut(&inner, n.bits);
	return value_bool(!memcmp(n.raw, inner.raw, sizeof(n.raw)));
}
