/* host.c - settings, the lock, and what one process remembers. */
#include "providers/qemu/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "providers/image/installed.h"
#include "providers/qemu/accel.h"
#include "providers/qemu/spec.h"
#include "providers/qemu/subnet.h"

enum { DEFAULT_STOP_MS = 10 * 1000 };

/* --- settings ----------------------------------------------------------------
 */

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

static struct src_pos pos_of(const struct value *settings, const char *key)
{
	const struct value *v = value_get(settings, key);

	return v ? v->pos : NO_POS;
}

static struct err *read_settings(struct provider *p,
                                 const struct value *settings)
{
	static const char *const accels[] = {"auto", "kvm", "tcg", NULL};
	static const char *const machines[] = {"microvm", "q35", "pc", NULL};
	const char *env = getenv("MISO_ACCEL");
	const struct value *stop = value_get(settings, "stop_timeout");
	int64_t stop_ms = DEFAULT_STOP_MS;

	p->accel_setting = value_get_string(settings, "accel", "auto");
	if (env && *env)
		p->accel_setting = env;
	p->machine = value_get_string(settings, "machine", "microvm");
	if (stop && stop->type != VALUE_NULL)
		stop_ms = qemu_spec_duration(stop);
	if (!is_one_of(p->accel_setting, accels))
		return err_new(ERR_SYNTAX, pos_of(settings, "accel"),
		               "\"accel\" must be auto, kvm or tcg, not \"%s\"",
		               p->accel_setting);
	if (!is_one_of(p->machine, machines))
		return err_new(ERR_SYNTAX, pos_of(settings, "machine"),
		               "\"machine\" must be microvm, q35 or pc");
	if (stop_ms < 0 || stop_ms > INT_MAX)
		return err_new(ERR_SYNTAX, pos_of(settings, "stop_timeout"),
		               "\"stop_timeout\" must be a time such as 10s");
	p->accel_setting = arena_strdup(&p->mem, p->accel_setting);
	p->machine = arena_strdup(&p->mem, p->machine);
	p->stop_ms = (int)stop_ms;
	return NULL;
}

static struct err *check_owner(const struct owner *owner)
{
	if (!qemu_spec_name_ok(owner->stack) || !qemu_spec_name_ok(owner->site))
		return err_new(ERR_SYNTAX, NO_POS,
		               "the stack's name \"%s\" or the site's name "
		               "\"%s\" cannot be a directory's name",
		               owner->stack, owner->site);
	return NULL;
}

struct err *qemu_host_open(const struct value *settings,
                           const struct owner *owner, struct provider **out)
{
	struct provider *p = calloc(1, sizeof(*p));
	struct err *e;

	if (!p)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	p->lock_fd = -1;
	pthread_mutex_init(&p->lock, NULL);
	p->owner = (struct owner){arena_strdup(&p->mem, owner->stack),
	                          arena_strdup(&p->mem, owner->site),
	                          arena_strdup(&p->mem, owner->dir)};
	e = check_owner(owner);
	if (!e)
		e = read_settings(p, settings ? settings : value_null());
	if (!e)
		e = store_home(&p->mem, &p->home);
	if (!e)
		e = store_open(p->home, &p->store);
	if (e) {
		qemu_host_close(p);
		return e;
	}
	p->site_dir = qemu_mark_site(&p->mem, p->home, owner);
	*out = p;
	return NULL;
}

void qemu_host_close(struct provider *p)
{
	if (!p)
		return;
	qemu_host_unlock(p);
	for (size_t i = 0; i < p->nr_planned; i++)
		if (p->planned[i]->image.tree.mem)
			arena_free(p->planned[i]->image.tree.mem);
	store_close(p->store);
	pthread_mutex_destroy(&p->lock);
	arena_free(&p->found);
	arena_free(&p->mem);
	free(p);
}

/* --- the lock ----------------------------------------------------------------
 */

/* The file we locked may have been removed by who held it before us. */
static bool is_still_there(int fd, const char *path)
{
	struct stat ours, now;

	return fstat(fd, &ours) == 0 && stat(path, &now) == 0 &&
	       ours.st_dev == now.st_dev && ours.st_ino == now.st_ino;
}

/* For people only: without it the lock holds all the same. */
static void write_holder(int fd, const char *text)
{
	size_t len = strlen(text);

	if (ftruncate(fd, 0) || pwrite(fd, text, len, 0) != (ssize_t)len)
		return;
}

/*
 * A lock of the open file: the system takes it back when that is closed, and
 * unlike with flock(2) one can see whether it is there without taking it.
 */
static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static struct err *try_lock(const char *path, int *fd)
{
	struct flock all = whole_file();

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0)
		return err_sys(errno, "%s", path);
	if (fcntl(*fd, F_OFD_SETLK, &all)) {
		close(*fd);
		return err_new(ERR_CONFLICT, NO_POS, "%s is locked", path);
	}
	return NULL;
}

struct err *qemu_host_lock(struct provider *p, const char *holder)
{
	struct arena mem = {0};
	const char *path = fs_join(&mem, p->site_dir, "lock");
	struct err *e;
	int fd;

	for (;;) {
		e = fs_make_dirs(p->site_dir, 0700);
		if (!e)
			e = try_lock(path, &fd);
		if (e || is_still_there(fd, path))
			break;
		close(fd);
	}
	if (!e) {
		write_holder(fd, holder);
		p->lock_fd = fd;
	}
	arena_free(&mem);
	return e;
}

struct err *qemu_host_holder(struct provider *p, struct arena *mem,
                             const char **out)
{
	enum { ENOUGH = 4096 };
	const char *path = fs_join(mem, p->site_dir, "lock");
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct flock other = whole_file();
	struct err *e = NULL;
	char *text = NULL;
	size_t len;

	if (fd < 0 && errno != ENOENT)
		return err_sys(errno, "%s", path);
	if (fd >= 0 && fcntl(fd, F_OFD_GETLK, &other))
		e = err_sys(errno, "%s", path);
	else if (fd >= 0 && other.l_type != F_UNLCK)
		e = fs_read(mem, path, ENOUGH, &text, &len);
	if (fd >= 0)
		close(fd);
	if (!e)
		*out = text;
	return e;
}

/* Directories go once nothing is in them; rmdir() knows. */
void qemu_host_unlock(struct provider *p)
{
	struct arena mem = {0};
	struct qemu_marks marks = {0};

	if (p->lock_fd < 0)
		return;
	err_free(qemu_mark_list(&mem, p->site_dir, &marks));
	if (marks.n == 0) {
		err_free(qemu_mark_sweep(p->site_dir));
		(void)unlink(fs_join(&mem, p->site_dir, "lock"));
		(void)rmdir(p->site_dir);
		(void)rmdir(fs_parent(&mem, p->site_dir));
		(void)rmdir(fs_join(&mem, p->home, "stacks"));
	}
	close(p->lock_fd);
	p->lock_fd = -1;
	arena_free(&mem);
}

/* --- what is found out once --------------------------------------------------
 */

struct err *qemu_host_accel(struct provider *p, const char **out)
{
	struct err *e = NULL;

	if (strcmp(p->accel_setting, "auto") != 0) {
		*out = p->accel_setting;
		return NULL;
	}
	pthread_mutex_lock(&p->lock);
	if (!p->accel)
		e = qemu_accel_probe(&p->found, p->home, &p->accel);
	if (!e)
		*out = p->accel;
	pthread_mutex_unlock(&p->lock);
	return e;
}

struct err *qemu_host_kernel(struct provider *p, const char **out)
{
	struct err *e;

	pthread_mutex_lock(&p->lock);
	e = image_installed_kernel(&p->found, out);
	pthread_mutex_unlock(&p->lock);
	return e;
}

/* --- the private network -----------------------------------------------------
 */

static void add_peer_locked(struct provider *p, const char *address,
                            const char *name, uint32_t ip)
{
	ARENA_RESERVE(&p->found, struct qemu_peer, p->peers, p->nr_peers,
	              p->cap_peers);
	p->peers[p->nr_peers++] =
		(struct qemu_peer){arena_strdup(&p->found, address),
	                           arena_strdup(&p->found, name), ip};
}

static struct qemu_peer *find_peer_locked(struct provider *p,
                                          const char *address)
{
	for (size_t i = 0; i < p->nr_peers; i++)
		if (strcmp(p->peers[i].address, address) == 0)
			return &p->peers[i];
	return NULL;
}

static struct err *load_peers_locked(struct provider *p)
{
	struct arena mem = {0};
	struct qemu_marks marks;
	struct err *e = NULL;
	uint32_t ip;

	if (p->peers_loaded)
		return NULL;
	e = qemu_mark_list(&mem, p->site_dir, &marks);
	for (size_t i = 0; !e && i < marks.n; i++)
		if (marks.v[i].ip && qemu_subnet_parse(marks.v[i].ip, &ip))
			add_peer_locked(p, marks.v[i].address, marks.v[i].name,
			                ip);
	p->peers_loaded = !e;
	arena_free(&mem);
	return e;
}

static bool is_taken(const void *ctx, uint32_t ip)
{
	const struct provider *p = ctx;

	for (size_t i = 0; i < p->nr_peers; i++)
		if (p->peers[i].ip == ip)
			return true;
	return false;
}

struct err *qemu_host_ip(struct provider *p, const char *address,
                         const char *name, const char **ip)
{
	char text[QEMU_IP_LEN + 1];
	struct qemu_peer *peer;
	struct err *e;

	pthread_mutex_lock(&p->lock);
	e = load_peers_locked(p);
	if (!e) {
		peer = find_peer_locked(p, address);
		if (!peer) {
			add_peer_locked(p, address, name,
			                qemu_subnet_ip(&p->owner, address,
			                               is_taken, p));
			peer = &p->peers[p->nr_peers - 1];
		}
		qemu_subnet_print(peer->ip, text);
		*ip = arena_strdup(&p->found, text);
	}
	pthread_mutex_unlock(&p->lock);
	return e;
}

struct err *qemu_host_peers(struct provider *p, struct arena *mem,
                            const struct qemu_peer **v, size_t *n)
{
	struct err *e;

	pthread_mutex_lock(&p->lock);
	e = load_peers_locked(p);
	if (!e) {
		*v = arena_grow(mem, p->peers, p->nr_peers, p->nr_peers,
		                sizeof(**v), alignof(struct qemu_peer));
		*n = p->nr_peers;
	}
	pthread_mutex_unlock(&p->lock);
	return e;
}
