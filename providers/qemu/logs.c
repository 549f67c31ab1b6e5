/* logs.c - the rotated files, oldest first, then the live one. */
#include "providers/qemu/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "providers/qemu/rotate.h"

enum {
	MAX_LOG = 64 * 1024 * 1024,
	FOLLOW_MS = 100,
	CHUNK = 16 * 1024,
};

struct showing {
	struct arena mem;
	const struct log_request *request;
	const char *dir;
	int fd;    /* of the live file; -1: none yet */
	ino_t ino; /* of it */
};

static struct err *find_dir(struct provider *p, struct showing *s)
{
	struct qemu_marks marks;
	const char *address = s->request->address;
	struct err *e = qemu_mark_list(&s->mem, p->site_dir, &marks);

	if (e)
		return e;
	for (size_t i = 0; i < marks.n; i++) {
		if (strcmp(marks.v[i].address, address) != 0 ||
		    strcmp(marks.v[i].kind, "instance") != 0)
			continue;
		s->dir = marks.v[i].dir;
		return NULL;
	}
	return err_new(ERR_REF, NO_POS, "there is no %s on this host", address);
}

/* --- what was ----------------------------------------------------------------
 */

/* The part of `text` with its last `lines` lines; how many there were. */
static const char *last_lines(const char *text, size_t len, unsigned lines,
                              unsigned *found)
{
	const char *at = text + len;

	*found = 0;
	if (len && at[-1] == '\n')
		at--;
	for (; at > text; at--)
		if (at[-1] == '\n' && ++*found == lines)
			return at;
	*found += len > 0;
	return text;
}

/* Read the file into the arena; nothing there is an empty text. */
static const char *read_log(struct showing *s, int n, size_t *len)
{
	char *text = arena_strdup(&s->mem, "");

	*len = 0;
	err_free(fs_read(&s->mem, qemu_rotate_name(&s->mem, s->dir, n), MAX_LOG,
	                 &text, len));
	return text;
}

/* Keep where the live file ended, so that following goes on from there. */
static void open_live(struct showing *s, size_t skip)
{
	struct stat st;

	s->fd = open(qemu_rotate_name(&s->mem, s->dir, 0),
	             O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		return;
	if (fstat(s->fd, &st) == 0)
		s->ino = st.st_ino;
	(void)lseek(s->fd, (off_t)skip, SEEK_SET);
}

static void show_past(struct showing *s)
{
	const char *text[QEMU_ROTATE_OLD + 1];
	size_t len[QEMU_ROTATE_OLD + 1];
	unsigned lines = s->request->lines, found;
	int oldest = 0;

	for (int n = 0; n <= QEMU_ROTATE_OLD; n++) {
		const char *from;

		text[n] = read_log(s, n, &len[n]);
		if (n == 0)
			open_live(s, len[0]);
		oldest = n;
		if (!s->request->lines)
			continue;
		from = last_lines(text[n], len[n], lines, &found);
		len[n] -= (size_t)(from - text[n]);
		text[n] = from;
		lines -= found < lines ? found : lines;
		if (!lines)
			break;
	}
	for (int n = oldest; n >= 0; n--)
		fwrite(text[n], 1, len[n], s->request->out);
	fflush(s->request->out);
}

/* --- what comes --------------------------------------------------------------
 */

static bool is_over(const struct showing *s)
{
	const struct progress *p = s->request->progress;

	if (p && p->canceled && p->canceled(p->ctx))
		return true;
	return access(s->dir, F_OK) != 0 || ferror(s->request->out);
}

static void show_new(struct showing *s)
{
	char chunk[CHUNK];
	ssize_t n = 1;

	while (s->fd >= 0 && n > 0) {
		n = read(s->fd, chunk, sizeof(chunk));
		if (n > 0)
			fwrite(chunk, 1, (size_t)n, s->request->out);
	}
	fflush(s->request->out);
}

/* After a rotation the live file is another one. */
static void reopen_if_rotated(struct showing *s)
{
	const char *path = qemu_rotate_name(&s->mem, s->dir, 0);
	struct stat st;

	if (stat(path, &st) || (s->fd >= 0 && st.st_ino == s->ino))
		return;
	show_new(s); /* what came in between */
	if (s->fd >= 0)
		close(s->fd);
	open_live(s, 0);
}

static void follow(struct showing *s)
{
	while (!is_over(s)) {
		show_new(s);
		reopen_if_rotated(s);
		(void)poll(NULL, 0, FOLLOW_MS);
	}
	show_new(s); /* its last words, though its folder is gone */
}

struct err *qemu_logs(struct provider *p, const struct log_request *request)
{
	struct showing s = {.request = request, .fd = -1};
	struct err *e = find_dir(p, &s);

	if (!e) {
		show_past(&s);
		if (request->follow)
			follow(&s);
		if (ferror(request->out))
			e = err_new(ERR_IO, NO_POS,
			            "the log cannot be written");
	}
	if (s.fd >= 0)
		close(s.fd);
	arena_free(&s.mem);
	return e;
}
