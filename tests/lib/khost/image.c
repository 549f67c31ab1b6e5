/* image.c - see image.h. The tools come from e2fsprogs. */
#include "tests/lib/khost/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/lib/khost/khost.h"

static char scratch[64];

static void remove_scratch(void)
{
	char cmd[128];
	FILE *p;

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", scratch);
	p = popen(cmd, "r");
	if (p)
		pclose(p);
}

/* Memory, where there is enough: e2fsprogs wait for what they wrote. */
static const char *best_place(void)
{
	const char *tmp = getenv("TMPDIR");
	struct statvfs v;

	if (tmp && strlen(tmp) < 40)
		return tmp;
	if (!statvfs("/dev/shm", &v) && v.f_bavail * v.f_frsize >> 30 &&
	    !access("/dev/shm", W_OK))
		return "/dev/shm";
	return "/tmp";
}

const char *image_scratch(void)
{
	if (scratch[0])
		return scratch;
	snprintf(scratch, sizeof(scratch), "%s/khost-XXXXXX", best_place());
	if (!mkdtemp(scratch))
		abort();
	atexit(remove_scratch);
	return scratch;
}

/* Run a command; its output into out[], its status is returned. */
static int run(const char *cmd, char *out, size_t size)
{
	FILE *p = popen(cmd, "r");
	size_t n;

	if (!p)
		abort();
	n = fread(out, 1, size - 1, p);
	out[n] = '\0';
	return pclose(p);
}

struct khost_disk *image_make(const char *options, const char *size,
                              const char *from)
{
	char cmd[512], out[4096], path[96];
	struct khost_disk *d;

	snprintf(path, sizeof(path), "%s/image", image_scratch());
	snprintf(cmd, sizeof(cmd),
	         "PATH=$PATH:/sbin:/usr/sbin; rm -f %s; "
	         "E2FSPROGS_FAKE_TIME=1700000000 mke2fs -q -F %s %s%s %s %s "
	         "2>&1",
	         path, options, from ? "-d " : "", from ? from : "", path,
	         size);
	if (run(cmd, out, sizeof(out))) {
		fprintf(stderr, "%s\n%s", cmd, out);
		abort();
	}
	d = khost_disk_load(path);
	if (!d)
		abort();
	unlink(path);
	return d;
}

static void save(const struct khost_disk *d, char *path, size_t size)
{
	snprintf(path, size, "%s/check", image_scratch());
	if (!khost_disk_save(d, path))
		abort();
}

/* The one %s, replaced. */
static void put_path(char *cmd, size_t size, const char *command,
                     const char *path)
{
	const char *at = strstr(command, "%s");

	if (!at)
		abort();
	snprintf(cmd, size, "PATH=$PATH:/sbin:/usr/sbin; %.*s%s%s",
	         (int)(at - command), command, path, at + 2);
}

void image_edit(struct khost_disk **d, const char *command)
{
	char cmd[512], out[4096], path[96];

	save(*d, path, sizeof(path));
	put_path(cmd, sizeof(cmd), command, path);
	(void)run(cmd, out, sizeof(out));
	khost_disk_free(*d);
	*d = khost_disk_load(path);
	unlink(path);
	if (!*d)
		abort();
}

bool image_is_clean(const struct khost_disk *d)
{
	char cmd[256], out[16384], path[96];
	int status;

	save(d, path, sizeof(path));
	snprintf(cmd, sizeof(cmd),
	         "PATH=$PATH:/sbin:/usr/sbin; e2fsck -fn %s 2>&1", path);
	status = run(cmd, out, sizeof(out));
	if (status)
		fprintf(stderr, "%s", out);
	unlink(path);
	return status == 0;
}

/* Lines of "e2fsck -fp" that are about a crash, and what it always prints. */
static bool is_expected(const char *line)
{
	static const char *const parts[] = {
		"recovering journal",
		"Clearing orphaned inode",
		"Truncating orphaned inode",
		"could be shorter",
		"files (",
		"Setting free inodes count",
		"Setting free blocks count",
	};

	for (size_t n = 0; n < sizeof(parts) / sizeof(parts[0]); n++) {
		if (strstr(line, parts[n]))
			return true;
	}
	return false;
}

bool image_recovers(struct khost_disk **d)
{
	char cmd[256], out[16384], path[96], *next = out;
	bool ok;

	save(*d, path, sizeof(path));
	snprintf(cmd, sizeof(cmd),
	         "PATH=$PATH:/sbin:/usr/sbin; e2fsck -fp %s 2>&1", path);
	ok = (run(cmd, out, sizeof(out)) & ~0x100) == 0; /* 1: corrected */
	while (*next) {
		char *line = next;

		next += strcspn(next, "\n");
		if (*next)
			*next++ = '\0';
		if (!is_expected(line) || !ok)
			fprintf(stderr, "%s\n", line);
		ok = ok && is_expected(line);
	}
	khost_disk_free(*d);
	*d = khost_disk_load(path);
	unlink(path);
	if (!*d)
		abort();
	return ok;
}

static void debugfs(const struct khost_disk *d, const char *request, char *out,
                    size_t size)
{
	char cmd[256], path[96];

	save(d, path, sizeof(path));
	snprintf(cmd, sizeof(cmd),
	         "PATH=$PATH:/sbin:/usr/sbin; debugfs -R '%s' %s 2>/dev/null",
	         request, path);
	(void)run(cmd, out, size);
	unlink(path);
}

bool image_debugfs_prints(const struct khost_disk *d, const char *request,
                          const char *text)
{
	char out[65536];

	debugfs(d, request, out, sizeof(out));
	if (strcmp(out, text) == 0)
		return true;
	fprintf(stderr, "%s: \"%s\" instead of \"%s\"\n", request, out, text);
	return false;
}

bool image_debugfs_says(const struct khost_disk *d, const char *request,
                        const char *part)
{
	char out[65536];

	debugfs(d, request, out, sizeof(out));
	if (strstr(out, part))
		return true;
	fprintf(stderr, "%s: no \"%s\" in \"%s\"\n", request, part, out);
	return false;
}

uint64_t image_debugfs_number(const struct khost_disk *d, const char *request)
{
	char out[4096], *end;
	uint64_t n;

	debugfs(d, request, out, sizeof(out));
	n = strtoull(out, &end, 10);
	if (end == out)
		abort();
	return n;
}

void image_script(struct khost_disk **d, const char *script)
{
	char path[96], cmd[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/script", image_scratch());
	f = fopen(path, "w");
	if (!f || fputs(script, f) < 0 || fclose(f))
		abort();
	snprintf(cmd, sizeof(cmd), "debugfs -w -f %s %%s 2>&1", path);
	image_edit(d, cmd);
}

static void put_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		abort();
	for (size_t i = 0; i < size; i++)
		fputc((int)(i * 7 >> 3), f);
	fclose(f);
}

const char *image_sample_files(void)
{
	static char dir[96];
	char path[128];

	snprintf(dir, sizeof(dir), "%s/files", image_scratch());
	if (mkdir(dir, 0755))
		abort();
	snprintf(path, sizeof(path), "%s/dir", dir);
	if (mkdir(path, 0755))
		abort();
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "%s/dir/file%d", dir, i);
		put_file(path, 10);
	}
	snprintf(path, sizeof(path), "%s/hello", dir);
	put_file(path, 100);
	snprintf(path, sizeof(path), "%s/big", dir);
	put_file(path, 200000);
	snprintf(path, sizeof(path), "%s/sparse", dir);
	put_file(path, 1);
	if (truncate(path, 900000))
		abort();
	return dir;
}
