/* forward.c - see forward.h. */
#include "tests/gce/forward.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PATH = 512,
	PORTS_MOST = 256, /* of a machine */
	PAIRS_MOST = 256,
	PIECE = 16384,
	SEND_S = 5, /* who does not take what comes for so long, is cut off */
	LOCK_US = 1000,
};

struct port {
	int fd; /* where it is heard */
	bool udp;
	uint16_t number;
};

/* A connection, or a datagram's sender: one end outside, one at QEMU. */
struct pair {
	int fd[2]; /* of UDP the first is the port's own */
	bool udp, ended[2];
	uint16_t number;
	struct sockaddr_in from;
};

struct forwards {
	struct cloud *c;
	char path[PATH];
	char outside[INET_ADDRSTRLEN];
	struct in_addr inside; /* where QEMU forwards from */
	struct port ports[PORTS_MOST];
	struct pair pairs[PAIRS_MOST];
	size_t nr_ports, nr_pairs;
	int wake[2];
	atomic_bool stopping;
	pthread_t thread;
};

/* --- rules ---------------------------------------------------------------- */

static const char *text_of(const json_t *r, const char *key)
{
	const char *s = json_string_value(json_object_get(r, key));

	return s ? s : "";
}

bool forwards_within(const char *cidr, uint32_t ip)
{
	char text[INET_ADDRSTRLEN];
	size_t n = strcspn(cidr, "/");
	unsigned bits =
		cidr[n] ? (unsigned)strtoul(cidr + n + 1, NULL, 10) : 32;
	struct in_addr net;
	uint32_t mask;

	if (n >= sizeof(text) || bits > 32)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)n, cidr);
	if (inet_pton(AF_INET, text, &net) != 1)
		return false;
	mask = bits ? ~UINT32_C(0) << (32 - bits) : 0;
	return (ntohl(net.s_addr) & mask) == (ip & mask);
}

static bool has_common(const json_t *a, const json_t *b)
{
	const json_t *x, *y;
	size_t i, j;

	json_array_foreach(a, i, x)
	{
		json_array_foreach(b, j, y)
		{
			if (json_equal(x, y))
				return true;
		}
	}
	return false;
}

/* Is the rule for the instance? Without target tags it is for all. */
static bool is_for(const json_t *rule, const json_t *r)
{
	const json_t *targets = json_object_get(rule, "targetTags");

	if (json_is_true(json_object_get(rule, "disabled")) ||
	    !strcmp(text_of(rule, "direction"), "EGRESS"))
		return false;
	return !targets ||
	       has_common(targets,
	                  json_object_get(json_object_get(r, "tags"), "items"));
}

/* Without sources everybody is meant (firewalls.insert: "sourceRanges"). */
static bool is_from(const json_t *rule, uint32_t ip)
{
	const json_t *ranges = json_object_get(rule, "sourceRanges"), *one;
	size_t i;

	json_array_foreach(ranges, i, one)
	{
		if (forwards_within(json_string_value(one), ip))
			return true;
	}
	return !json_array_size(ranges) && !json_object_get(rule, "sourceTags");
}

/* "80" or "8000-8010". */
static void range_of(const char *ports, unsigned *first, unsigned *last)
{
	char *end;

	*first = (unsigned)strtoul(ports, &end, 10);
	*last = *end == '-' ? (unsigned)strtoul(end + 1, NULL, 10) : *first;
}

static bool allows(const json_t *rule, const char *protocol, unsigned port)
{
	const json_t *one, *ports, *range;
	size_t i, j;

	json_array_foreach(json_object_get(rule, "allowed"), i, one)
	{
		if (strcmp(text_of(one, "IPProtocol"), protocol) != 0)
			continue;
		ports = json_object_get(one, "ports");
		if (!json_array_size(ports))
			return true;
		json_array_foreach(ports, j, range)
		{
			unsigned first, last;

			range_of(json_string_value(range), &first, &last);
			if (port >= first && port <= last)
				return true;
		}
	}
	return false;
}

static bool lets_in_locked(const struct forwards *f, bool udp, uint16_t port,
                           uint32_t from)
{
	const json_t *r = json_object_get(f->c->resources, f->path);
	const char *path;
	json_t *rule;

	json_object_foreach(f->c->resources, path, rule)
	{
		if (strstr(path, "/firewalls/") && is_for(rule, r) &&
		    is_from(rule, from) &&
		    allows(rule, udp ? "udp" : "tcp", port))
			return true;
	}
	return false;
}

/* Who closes us holds the lock, and waits for us. */
static bool lets_in(struct forwards *f, bool udp, uint16_t port,
                    const struct sockaddr_in *from)
{
	struct timespec nap = {0, LOCK_US * 1000L};
	bool good;

	while (pthread_mutex_trylock(&f->c->lock)) {
		if (atomic_load(&f->stopping))
			return false;
		nanosleep(&nap, NULL);
	}
	good = lets_in_locked(f, udp, port, ntohl(from->sin_addr.s_addr));
	pthread_mutex_unlock(&f->c->lock);
	return good;
}

/* --- pairs ---------------------------------------------------------------- */

static int dial_inside(const struct forwards *f, bool udp, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_port = htons(port),
	                         .sin_addr = f->inside};
	int fd = socket(AF_INET,
	                (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !connect(fd, (struct sockaddr *)&at, sizeof(at)))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void end_pair(struct forwards *f, size_t i)
{
	struct pair *p = &f->pairs[i];

	if (!p->udp)
		close(p->fd[0]);
	close(p->fd[1]);
	*p = f->pairs[--f->nr_pairs];
}

static struct pair *new_pair(struct forwards *f, const struct port *port,
                             const struct sockaddr_in *from)
{
	struct pair *p;
	int fd;

	if (!lets_in(f, port->udp, port->number, from))
		return NULL;
	fd = dial_inside(f, port->udp, port->number);
	if (fd < 0)
		return NULL;
	if (f->nr_pairs == PAIRS_MOST)
		end_pair(f, 0);
	p = &f->pairs[f->nr_pairs++];
	*p = (struct pair){.fd = {port->fd, fd},
	                   .udp = port->udp,
	                   .number = port->number,
	                   .from = *from};
	return p;
}

static void accept_one(struct forwards *f, const struct port *port)
{
	struct timeval most = {SEND_S, 0};
	struct sockaddr_in from = {0};
	socklen_t len = sizeof(from);
	int fd =
		accept4(port->fd, (struct sockaddr *)&from, &len, SOCK_CLOEXEC);
	struct pair *p;

	if (fd < 0)
		return;
	p = new_pair(f, port, &from);
	if (!p) {
		close(fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	p->fd[0] = fd;
}

static struct pair *pair_of(struct forwards *f, const struct port *port,
                            const struct sockaddr_in *from)
{
	for (size_t i = 0; i < f->nr_pairs; i++) {
		struct pair *p = &f->pairs[i];

		if (p->udp && p->number == port->number &&
		    p->from.sin_port == from->sin_port &&
		    p->from.sin_addr.s_addr == from->sin_addr.s_addr)
			return p;
	}
	return new_pair(f, port, from);
}

static void take_datagram(struct forwards *f, const struct port *port)
{
	struct sockaddr_in from = {0};
	socklen_t len = sizeof(from);
	char data[PIECE];
	ssize_t n = recvfrom(port->fd, data, sizeof(data), MSG_DONTWAIT,
	                     (struct sockaddr *)&from, &len);
	struct pair *p = n < 0 ? NULL : pair_of(f, port, &from);

	if (p)
		(void)send(p->fd[1], data, (size_t)n, 0);
}

static bool send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* From one end to the other. False: it is over. */
static bool pass_on(struct pair *p, int from)
{
	char data[PIECE];
	ssize_t n = recv(p->fd[from], data, sizeof(data), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (p->udp) {
		(void)sendto(p->fd[0], data, (size_t)n, 0,
		             (struct sockaddr *)&p->from, sizeof(p->from));
		return true;
	}
	if (n)
		return send_all(p->fd[!from], data, (size_t)n);
	p->ended[from] = true;
	(void)shutdown(p->fd[!from], SHUT_WR);
	return !p->ended[!from];
}

/* --- the thread ----------------------------------------------------------- */

enum { FDS_MOST = 1 + PORTS_MOST + 2 * PAIRS_MOST };

static size_t watch(const struct forwards *f, struct pollfd *fds)
{
	size_t n = 0;

	fds[n++] = (struct pollfd){.fd = f->wake[0], .events = POLLIN};
	for (size_t i = 0; i < f->nr_ports; i++)
		fds[n++] =
			(struct pollfd){.fd = f->ports[i].fd, .events = POLLIN};
	for (size_t i = 0; i < f->nr_pairs; i++)
		for (int end = 0; end < 2; end++) {
			const struct pair *p = &f->pairs[i];
			bool idle = p->ended[end] || (p->udp && !end);

			fds[n++] = (struct pollfd){.fd = idle ? -1 : p->fd[end],
			                           .events = POLLIN};
		}
	return n;
}

/* Pairs first, from the last: what is new is not in `fds` yet. */
static void serve(struct forwards *f, const struct pollfd *fds)
{
	const struct pollfd *pairs = fds + 1 + f->nr_ports;

	for (size_t i = f->nr_pairs; i-- > 0;)
		for (int end = 0; end < 2; end++)
			if (pairs[2 * i + (size_t)end].revents &&
			    !pass_on(&f->pairs[i], end)) {
				end_pair(f, i);
				break;
			}
	for (size_t i = 0; i < f->nr_ports; i++) {
		if (!fds[1 + i].revents)
			continue;
		if (f->ports[i].udp)
			take_datagram(f, &f->ports[i]);
		else
			accept_one(f, &f->ports[i]);
	}
}

static void *run(void *arg)
{
	struct pollfd fds[FDS_MOST];
	struct forwards *f = arg;

	while (!atomic_load(&f->stopping)) {
		if (poll(fds, watch(f, fds), -1) > 0)
			serve(f, fds);
	}
	return NULL;
}

/* --- open and close ------------------------------------------------------- */

static int hear(const struct forwards *f, bool udp, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_port = htons(port)};
	int fd = socket(AF_INET,
	                (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	int on = 1;

	inet_pton(AF_INET, f->outside, &at.sin_addr);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!bind(fd, (struct sockaddr *)&at, sizeof(at)) &&
	    (udp || !listen(fd, SOMAXCONN)))
		return fd;
	close(fd);
	return -1;
}

static void add_port(struct forwards *f, bool udp, unsigned number, char *out,
                     size_t room)
{
	char inside[INET_ADDRSTRLEN];
	size_t len = strlen(out);
	int fd;

	for (size_t i = 0; i < f->nr_ports; i++)
		if (f->ports[i].udp == udp && f->ports[i].number == number)
			return;
	if (f->nr_ports == PORTS_MOST) {
		fprintf(stderr, "gce: %s: only %d ports are forwarded\n",
		        f->path, PORTS_MOST);
		return;
	}
	fd = hear(f, udp, (uint16_t)number);
	if (fd < 0)
		return;
	f->ports[f->nr_ports++] = (struct port){fd, udp, (uint16_t)number};
	inet_ntop(AF_INET, &f->inside, inside, sizeof(inside));
	snprintf(out + len, room - len, ",hostfwd=%s:%s:%u-:%u",
	         udp ? "udp" : "tcp", inside, number, number);
}

static void add_allowed(struct forwards *f, const json_t *allowed, char *out,
                        size_t room)
{
	bool udp = !strcmp(text_of(allowed, "IPProtocol"), "udp");
	const json_t *ports = json_object_get(allowed, "ports"), *one;
	size_t i;

	if (!udp && strcmp(text_of(allowed, "IPProtocol"), "tcp") != 0)
		return;
	json_array_foreach(ports, i, one)
	{
		unsigned first, last;

		range_of(json_string_value(one), &first, &last);
		for (; first && first <= last && last < 65536 &&
		       f->nr_ports < PORTS_MOST;
		     first++)
			add_port(f, udp, first, out, room);
	}
}

static void add_all(struct forwards *f, const json_t *r, char *out, size_t room)
{
	const char *path;
	json_t *rule, *allowed;
	size_t i;

	json_object_foreach(f->c->resources, path, rule)
	{
		if (!strstr(path, "/firewalls/") || !is_for(rule, r))
			continue;
		json_array_foreach(json_object_get(rule, "allowed"), i, allowed)
		{
			add_allowed(f, allowed, out, room);
		}
	}
}

/* 127.128.0.0/9: by our process and a count, so that no two are the same. */
static struct in_addr next_inside(void)
{
	static unsigned count; /* under the cloud's lock */
	unsigned n = 0x7f800000u | ((unsigned)getpid() & 0x7ff) << 12 |
	             (++count & 0xfff);

	return (struct in_addr){.s_addr = htonl(n)};
}

static bool has_address(const char *ip)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = inet_pton(AF_INET, ip, &at.sin_addr) == 1 &&
	           !bind(fd, (struct sockaddr *)&at, sizeof(at));

	close(fd);
	return has;
}

struct forwards *forwards_open(struct cloud *c, const json_t *r, char *hostfwd,
                               size_t room)
{
	const json_t *nic =
		json_array_get(json_object_get(r, "networkInterfaces"), 0);
	const json_t *access =
		json_array_get(json_object_get(nic, "accessConfigs"), 0);
	const char *ip = text_of(access, "natIP");
	struct forwards *f;

	*hostfwd = '\0';
	if (!*ip || !has_address(ip))
		return NULL;
	f = calloc(1, sizeof(*f));
	f->c = c;
	f->inside = next_inside();
	snprintf(f->outside, sizeof(f->outside), "%s", ip);
	snprintf(f->path, sizeof(f->path), "%s",
	         resource_path(text_of(r, "selfLink")));
	add_all(f, r, hostfwd, room);
	if (!pipe2(f->wake, O_CLOEXEC) &&
	    !pthread_create(&f->thread, NULL, run, f))
		return f;
	fprintf(stderr, "gce: %s: nothing can be forwarded\n", f->path);
	abort();
}

void forwards_close(struct forwards *f)
{
	if (!f)
		return;
	atomic_store(&f->stopping, true);
	(void)!write(f->wake[1], "x", 1);
	pthread_join(f->thread, NULL);
	while (f->nr_pairs)
		end_pair(f, 0);
	for (size_t i = 0; i < f->nr_ports; i++)
		close(f->ports[i].fd);
	close(f->wake[0]);
	close(f->wake[1]);
	free(f);
}
