/* name.c - asking for names; name_parse.c has the messages. */
#include "kernel/net/name.h"

#include "kernel/core/random.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/address.h"
#include "kernel/net/config.h"
#include "kernel/net/interface.h"
#include "kernel/net/socket.h"
#include "kernel/net/stack.h"

enum {
	PORT = 53,
	ANSWER_MAX = 512, /* RFC 1035, 4.2.1 */
	TRIES = 2,
	PATIENCE_S = 1,
	HOSTS_MAX = 8192,
};

static int find_in_hosts(const char *name, uint32_t *out)
{
	char *text = mem_alloc(HOSTS_MAX);
	int rc = -ENOENT;

	if (!text)
		return -ENOMEM;
	rc = name_find_host(text, net_hosts(text, HOSTS_MAX), name, out);
	mem_free(text);
	return rc;
}

/* struct sockaddr_in of a name server. */
static struct socket_address server_name(uint32_t address)
{
	struct socket_address a = {.len = 16};
	uint32_t wire = __builtin_bswap32(address);
	uint16_t port = __builtin_bswap16(PORT);

	memset(a.bytes, 0, 16);
	a.family = AF_INET;
	memcpy(a.bytes + 2, &port, sizeof(port));
	memcpy(a.bytes + 4, &wire, sizeof(wire));
	return a;
}

/* Connected: what comes from anybody else is not for this socket. */
static int open_to(uint32_t server, struct file **out)
{
	enum { SOL_SOCKET = 1, SO_RCVTIMEO = 20 };
	struct socket_address a = server_name(server);
	int64_t patience[2] = {PATIENCE_S, 0};
	int rc = socket_new(AF_INET, SOCK_DGRAM, 0, 0, out);

	if (rc)
		return rc;
	rc = socket_set_option(*out, SOL_SOCKET, SO_RCVTIMEO, patience,
	                       sizeof(patience));
	if (!rc)
		rc = socket_connect(*out, &a);
	if (rc)
		file_put(*out);
	return rc;
}

static int ask_once(struct file *f, const char *name, uint32_t *out)
{
	uint16_t id = (uint16_t)random_u64();
	uint8_t bytes[ANSWER_MAX];
	size_t len = name_write_query(bytes, id, name);
	struct uio u;
	struct socket_msg m = {.data = &u};
	int64_t n;

	if (!len)
		return -EINVAL;
	uio_kernel(&u, bytes, len);
	n = socket_send(f, &m, 0);
	if (n < 0)
		return -EAGAIN;
	uio_kernel(&u, bytes, sizeof(bytes));
	n = socket_recv(f, &m, 0);
	return n < 0 ? -EAGAIN : name_read_answer(bytes, (size_t)n, id, out);
}

static int ask(uint32_t server, const char *name, uint32_t *out)
{
	struct file *f;
	int rc = open_to(server, &f);

	if (rc)
		return -EAGAIN;
	rc = -EAGAIN;
	for (unsigned i = 0; i < TRIES && rc == -EAGAIN; i++)
		rc = ask_once(f, name, out);
	file_put(f);
	return rc;
}

int name_resolve(const char *name, uint32_t *out)
{
	struct address6 servers[INTERFACE_DNS_MAX];
	const char *s = name;
	int rc = -EAGAIN;
	unsigned n;

	if (address_read(&s, out) && !*s)
		return 0;
	if (!find_in_hosts(name, out))
		return 0;
	stack_lock();
	n = interface_dns_locked(servers, ARRAY_LEN(servers));
	stack_unlock();
	for (unsigned i = 0; i < n && rc == -EAGAIN; i++)
		if (address6_is_mapped(servers[i]))
			rc = ask((uint32_t)servers[i].low, name, out);
	return rc;
}
