/*
 * cells.c - the lease's cell, the release records, the clock, the trace.
 *
 * With a state file the cell is the file PATH.lease: the generation and the
 * time of writing in its first line, then the text. A file lock makes reading,
 * comparing and writing one step for all processes.
 */
#include "providers/fake/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "parser/base/fs.h"

enum { LARGEST_CELL = 64 * 1024, LARGEST_RECORD = 64 * 1024 * 1024 };

void fake_trace(struct provider *p, const char *call, const char *what)
{
	char line[512];
	int fd, len;

	if (!p->trace)
		return;
	len = snprintf(line, sizeof(line), "%s%s%s\n", call, *what ? " " : "",
	               what);
	fd = open(p->trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	if (write(fd, line, (size_t)len) != len)
		len = 0; /* a trace is for people */
	close(fd);
}

/* --- the clock ------------------------------------------------------------ */

static int64_t now_ms(const struct provider *p)
{
	enum { ENOUGH = 64 };
	struct arena mem = {0};
	struct timespec t;
	int64_t ms;
	char *text;
	size_t len;
	struct err *e;

	clock_gettime(CLOCK_REALTIME, &t);
	ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
	if (!p->clock)
		return ms;
	e = fs_read(&mem, p->clock, ENOUGH, &text, &len);
	if (!e)
		ms = strtoll(text, NULL, 10);
	err_free(e);
	arena_free(&mem);
	return ms;
}

/* --- the cell ------------------------------------------------------------- */

static const char *cell_path(const struct provider *p, struct arena *mem)
{
	return arena_printf(mem, "%s.lease", p->state);
}

static struct err *load_cell(struct provider *p, struct arena *mem,
                             struct cell *out)
{
	const char *path;
	struct err *e;
	char *text, *end;
	size_t len;

	*out = (struct cell){.now_ms = now_ms(p)};
	if (!p->state) {
		out->text =
			p->cell.text ? arena_strdup(mem, p->cell.text) : NULL;
		out->generation = p->cell.generation;
		out->written_ms = p->cell.written_ms;
		return NULL;
	}
	path = cell_path(p, mem);
	if (!fs_exists(path))
		return NULL;
	e = fs_read(mem, path, LARGEST_CELL, &text, &len);
	if (e)
		return e;
	out->generation = strtoll(text, &end, 10);
	out->written_ms = strtoll(end, &end, 10);
	out->text = *end == '\n' ? end + 1 : end;
	return NULL;
}

static struct err *save_cell(struct provider *p, struct arena *mem,
                             const struct cell *c)
{
	const char *text;

	if (!p->state) {
		p->cell = *c;
		p->cell.text = c->text ? arena_strdup(&p->mem, c->text) : NULL;
		return NULL;
	}
	if (!c->text) {
		(void)unlink(cell_path(p, mem));
		return NULL;
	}
	text = arena_printf(mem, "%" PRId64 " %" PRId64 "\n%s", c->generation,
	                    c->written_ms, c->text);
	return fs_write(cell_path(p, mem), text, strlen(text), 0644);
}

/* What one process does with the cell, another does before or after it. */
static struct err *enter(struct provider *p, struct arena *mem, int *fd)
{
	const char *path;

	pthread_mutex_lock(&p->lock);
	*fd = -1;
	p->cell_calls++;
	if (p->no_cell && p->cell_calls >= p->no_cell)
		return err_new(ERR_REMOTE, NO_POS,
		               "the fake was told to lose its cell");
	if (!p->state)
		return NULL;
	path = arena_printf(mem, "%s.lock", p->state);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (*fd < 0 || flock(*fd, LOCK_EX))
		return err_sys(errno, "%s", path);
	return NULL;
}

static void leave(struct provider *p, int fd)
{
	if (fd >= 0)
		close(fd);
	pthread_mutex_unlock(&p->lock);
}

static struct err *cell_read(struct provider *p, struct arena *mem,
                             struct cell *out)
{
	int fd;
	struct err *e = enter(p, mem, &fd);

	fake_trace(p, "cell", "read");
	if (!e)
		e = load_cell(p, mem, out);
	leave(p, fd);
	return e;
}

static struct err *change_cell(struct provider *p, struct arena *mem,
                               const char *text, int64_t if_generation,
                               struct cell *out)
{
	struct err *e = load_cell(p, mem, out);

	if (e)
		return e;
	if (!text && !out->text)
		return NULL;
	if (out->generation != if_generation)
		return err_new(ERR_CONFLICT, NO_POS,
		               "the cell of %s was written by somebody else",
		               p->owner);
	/* Like a bucket's: later generations have larger numbers. */
	out->generation =
		out->now_ms > if_generation ? out->now_ms : if_generation + 1;
	out->written_ms = out->now_ms;
	out->text = text;
	if (!text)
		out->generation = 0;
	return save_cell(p, mem, out);
}

static struct err *cell_write(struct provider *p, struct arena *mem,
                              const char *text, int64_t if_generation,
                              struct cell *out)
{
	int fd;
	struct err *e = enter(p, mem, &fd);

	fake_trace(p, "cell", "write");
	if (!e)
		e = change_cell(p, mem, text, if_generation, out);
	leave(p, fd);
	return e;
}

static struct err *cell_remove(struct provider *p, int64_t if_generation)
{
	struct arena mem = {0};
	struct cell c;
	int fd;
	struct err *e = enter(p, &mem, &fd);

	fake_trace(p, "cell", "remove");
	if (!e)
		e = change_cell(p, &mem, NULL, if_generation, &c);
	leave(p, fd);
	arena_free(&mem);
	return e;
}

const struct cell_ops fake_cell_ops = {
	.read = cell_read,
	.write = cell_write,
	.remove = cell_remove,
};

/* --- release records: with a state file; else they end with the process ----
 */

static const char *record_dir(const struct provider *p, struct arena *mem)
{
	return arena_printf(mem, "%s.releases", p->state);
}

static const char *record_path(const struct provider *p, struct arena *mem,
                               unsigned number)
{
	return arena_printf(mem, "%s/%u.json", record_dir(p, mem), number);
}

static struct err *record_list(struct provider *p, struct arena *mem,
                               unsigned **numbers, size_t *n)
{
	DIR *dir = p->state ? opendir(record_dir(p, mem)) : NULL;
	struct dirent *d;
	size_t cap = 0;

	*numbers = NULL;
	*n = 0;
	while (dir && (d = readdir(dir))) {
		char *end;
		unsigned long number = strtoul(d->d_name, &end, 10);

		if (end == d->d_name || strcmp(end, ".json") != 0)
			continue;
		ARENA_RESERVE(mem, unsigned, *numbers, *n, cap);
		(*numbers)[(*n)++] = (unsigned)number;
	}
	if (dir)
		closedir(dir);
	return NULL;
}

static struct err *record_read(struct provider *p, struct arena *mem,
                               unsigned number, const char **text)
{
	char *found;
	size_t len;
	struct err *e;

	if (!p->state || !fs_exists(record_path(p, mem, number)))
		return err_new(ERR_REF, NO_POS, "there is no record %u",
		               number);
	e = fs_read(mem, record_path(p, mem, number), LARGEST_RECORD, &found,
	            &len);
	if (!e)
		*text = found;
	return e;
}

static void die_at_record(struct provider *p, enum fake_when now)
{
	if (p->record_writes == p->crash_record && p->crash == now)
		(void)raise(SIGKILL);
}

static struct err *record_put(struct provider *p, unsigned number,
                              const char *text, bool anew)
{
	struct arena mem = {0};
	struct err *e = NULL;
	const char *path;

	if (!p->state)
		return NULL;
	p->record_writes++;
	die_at_record(p, FAKE_BEFORE);
	path = record_path(p, &mem, number);
	if (anew && fs_exists(path))
		e = err_new(ERR_CONFLICT, NO_POS, "there is a record %u",
		            number);
	if (!e)
		e = fs_make_dirs(record_dir(p, &mem), 0755);
	if (!e)
		e = fs_write(path, text, strlen(text), 0644);
	die_at_record(p, FAKE_AFTER);
	arena_free(&mem);
	return e;
}

static struct err *record_write(struct provider *p, unsigned number,
                                const char *text)
{
	fake_trace(p, "record", "write");
	return record_put(p, number, text, true);
}

static struct err *record_replace(struct provider *p, unsigned number,
                                  const char *text)
{
	fake_trace(p, "record", "replace");
	return record_put(p, number, text, false);
}

static struct err *record_remove(struct provider *p, unsigned number)
{
	struct arena mem = {0};

	fake_trace(p, "record", "remove");
	if (p->state) {
		(void)unlink(record_path(p, &mem, number));
		(void)rmdir(record_dir(p, &mem));
	}
	arena_free(&mem);
	return NULL;
}

const struct record_ops fake_record_ops = {
	.list = record_list,
	.read = record_read,
	.write = record_write,
	.replace = record_replace,
	.remove = record_remove,
};
