/* make_deb.h - Debian packages made to order, for tests of those who read them.
 */
#ifndef TESTS_UNIT_PROVIDERS_IMAGE_MAKE_DEB_H
#define TESTS_UNIT_PROVIDERS_IMAGE_MAKE_DEB_H

#include <archive.h>
#include <archive_entry.h>

#include "parser/base/sha256.h"
#include "parser/lock/lockfile.h"
#include "tests/lib/scratch.h"

enum { DEB_MOST = 1 << 20 };

/* Ended by one without a path. */
struct deb_entry {
	const char *path;    /* "./usr/bin/x" */
	mode_t type;         /* AE_IFREG is 0; AE_IFDIR, AE_IFLNK, AE_IFCHR */
	mode_t mode;         /* 0: 0644, or 0755 of a directory */
	const char *content; /* NUL-terminated unless `len` */
	size_t len;
	const char *target; /* of a link */
	const char *hard;   /* of a hard link */
};

/* How the package is put together; zeros: as dpkg-deb does. */
struct deb_recipe {
	const struct deb_entry *entries;
	const char *version; /* of the format; "2.0\n" */
	const char *data;    /* name of its last member; "data.tar.xz" */
	int filter;          /* ARCHIVE_FILTER_XZ unless set */
};

static inline void deb_add(struct archive *a, const struct deb_entry *d)
{
	struct archive_entry *e = archive_entry_new();
	size_t len = d->content && !d->len ? strlen(d->content) : d->len;
	mode_t type = d->type ? d->type : AE_IFREG;

	archive_entry_set_pathname(e, d->path);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, d->mode            ? d->mode
	                          : type == AE_IFDIR ? 0755
	                                             : 0644);
	archive_entry_set_size(e, (la_int64_t)len);
	if (d->target)
		archive_entry_set_symlink(e, d->target);
	if (d->hard)
		archive_entry_set_hardlink(e, d->hard);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	if (len)
		assert_int_equal(archive_write_data(a, d->content, len), len);
	archive_entry_free(e);
}

static inline size_t deb_tar(const struct deb_recipe *r, char *to)
{
	struct archive *a = archive_write_new();
	size_t used = 0;

	archive_write_set_format_gnutar(a);
	assert_int_equal(archive_write_add_filter(
				 a, r->filter ? r->filter : ARCHIVE_FILTER_XZ),
	                 ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(a, to, DEB_MOST, &used),
	                 ARCHIVE_OK);
	for (const struct deb_entry *d = r->entries; d && d->path; d++)
		deb_add(a, d);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return used;
}

/* The path of a new package in the scratch folder. */
static inline const char *deb_make(struct scratch *s, const char *name,
                                   const struct deb_recipe *r)
{
	const char *path = scratch_text(s, name, "");
	const char *version = r->version ? r->version : "2.0\n";
	struct archive *a = archive_write_new();
	char *tar = arena_alloc(&s->mem, DEB_MOST, 1);
	size_t len = deb_tar(r, tar);
	const struct deb_entry members[] = {
		{.path = "debian-binary", .content = version},
		{.path = "control.tar.xz", .content = "not looked at"},
		{.path = r->data ? r->data : "data.tar.xz",
	         .content = tar,
	         .len = len},
	};

	archive_write_set_format_ar_svr4(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (size_t i = 0; i < 3; i++)
		deb_add(a, &members[i]);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return path;
}

/* The same in the cache below "home", as a lock has it. */
static inline const struct lockfile_package *deb_cached(
	struct scratch *s, const char *name, const struct deb_entry *entries)
{
	struct lockfile_package *p =
		ARENA_NEW(&s->mem, struct lockfile_package);
	const char *path = deb_make(s, "home/packages/new",
	                            &(struct deb_recipe){.entries = entries});
	struct sha256 hash;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_null(sha256_fd(fileno(f), path, &hash));
	fclose(f);
	assert_int_equal(
		rename(path,
	               scratch_path(s, arena_printf(&s->mem,
	                                            "home/packages/%s.deb",
	                                            hash.hex))),
		0);
	*p = (struct lockfile_package){
		.name = name,
		.version = "1.0-1",
		.architecture = "amd64",
		.source = name,
		.size = 1,
		.sha256 = arena_strdup(&s->mem, hash.hex),
	};
	return p;
}

#endif
