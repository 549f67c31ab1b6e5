/* skeleton.c - a table of the directories and files that programs expect. */
#include "providers/image/skeleton.h"

#include <string.h>
#include <unistd.h>

static const struct row {
	enum image_node_type type;
	uint16_t mode;
	const char *path;
	const char *text; /* content, or a link's target */
} rows[] = {
	{IMAGE_DIR, 0755, "/dev", NULL},
	{IMAGE_DIR, 0755, "/etc", NULL},
	{IMAGE_DIR, 0555, "/proc", NULL},
	{IMAGE_DIR, 0700, "/root", NULL},
	{IMAGE_DIR, 0755, "/run", NULL},
	{IMAGE_DIR, 0555, "/sys", NULL},
	{IMAGE_DIR, 01777, "/tmp", NULL},
	{IMAGE_DIR, 0755, "/var/lib", NULL},
	{IMAGE_DIR, 0755, "/var/log", NULL},
	{IMAGE_DIR, 01777, "/var/tmp", NULL},
	{IMAGE_LINK, 0, "/var/run", "/run"},
	{IMAGE_FILE, 0644, "/etc/passwd",
         "root:x:0:0:root:/root:/sbin/nologin\n"
         "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"},
	{IMAGE_FILE, 0644, "/etc/group", "root:x:0:\nnogroup:x:65534:\n"},
	/* What the kernel would write: then it need not. */
	{IMAGE_FILE, 0644, "/etc/hosts", "127.0.0.1 localhost miso\n"},
	{IMAGE_FILE, 0644, "/etc/nsswitch.conf",
         "passwd: files\ngroup: files\nhosts: files dns\n"
         "services: files\nprotocols: files\n"},
	{IMAGE_FILE, 0644, "/etc/resolv.conf", ""},
};

/*
 * Where distributions keep the bundle; it stays where it is found. Their
 * OpenSSL opens another name, or a folder of links by hash, which is not made.
 */
static const struct certificates {
	const char *bundle, *openssl;
} certificates[] = {
	{"/etc/ssl/certs/ca-certificates.crt", "/usr/lib/ssl/cert.pem"},
	{"/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/tls/cert.pem"},
};

static struct err *add_row(struct image_tree *t, const struct row *row)
{
	switch (row->type) {
	case IMAGE_DIR:
		return image_tree_dir(t, row->path, row->mode);
	case IMAGE_LINK:
		return image_tree_link(t, row->path, row->text);
	case IMAGE_FILE:
		return image_tree_text(t, row->path, row->mode, row->text,
		                       strlen(row->text));
	}
	return NULL;
}

struct err *skeleton_link_certificates(struct image_tree *t)
{
	struct err *e = NULL;

	for (size_t i = 0; !e && i < ARRAY_LEN(certificates); i++) {
		const struct certificates *c = &certificates[i];

		if (image_tree_find(t, c->bundle) &&
		    !image_tree_find(t, c->openssl))
			e = image_tree_link(t, c->openssl, c->bundle);
	}
	return e;
}

struct err *skeleton_add(struct image_tree *t, const char *root)
{
	struct err *e = NULL;

	for (size_t i = 0; !e && i < ARRAY_LEN(rows); i++)
		if (!image_tree_find(t, rows[i].path))
			e = add_row(t, &rows[i]);
	for (size_t i = 0; !e && root && i < ARRAY_LEN(certificates); i++) {
		const char *path = certificates[i].bundle;

		if (access(arena_printf(t->mem, "%s%s", root, path), R_OK) == 0)
			e = image_tree_in_place(t, root, path);
	}
	return e ? e : skeleton_link_certificates(t);
}
