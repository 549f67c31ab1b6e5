/* export.c - see export.h. */
#include "providers/image/export.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parser/base/sha256.h"
#include "providers/image/disk_archive.h"
#include "providers/image/disk_build.h"
#include "providers/image/store.h"

const char image_export_formats[] = "gce, qcow2, raw";

enum { MIB = 1 << 20 };

struct format {
	const char *name;
	uint64_t unit; /* bytes: the disk's size is a multiple */
	/* From the disk `raw` to `out`; NULL: the disk is what is wanted. */
	struct err *(*convert)(const char *raw, const char *out);
};

static struct err *to_qcow2(const char *raw, const char *out)
{
	extern char **environ;
	const char *argv[] = {"qemu-img", "convert", "-q", "-f", "raw",
	                      "-O",       "qcow2",   raw,  out,  NULL};
	int status;
	pid_t pid;
	int rc = posix_spawnp(&pid, argv[0], NULL, NULL,
	                      (char *const *)(uintptr_t)argv, environ);

	if (rc)
		return err_hint(err_sys(rc, "qemu-img"),
		                "it is in the package qemu-utils");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(errno, "qemu-img");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return NULL;
	return err_new(ERR_IO, NO_POS, "qemu-img could not make %s", out);
}

static const struct format formats[] = {
	{"gce", DISK_ARCHIVE_UNIT, disk_archive_write},
	{"qcow2", MIB, to_qcow2},
	{"raw", MIB, NULL},
};

static struct err *find_format(const char *name, const struct format **out)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (strcmp(formats[i].name, name) != 0)
			continue;
		*out = &formats[i];
		return NULL;
	}
	return err_new(ERR_USAGE, NO_POS,
	               "there is no format \"%s\"; there are: %s", name,
	               image_export_formats);
}

static struct err *request(struct store *store, struct arena *mem,
                           const char *digest, const char *boot,
                           struct disk_request *out)
{
	struct store_image image;
	struct err *e = store_find(store, mem, digest, &image);

	if (e)
		return e;
	out->boot = boot;
	out->kernel = image.kernel;
	out->root = image.root;
	/* The image's digest begins with what its disk is called. */
	sha256_bytes(digest, out->id, sizeof(out->id));
	return NULL;
}

struct err *image_export_layout(struct store *store, const char *digest,
                                const char *boot, struct disk_layout *out)
{
	struct disk_request q = {.unit = MIB};
	struct arena mem = {0};
	struct err *e = request(store, &mem, digest, boot, &q);

	if (!e)
		e = disk_plan(&q, out);
	arena_free(&mem);
	return e;
}

struct err *image_export(struct store *store, const char *digest,
                         const char *boot, const char *format_name,
                         const char *out)
{
	struct arena mem = {0};
	const char *raw = arena_printf(&mem, "%s.disk", out);
	const char *made = arena_printf(&mem, "%s.new", out);
	const struct format *format = NULL;
	struct disk_request q = {.path = raw};
	struct err *e = find_format(format_name, &format);

	if (!e)
		e = request(store, &mem, digest, boot, &q);
	if (e)
		goto out;
	q.unit = format->unit;
	e = disk_build(&q);
	if (!e && format->convert)
		e = format->convert(raw, made);
	if (!e && rename(format->convert ? made : raw, out))
		e = err_sys(errno, "%s", out);
	(void)unlink(raw);
	(void)unlink(made);
out:
	arena_free(&mem);
	return e;
}
