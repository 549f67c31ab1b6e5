/*
 * image.c - images, from archives.
 *
 * An archive is a gzip of a GNU tar with one member "disk.raw", whole GiB
 * long, with a partition table and boot code. What is not becomes FAILED.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/gce/cloud.h"

enum { BLOCK = 512, PIECE = 1 << 20, GIB_SHIFT = 30 };

static const char source_start[] = "https://storage.googleapis.com/";

static const char *source_of(const json_t *r)
{
	const char *s = json_string_value(
		json_object_get(json_object_get(r, "rawDisk"), "source"));

	return s ? s : "";
}

/* Bucket and object of a source's URL. */
static bool split_source(const struct cloud *c, const char *s, char bucket[128],
                         const char **object)
{
	size_t n;

	if (!strncmp(s, source_start, strlen(source_start)))
		s += strlen(source_start);
	else if (!strncmp(s, c->url, strlen(c->url)) && s[strlen(c->url)])
		s += strlen(c->url) + 1;
	else
		return false;
	n = strcspn(s, "/");
	if (!n || n > 127 || !s[n] || !s[n + 1])
		return false;
	snprintf(bucket, 128, "%.*s", (int)n, s);
	*object = s + n + 1;
	return true;
}

bool image_prepare(struct call *k, json_t *r)
{
	char bucket[128];
	const char *object;

	if (!split_source(k->c, source_of(r), bucket, &object)) {
		call_error(k, 400, "invalid",
		           "Invalid value for field 'resource.rawDisk.source': "
		           "'%s'. The URL is malformed.",
		           source_of(r));
		return false;
	}
	if (!storage_file(k->c, bucket, object)) {
		call_error(k, 400, "invalid",
		           "The Google Cloud Storage object '%s/%s' is not "
		           "found",
		           bucket, object);
		return false;
	}
	json_object_set_new(r, "status", json_string("PENDING"));
	json_object_set_new(r, "sourceType", json_string("RAW"));
	return true;
}

/* --- archives ------------------------------------------------------------- */

/* Sizes of 8 GiB and more are base-256, marked by the first bit. */
static uint64_t tar_size(const unsigned char *field)
{
	uint64_t n = 0;

	if (field[0] & 0x80) {
		for (size_t i = 4; i < 12; i++)
			n = n << 8 | field[i];
		return n;
	}
	return strtoull((const char *)field, NULL, 8);
}

static const char *check_header(const unsigned char *h, uint64_t *size)
{
	if (memcmp(h + 257, "ustar  ", 8) != 0)
		return "the archive is not in GNU tar's format";
	if (strcmp((const char *)h, "disk.raw") != 0)
		return "the archive's member is not called disk.raw";
	if (h[156] != '0' && h[156] != 0)
		return "disk.raw is not a plain file";
	*size = tar_size(h + 124);
	if (!*size || *size & ((UINT64_C(1) << GIB_SHIFT) - 1))
		return "the disk is not a whole number of GiB";
	return NULL;
}

static bool is_zero(const unsigned char *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

static const char *check_disk(const unsigned char *first)
{
	if (first[510] != 0x55 || first[511] != 0xaa)
		return "the disk has no boot signature";
	if (is_zero(first, 440))
		return "the disk has no boot code";
	if (memcmp(first + BLOCK, "EFI PART", 8) != 0)
		return "the disk has no GPT";
	return NULL;
}

/* Write the disk sparsely, if anybody wants it, and look at its head. */
static const char *copy_disk(gzFile in, FILE *out, uint64_t size)
{
	unsigned char *piece = malloc(PIECE);
	const char *wrong = NULL;
	bool first = true;

	for (uint64_t left = size; left && !wrong;) {
		unsigned want = left < PIECE ? (unsigned)left : PIECE;

		if (gzread(in, piece, want) != (int)want)
			wrong = "the archive ends too early";
		else if (first)
			wrong = check_disk(piece);
		if (!wrong && out && !is_zero(piece, want)) {
			(void)fseeko(out, (off_t)(size - left), SEEK_SET);
			(void)fwrite(piece, 1, want, out);
		}
		first = false;
		left -= want;
	}
	if (!wrong && out && ftruncate(fileno(out), (off_t)size))
		wrong = "the disk cannot be written";
	free(piece);
	return wrong;
}

static const char *read_archive(const char *file, FILE *out, uint64_t *size)
{
	unsigned char h[BLOCK];
	gzFile in = gzopen(file, "rb");
	const char *wrong = NULL;

	if (!in)
		return "the archive cannot be read";
	if (gzdirect(in) || gzread(in, h, BLOCK) != BLOCK)
		wrong = "the archive is no gzip";
	if (!wrong)
		wrong = check_header(h, size);
	if (!wrong)
		wrong = copy_disk(in, out, *size);
	if (!wrong && (gzread(in, h, BLOCK) != BLOCK || !is_zero(h, BLOCK)))
		wrong = "the archive has more than one member";
	gzclose(in);
	return wrong;
}

static void disk_file(const struct cloud *c, const json_t *r, char out[512])
{
	snprintf(out, 512, "%s/image-%s.raw", c->o.dir,
	         json_string_value(json_object_get(r, "id")));
}

/* One that was read before is not read again, unless it is wanted. */
static const char *check_archive(struct cloud *c, const char *bucket,
                                 const char *object, const char *file,
                                 FILE *out, uint64_t *size)
{
	const char *md5 = storage_md5(c, bucket, object), *wrong;
	const json_t *known = json_object_get(c->checked, md5);

	if (known && !out) {
		*size = (uint64_t)json_integer_value(known);
		return NULL;
	}
	wrong = read_archive(file, out, size);
	if (!wrong)
		json_object_set_new(c->checked, md5,
		                    json_integer((json_int_t)*size));
	return wrong;
}

const char *image_made(struct cloud *c, json_t *r, const char **message)
{
	char bucket[128], path[512];
	const char *object, *wrong = "the source is gone", *file = NULL;
	uint64_t size = 0;
	struct stat st;
	FILE *out;

	disk_file(c, r, path);
	out = c->o.guests ? fopen(path, "wb") : NULL;
	if (split_source(c, source_of(r), bucket, &object))
		file = storage_file(c, bucket, object);
	if (file)
		wrong = check_archive(c, bucket, object, file, out, &size);
	if (out)
		fclose(out);
	if (wrong) {
		json_object_set_new(r, "status", json_string("FAILED"));
		*message = wrong;
		return "IMAGE_IMPORT_FAILED";
	}
	(void)stat(file, &st);
	json_object_set_new(r, "status", json_string("READY"));
	json_object_set_new(r, "archiveSizeBytes",
	                    json_sprintf("%lld", (long long)st.st_size));
	json_object_set_new(
		r, "diskSizeGb",
		json_sprintf("%llu", (unsigned long long)(size >> GIB_SHIFT)));
	json_object_set_new(r, "_file", json_string(path));
	return NULL;
}

void image_gone(struct cloud *c, const json_t *r)
{
	char path[512];

	disk_file(c, r, path);
	(void)unlink(path);
}
