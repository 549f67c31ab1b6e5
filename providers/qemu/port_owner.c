/* port_owner.c - /proc/net gives a socket's inode, /proc/PID/fd its holder. */
#include "providers/qemu/port_owner.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/err.h"
#include "parser/base/fs.h"

enum {
	MAX_TABLE = 4 * 1024 * 1024,
	TCP_LISTEN = 0x0a, /* proc(5): the column st */
};

/* Inode of the socket bound to the port, from one table; 0: none. */
static uint64_t find_inode(struct arena *mem, const char *table, bool udp,
                           uint16_t port)
{
	char *text, *line;
	size_t len;
	struct err *e = fs_read(mem, table, MAX_TABLE, &text, &len);

	if (e) {
		err_free(e);
		return 0;
	}
	while ((line = strsep(&text, "\n"))) {
		unsigned local, state;
		uint64_t inode;

		/* sl local:port remote:port st queues timer retr uid timeout */
		if (sscanf(line,
		           "%*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s "
		           "%*u %*u %" SCNu64,
		           &local, &state, &inode) == 3 &&
		    local == port && (udp || state == TCP_LISTEN))
			return inode;
	}
	return 0;
}

static bool holds(struct arena *mem, const char *pid, const char *link)
{
	const char *path = arena_printf(mem, "/proc/%s/fd", pid);
	DIR *dir = opendir(path);
	struct dirent *d;
	bool found = false;

	while (dir && !found && (d = readdir(dir))) {
		char target[64];
		ssize_t n = readlinkat(dirfd(dir), d->d_name, target,
		                       sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		found = strcmp(target, link) == 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

static const char *describe(struct arena *mem, const char *pid)
{
	const char *path = arena_printf(mem, "/proc/%s/comm", pid);
	char *name = arena_strdup(mem, "a program");
	size_t len;

	err_free(fs_read(mem, path, 64, &name, &len));
	name[strcspn(name, "\n")] = '\0';
	return arena_printf(mem, "%s (process %s)", name, pid);
}

const char *qemu_port_owner(struct arena *mem, bool udp, uint16_t port)
{
	uint64_t inode = find_inode(
		mem, udp ? "/proc/net/udp" : "/proc/net/tcp", udp, port);
	const char *link, *owner = NULL;
	struct dirent *d;
	DIR *dir;

	if (!inode)
		inode = find_inode(mem,
		                   udp ? "/proc/net/udp6" : "/proc/net/tcp6",
		                   udp, port);
	if (!inode)
		return NULL;
	link = arena_printf(mem, "socket:[%" PRIu64 "]", inode);
	dir = opendir("/proc");
	while (dir && !owner && (d = readdir(dir)))
		if (d->d_name[0] >= '1' && d->d_name[0] <= '9' &&
		    holds(mem, d->d_name, link))
			owner = describe(mem, d->d_name);
	if (dir)
		closedir(dir);
	return owner;
}
