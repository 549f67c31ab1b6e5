/* http.c - asking; see http.h. The server is told to close behind its answer.
 */
#include "kernel/net/http.h"

#include "kernel/core/clock.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/socket.h"

enum {
	REQUEST_MAX = 512,
	FIRST_ROOM = 4096,

	/* Linux's numbers, as socket_set_option() takes them. */
	SOL_SOCKET = 1,
	SO_RCVTIMEO = 20,
	SO_SNDTIMEO = 21,
};

struct timeval {
	int64_t s, us;
};

static int set_timeout(struct file *f, uint64_t ns)
{
	struct timeval t = {(int64_t)(ns / NS_PER_SEC),
	                    (int64_t)(ns % NS_PER_SEC / NS_PER_US)};
	int rc = socket_set_option(f, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));

	return rc ? rc
	          : socket_set_option(f, SOL_SOCKET, SO_SNDTIMEO, &t,
	                              sizeof(t));
}

/* sockaddr_in: family, port and address in network order. */
static int dial(const struct http_request *r, struct file *f)
{
	struct socket_address a = {.len = 16};
	uint32_t address = __builtin_bswap32(r->address);
	uint16_t port = __builtin_bswap16(r->port);

	a.family = AF_INET;
	memcpy(a.bytes + 2, &port, sizeof(port));
	memcpy(a.bytes + 4, &address, sizeof(address));
	return socket_connect(f, &a);
}

static int ask(const struct http_request *r, struct file *f)
{
	char text[REQUEST_MAX];
	struct socket_msg m = {0};
	struct uio data;
	int64_t n;
	size_t len = str_printf(text, sizeof(text),
	                        "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n"
	                        "Connection: close\r\n\r\n",
	                        r->path, r->host, r->header);

	if (len >= REQUEST_MAX)
		return -EINVAL;
	uio_kernel(&data, text, len);
	m.data = &data;
	n = socket_send(f, &m, SOCKET_MSG_NOSIGNAL);
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -EIO;
}

/* Some more of the answer behind the `n` bytes that are there. */
static int64_t receive(struct file *f, char *text, size_t n, size_t room)
{
	struct socket_msg m = {0};
	struct uio data;

	uio_kernel(&data, text + n, room - n);
	m.data = &data;
	return socket_recv(f, &m, 0);
}

static int grow(char **text, size_t n, size_t *room)
{
	char *bigger = mem_alloc(2 * *room + 1);

	if (!bigger)
		return -ENOMEM;
	memcpy(bigger, *text, n);
	mem_free(*text);
	*text = bigger;
	*room *= 2;
	return 0;
}

/*
 * Everything until it is whole or the other side closes, into memory with a
 * byte to spare.
 */
static int read_all(const struct http_request *r, struct file *f, char **text,
                    size_t *n)
{
	size_t room = FIRST_ROOM;
	int64_t got = 1;
	int rc = 0;

	*n = 0;
	*text = mem_alloc(room + 1);
	if (!*text)
		return -ENOMEM;
	while (!rc && got > 0 && !http_is_whole(*text, *n)) {
		if (*n == room)
			rc = room >= r->max ? -EFBIG : grow(text, *n, &room);
		if (rc)
			break;
		got = receive(f, *text, *n, room);
		if (got < 0)
			rc = got == -EAGAIN ? -ETIMEDOUT : (int)got;
		else
			*n += (size_t)got;
	}
	return rc;
}

int http_get(const struct http_request *r, struct http_answer *out)
{
	char *text = NULL;
	struct file *f;
	size_t n;
	int rc = socket_new(AF_INET, SOCK_STREAM, 0, 0, &f);

	if (rc)
		return rc;
	rc = set_timeout(f, r->timeout_ns);
	if (!rc)
		rc = dial(r, f);
	if (!rc)
		rc = ask(r, f);
	if (!rc)
		rc = read_all(r, f, &text, &n);
	file_put(f);
	if (!rc)
		rc = http_parse(text, n, out);
	if (rc) {
		mem_free(text);
		return rc == -EAGAIN || rc == -EINPROGRESS ? -ETIMEDOUT : rc;
	}
	out->text = text;
	return 0;
}
