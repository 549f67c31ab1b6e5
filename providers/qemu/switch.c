/*
 * switch.c - the process that carries frames between the machines of a stack.
 *
 * A machine's socket is named after its MAC address, so there is nothing to
 * learn: a frame for a MAC goes to the socket of that name, a broadcast goes to
 * every socket but the sender's, and a frame whose source is not the sender's
 * own address is dropped. Frames for a machine that does not keep up are
 * dropped, as on a wire.
 *
 * Once a second it looks after the consoles' logs (rotate.h) and asks whether
 * anybody is left: after a while without machines it ends.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "providers/qemu/qemu.h"
#include "providers/qemu/rotate.h"
#include "providers/qemu/segment.h"

enum {
	MAC_LEN = 6,
	NAME_LEN = 2 * MAC_LEN, /* hex digits */
	HEADER_LEN = 14,        /* of an Ethernet frame */
	FRAME_MAX = 65536,
	MAX_PEERS = 4096,
	TICK_MS = 1000,
	IDLE_TICKS = 30, /* machines need time to come up */
	BUFFER = 4 * 1024 * 1024,
};

struct peer {
	char name[NAME_LEN + 1];
};

struct net_switch {
	int fd;
	ino_t own; /* inode of our socket's name */
	struct peer peers[MAX_PEERS];
	size_t nr_peers;
	unsigned idle; /* ticks without a machine */
	uint8_t frame[FRAME_MAX];
};

static void name_of(const uint8_t *mac, char name[static NAME_LEN + 1])
{
	snprintf(name, NAME_LEN + 1, "%02x%02x%02x%02x%02x%02x", mac[0], mac[1],
	         mac[2], mac[3], mac[4], mac[5]);
}

static bool is_peer_name(const char *name)
{
	return strlen(name) == NAME_LEN &&
	       strspn(name, "0123456789abcdef") == NAME_LEN;
}

static void list_peers(struct net_switch *s)
{
	DIR *dir = opendir(".");
	struct dirent *d;

	s->nr_peers = 0;
	while (dir && s->nr_peers < MAX_PEERS && (d = readdir(dir)))
		if (is_peer_name(d->d_name))
			memcpy(s->peers[s->nr_peers++].name, d->d_name,
			       NAME_LEN + 1);
	if (dir)
		closedir(dir);
}

static bool is_listed(const struct net_switch *s, const char *name)
{
	for (size_t i = 0; i < s->nr_peers; i++)
		if (strcmp(s->peers[i].name, name) == 0)
			return true;
	return false;
}

static struct sockaddr_un address_of(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", name);
	return a;
}

static void send_to(const struct net_switch *s, const char *name, size_t len)
{
	struct sockaddr_un to = address_of(name);

	(void)sendto(s->fd, s->frame, len, MSG_DONTWAIT | MSG_NOSIGNAL,
	             (const struct sockaddr *)&to, sizeof(to));
}

/* The last part of the path that the sender is bound to. */
static const char *sender_name(struct sockaddr_un *from, socklen_t len)
{
	const char *slash;

	if (len <= offsetof(struct sockaddr_un, sun_path))
		return "";
	from->sun_path[sizeof(from->sun_path) - 1] = '\0';
	slash = strrchr(from->sun_path, '/');
	return slash ? slash + 1 : from->sun_path;
}

static void flood(struct net_switch *s, const char *sender, size_t len)
{
	for (size_t i = 0; i < s->nr_peers; i++)
		if (strcmp(s->peers[i].name, sender) != 0)
			send_to(s, s->peers[i].name, len);
}

/* One frame in, to where it belongs. False when none is waiting. */
static bool carry(struct net_switch *s)
{
	struct sockaddr_un from = {0};
	socklen_t from_len = sizeof(from);
	char source[NAME_LEN + 1], target[NAME_LEN + 1];
	const char *sender;
	ssize_t n = recvfrom(s->fd, s->frame, sizeof(s->frame), MSG_DONTWAIT,
	                     (struct sockaddr *)&from, &from_len);

	if (n < 0)
		return errno == EINTR;
	sender = sender_name(&from, from_len);
	if (n < HEADER_LEN)
		return true;
	name_of(s->frame, target);
	name_of(s->frame + MAC_LEN, source);
	if (strcmp(source, sender) != 0)
		return true;
	if (!is_listed(s, sender))
		list_peers(s);
	if (s->frame[0] & 1)
		flood(s, sender, (size_t)n);
	else
		send_to(s, target, (size_t)n);
	return true;
}

/* --- housekeeping ------------------------------------------------------------
 */

/* A socket that nobody has open refuses; its name is litter then. */
static bool is_alive(const char *name)
{
	struct sockaddr_un to = address_of(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool alive = fd >= 0 &&
	             connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;

	if (fd >= 0)
		close(fd);
	return alive;
}

/* Our name was taken by another switch, or our directory is gone. */
static bool is_replaced(const struct net_switch *s)
{
	struct stat st;

	return stat(QEMU_SEGMENT_SWITCH, &st) || st.st_ino != s->own;
}

static bool tick(struct net_switch *s)
{
	bool anybody = false;

	if (is_replaced(s))
		return false;
	list_peers(s);
	for (size_t i = 0; !anybody && i < s->nr_peers; i++)
		anybody = is_alive(s->peers[i].name);
	s->idle = anybody ? 0 : s->idle + 1;
	qemu_rotate_all("../instance");
	return s->idle < IDLE_TICKS;
}

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int serve(struct net_switch *s)
{
	int64_t next = clock_ms() + TICK_MS;

	for (;;) {
		struct pollfd in = {.fd = s->fd, .events = POLLIN};
		int64_t left = next - clock_ms();

		if (left <= 0) {
			if (!tick(s))
				return 0;
			next = clock_ms() + TICK_MS;
			continue;
		}
		if (poll(&in, 1, (int)left) < 0 && errno != EINTR)
			return 1;
		/* Look at the clock now and then, however busy it is. */
		for (int i = 0; i < 256 && carry(s); i++)
			;
	}
}

static bool listen_here(struct net_switch *s)
{
	struct sockaddr_un own = address_of(QEMU_SEGMENT_SWITCH);
	int size = BUFFER;
	struct stat st;

	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 ||
	    bind(s->fd, (const struct sockaddr *)&own, sizeof(own)) ||
	    stat(QEMU_SEGMENT_SWITCH, &st))
		return false;
	setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	s->own = st.st_ino;
	return true;
}

int qemu_switch_main(int argc, char **argv)
{
	static struct net_switch s;

	if (argc != 4 || chdir(argv[2])) {
		fputs("usage: miso " QEMU_SWITCH_ARG " DIR TOKEN\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!listen_here(&s)) {
		fprintf(stderr, "switch: %s\n", strerror(errno));
		return 1;
	}
	return serve(&s);
}
