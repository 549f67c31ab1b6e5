/* package_deb.c - ar, then tar, both through libarchive. */
#include "providers/image/package_deb.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/str.h"

enum { READ_SIZE = 64 * 1024 };

struct reading {
	struct image_tree *tree;
	struct package_blobs *blobs;
	const char *name;
	struct archive *outer, *inner; /* ar, tar */
	char *buffer;                  /* READ_SIZE bytes */
	uint64_t bytes;                /* written so far */
	size_t entries;
};

static struct err *refuse(const struct reading *r, const char *path,
                          const char *why)
{
	return err_new(ERR_SYNTAX, NO_POS, "package \"%s\": \"%s\" %s", r->name,
	               path, why);
}

static struct err *damaged(const struct reading *r, struct archive *a)
{
	const char *why = archive_error_string(a);

	if (archive_errno(a) == ENOMEM)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	return err_new(ERR_SYNTAX, NO_POS,
	               "package \"%s\" is no Debian package, or damaged: %s",
	               r->name, why ? why : "it ends too early");
}

/* --- paths ------------------------------------------------------------------
 */

static bool has_dots(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 2 && path[0] == '.' && path[1] == '.')
			return true;
		if (!path[len])
			return false;
		path += len + 1;
	}
}

/* "./usr/bin/x" becomes "/usr/bin/x"; the root itself "/". */
static struct err *machine_path(const struct reading *r, const char *raw,
                                const char **out)
{
	const char *path = raw;
	size_t len;

	if (!raw || !*raw)
		return refuse(r, "", "is no name");
	len = strlen(raw);
	if (len >= PACKAGE_DEB_PATH)
		return refuse(r, arena_strndup(r->tree->mem, raw, 40),
		              "... is too long");
	if (raw[0] == '/' || has_dots(raw))
		return refuse(r, raw, "leads out of it");
	if (str_starts(path, "./"))
		path += 2;
	else if (!strcmp(path, "."))
		path++;
	len = strlen(path);
	while (len && path[len - 1] == '/')
		len--;
	*out = arena_printf(r->tree->mem, "/%.*s", (int)len, path);
	return NULL;
}

/* --- contents ---------------------------------------------------------------
 */

static struct err *write_all(int fd, const char *path, const void *data,
                             size_t len)
{
	const char *at = data;

	while (fd >= 0 && len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno != EINTR)
			return err_sys(errno, "%s", path);
		at += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return NULL;
}

static struct err *copy_content(struct reading *r, const char *path, int fd,
                                const char *blob, uint64_t *size)
{
	struct err *e = NULL;
	la_ssize_t n;

	*size = 0;
	while (!e && (n = archive_read_data(r->inner, r->buffer, READ_SIZE))) {
		if (n < 0)
			return damaged(r, r->inner);
		*size += (uint64_t)n;
		r->bytes += (uint64_t)n;
		if (r->bytes > PACKAGE_DEB_BYTES)
			return refuse(r, path, "makes it larger than 8 GiB");
		e = write_all(fd, blob, r->buffer, (size_t)n);
	}
	return e;
}

/* A new blob with the content at hand; its name "" when none are kept. */
static struct err *keep_content(struct reading *r, const char *path,
                                const char **blob, uint64_t *size)
{
	struct err *e;
	int fd = -1;

	*blob = "";
	if (r->blobs->dir) {
		*blob = arena_printf(r->tree->mem, "%s/%zu", r->blobs->dir,
		                     r->blobs->n++);
		fd = open(*blob, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return err_sys(errno, "%s", *blob);
	}
	e = copy_content(r, path, fd, *blob, size);
	if (fd >= 0 && close(fd) && !e)
		e = err_sys(errno, "%s", *blob);
	return e;
}

/* --- entries ----------------------------------------------------------------
 */

static bool same_link(const struct image_node *n, const char *target)
{
	return n->type == IMAGE_LINK && target && !strcmp(n->target, target);
}

/* What other packages have may be shared only where it is the same link. */
static struct err *check_free(struct reading *r, const char *path,
                              const char *target)
{
	const struct image_node *n = image_tree_at(r->tree, path);

	if (!n || n->type == IMAGE_DIR || !n->from || same_link(n, target))
		return NULL;
	if (!strcmp(n->from, r->name))
		return refuse(r, path, "is there twice");
	return err_new(ERR_CONFLICT, NO_POS,
	               "packages \"%s\" and \"%s\" both have \"%s\"", n->from,
	               r->name, path);
}

static struct err *add_hard_link(struct reading *r, const char *path,
                                 const char *raw)
{
	const struct image_node *n;
	const char *target;
	struct err *e = machine_path(r, raw, &target);

	if (e)
		return e;
	n = image_tree_at(r->tree, target);
	if (!n || n->type != IMAGE_FILE || !n->from || strcmp(n->from, r->name))
		return refuse(r, path,
		              "is a hard link to what is no file of it");
	return image_tree_blob(r->tree, path, n->mode, n->host, n->size);
}

static struct err *add_file(struct reading *r, const char *path, uint16_t mode)
{
	const char *blob;
	uint64_t size = 0;
	struct err *e = keep_content(r, path, &blob, &size);

	return e ? e : image_tree_blob(r->tree, path, mode, blob, size);
}

static struct err *add_link(struct reading *r, const char *path,
                            const char *target)
{
	if (!target || !*target || strlen(target) >= PACKAGE_DEB_PATH)
		return refuse(r, path, "is a link to no name");
	return image_tree_link(r->tree, path,
	                       arena_strdup(r->tree->mem, target));
}

static struct err *add_entry(struct reading *r, struct archive_entry *entry)
{
	uint16_t mode = (uint16_t)(archive_entry_perm(entry) & 07777);
	const char *hard = archive_entry_hardlink(entry);
	const char *target = archive_entry_symlink(entry);
	const char *path;
	struct err *e = machine_path(r, archive_entry_pathname(entry), &path);

	if (e)
		return e;
	if (!hard && archive_entry_filetype(entry) == AE_IFDIR)
		return image_tree_dir(r->tree, path, mode);
	e = check_free(r, path, target);
	if (e)
		return e;
	if (hard)
		return add_hard_link(r, path, hard);
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return add_file(r, path, mode);
	case AE_IFLNK:
		return add_link(r, path, target);
	default:
		return refuse(r, path, "is neither file, directory nor link");
	}
}

/* --- archives ---------------------------------------------------------------
 */

static la_ssize_t read_member(struct archive *a, void *ctx, const void **buffer)
{
	struct reading *r = ctx;
	la_int64_t offset;
	size_t len = 0;
	int rc = archive_read_data_block(r->outer, buffer, &len, &offset);

	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc == ARCHIVE_OK)
		return (la_ssize_t)len;
	archive_set_error(a, archive_errno(r->outer), "%s",
	                  archive_error_string(r->outer));
	return -1;
}

static struct err *read_tar(struct reading *r)
{
	struct archive_entry *entry;
	struct err *e = NULL;
	int rc = archive_read_open(r->inner, r, NULL, read_member, NULL);

	if (rc != ARCHIVE_OK)
		return damaged(r, r->inner);
	while (!e) {
		rc = archive_read_next_header(r->inner, &entry);
		if (rc == ARCHIVE_EOF)
			return NULL;
		if (rc != ARCHIVE_OK)
			return damaged(r, r->inner);
		if (++r->entries > PACKAGE_DEB_ENTRIES)
			return refuse(r, archive_entry_pathname(entry),
			              "is one file too many");
		e = add_entry(r, entry);
	}
	return e;
}

static struct err *read_data(struct reading *r)
{
	struct err *e;

	r->inner = archive_read_new();
	if (!r->inner)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	archive_read_support_format_tar(r->inner);
	archive_read_support_filter_gzip(r->inner);
	archive_read_support_filter_bzip2(r->inner);
	archive_read_support_filter_xz(r->inner);
	archive_read_support_filter_lzma(r->inner);
	archive_read_support_filter_zstd(r->inner);
	e = read_tar(r);
	archive_read_free(r->inner);
	return e;
}

static struct err *check_version(struct reading *r)
{
	char version[4] = "";
	la_ssize_t n = archive_read_data(r->outer, version, sizeof(version));

	if (n < 0)
		return damaged(r, r->outer);
	if (n >= 2 && version[0] == '2' && version[1] == '.')
		return NULL;
	return err_new(ERR_SYNTAX, NO_POS,
	               "package \"%s\" is not in a format that is known: "
	               "debian-binary does not say 2.x",
	               r->name);
}

/* The next member, which has to be called so. */
static struct err *next_member(struct reading *r, const char *name)
{
	struct archive_entry *entry;
	int rc = archive_read_next_header(r->outer, &entry);
	const char *path;

	if (rc == ARCHIVE_EOF)
		return err_new(ERR_SYNTAX, NO_POS,
		               "package \"%s\" is no Debian package, or "
		               "damaged: it has no %s",
		               r->name, name);
	if (rc != ARCHIVE_OK)
		return damaged(r, r->outer);
	path = archive_entry_pathname(entry);
	if (path && str_starts(path, name))
		return NULL;
	return err_new(ERR_SYNTAX, NO_POS,
	               "package \"%s\" has \"%s\" where its %s belongs",
	               r->name, path ? path : "", name);
}

static struct err *read_members(struct reading *r, int fd)
{
	struct err *e;

	if (archive_read_open_fd(r->outer, fd, READ_SIZE) != ARCHIVE_OK)
		return damaged(r, r->outer);
	e = next_member(r, "debian-binary");
	if (!e)
		e = check_version(r);
	if (!e)
		e = next_member(r, "control.tar");
	if (!e)
		e = next_member(r, "data.tar");
	return e ? e : read_data(r);
}

struct err *package_deb_read(struct image_tree *t, struct package_blobs *blobs,
                             int fd, const char *name)
{
	struct reading r = {.tree = t, .blobs = blobs, .name = name};
	struct err *e;

	r.outer = archive_read_new();
	if (!r.outer)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	archive_read_support_format_ar(r.outer);
	r.buffer = arena_alloc(t->mem, READ_SIZE, 1);
	t->from = name;
	e = read_members(&r, fd);
	t->from = NULL;
	archive_read_free(r.outer);
	return e;
}
