/* wire.c - see wire.h. */
#include "tests/gce/wire.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FRAME_MOST = 65536, CARD = 0, USER = 1, WAKE = 2 };

/* Of Ethernet (IEEE 802.3), ARP (RFC 826) and IPv4 (RFC 791). */
enum {
	TYPE_AT = 12,
	ARP = 0x0806,
	ARP_SENDER_AT = 28,
	ARP_TARGET_AT = 38,
	ARP_END = 42,
	IPV4 = 0x0800,
	IPV4_FROM_AT = 26,
	IPV4_TO_AT = 30,
	IPV4_END = 34,
};

struct wire {
	uint32_t ip;
	int fd[2];                 /* our ends */
	struct sockaddr_un far[2]; /* QEMU's */
	int wake[2];
	pthread_t thread;
	struct wire *next;
};

static struct {
	pthread_mutex_t lock;
	struct wire *first; /* lock must be held */
} wires = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* Whose address a frame comes from and goes to; false: it has none. */
static bool ends_of(const uint8_t *f, size_t len, uint32_t *from, uint32_t *to)
{
	unsigned type;

	if (len < IPV4_END)
		return false;
	type = (unsigned)f[TYPE_AT] << 8 | f[TYPE_AT + 1];
	if (type == ARP && len >= ARP_END) {
		*from = u32_at(f + ARP_SENDER_AT);
		*to = u32_at(f + ARP_TARGET_AT);
		return true;
	}
	*from = u32_at(f + IPV4_FROM_AT);
	*to = u32_at(f + IPV4_TO_AT);
	return type == IPV4;
}

static void put(const struct wire *from, const struct wire *to, int end,
                const uint8_t *frame, size_t len)
{
	/* What cannot be taken is lost, as on any wire. */
	(void)sendto(from->fd[end], frame, len, MSG_DONTWAIT,
	             (const struct sockaddr *)&to->far[end],
	             sizeof(to->far[end]));
}

/* From the card: to the machine it is for, but never under another's name. */
static void route(const struct wire *w, const uint8_t *frame, size_t len)
{
	uint32_t from = 0, to = 0;
	const struct wire *other;

	if (!ends_of(frame, len, &from, &to) || to == w->ip) {
		put(w, w, USER, frame, len);
		return;
	}
	pthread_mutex_lock(&wires.lock);
	other = wires.first;
	while (other && other->ip != to)
		other = other->next;
	if (!other)
		put(w, w, USER, frame, len);
	else if (from == w->ip)
		put(w, other, CARD, frame, len);
	pthread_mutex_unlock(&wires.lock);
}

static void *carry(void *arg)
{
	uint8_t *frame = malloc(FRAME_MOST);
	struct wire *w = arg;
	struct pollfd fds[3] = {{.fd = w->fd[CARD], .events = POLLIN},
	                        {.fd = w->fd[USER], .events = POLLIN},
	                        {.fd = w->wake[0], .events = POLLIN}};

	while (frame && poll(fds, 3, -1) > 0 && !fds[WAKE].revents)
		for (int end = CARD; end <= USER; end++) {
			ssize_t n = fds[end].revents
			                    ? recv(w->fd[end], frame,
			                           FRAME_MOST, MSG_DONTWAIT)
			                    : -1;

			if (n > 0 && end == CARD)
				route(w, frame, (size_t)n);
			else if (n > 0)
				put(w, w, CARD, frame, (size_t)n);
		}
	free(frame);
	return NULL;
}

/* --- open and close ------------------------------------------------------- */

static bool path_in(const char *dir, const char *name, struct sockaddr_un *out)
{
	int n = snprintf(out->sun_path, sizeof(out->sun_path), "%s/%s", dir,
	                 name);

	out->sun_family = AF_UNIX;
	return n > 0 && (size_t)n < sizeof(out->sun_path);
}

static bool open_end(struct wire *w, const char *dir, int end,
                     const char *theirs, const char *ours)
{
	struct sockaddr_un at = {0};

	w->fd[end] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (w->fd[end] < 0 || !path_in(dir, theirs, &w->far[end]) ||
	    !path_in(dir, ours, &at))
		return false;
	(void)unlink(at.sun_path);
	return !bind(w->fd[end], (struct sockaddr *)&at, sizeof(at));
}

static void free_wire(struct wire *w)
{
	for (int i = 0; i < 2; i++) {
		if (w->fd[i] >= 0)
			close(w->fd[i]);
		if (w->wake[i] >= 0)
			close(w->wake[i]);
	}
	free(w);
}

struct wire *wire_open(const char *dir, uint32_t ip)
{
	struct wire *w = calloc(1, sizeof(*w));

	*w = (struct wire){.ip = ip, .fd = {-1, -1}, .wake = {-1, -1}};
	if (!open_end(w, dir, CARD, "card", "to-card") ||
	    !open_end(w, dir, USER, "user", "to-user") ||
	    pipe2(w->wake, O_CLOEXEC) ||
	    pthread_create(&w->thread, NULL, carry, w)) {
		free_wire(w);
		return NULL;
	}
	pthread_mutex_lock(&wires.lock);
	w->next = wires.first;
	wires.first = w;
	pthread_mutex_unlock(&wires.lock);
	return w;
}

void wire_close(struct wire *w)
{
	struct wire **at = &wires.first;

	if (!w)
		return;
	pthread_mutex_lock(&wires.lock);
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	pthread_mutex_unlock(&wires.lock);
	(void)!write(w->wake[1], "x", 1);
	pthread_join(w->thread, NULL);
	free_wire(w);
}
