/*
 * storage.c - buckets and objects. Metadata is JSON, bytes are files.
 *
 * A resumable upload keeps what came in whole pieces of 256 KiB, and all of the
 * last one, as Cloud Storage does; a client that was cut off asks how far it
 * got with "bytes *" and goes on from there.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/gce/cloud.h"

enum { PATH = 512, UNIT = 256 * 1024 };

static void key_of(char out[PATH], const char *bucket, const char *name)
{
	snprintf(out, PATH, "%s/%s", bucket, name);
}

static json_t *find(const struct cloud *c, const char *bucket, const char *name)
{
	char key[PATH];

	key_of(key, bucket, name);
	return json_object_get(c->objects, key);
}

const char *storage_file(struct cloud *c, const char *bucket, const char *name)
{
	return json_string_value(
		json_object_get(find(c, bucket, name), "_file"));
}

const char *storage_md5(struct cloud *c, const char *bucket, const char *name)
{
	return json_string_value(
		json_object_get(find(c, bucket, name), "md5Hash"));
}

static bool bucket_known(struct call *k)
{
	const char *bucket = call_param(k, "bucket");

	if (json_object_get(k->c->buckets, bucket))
		return true;
	call_error(k, 404, "notFound", "The specified bucket does not exist.");
	return false;
}

void storage_bucket_get(struct call *k)
{
	if (bucket_known(k))
		call_reply(k, 200,
		           json_deep_copy(json_object_get(
				   k->c->buckets, call_param(k, "bucket"))));
}

void storage_test_permissions(struct call *k)
{
	const char *asked = call_query(k, "permissions");

	if (!bucket_known(k))
		return;
	call_reply(k, 200,
	           json_pack("{s:s, s:[s]}", "kind",
	                     "storage#testIamPermissionsResponse",
	                     "permissions", asked ? asked : ""));
}

/* --- checksums ------------------------------------------------------------ */

/* CRC-32C (RFC 9260, appendix A), bit by bit from a table. */
uint32_t cloud_crc32c(uint32_t crc, const unsigned char *p, size_t n)
{
	static uint32_t table[256];

	if (!table[1])
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t r = i;

			for (int bit = 0; bit < 8; bit++)
				r = r >> 1 ^ (r & 1 ? 0x82f63b78 : 0);
			table[i] = r;
		}
	for (crc = ~crc; n; n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 255];
	return ~crc;
}

static json_t *base64(const unsigned char *p, int n)
{
	unsigned char out[64];

	EVP_EncodeBlock(out, p, n);
	return json_string((const char *)out);
}

static void add_checksums(json_t *o, const char *file)
{
	EVP_MD_CTX *md5 = EVP_MD_CTX_new();
	unsigned char piece[65536], digest[EVP_MAX_MD_SIZE], big[4];
	FILE *f = fopen(file, "rb");
	uint32_t crc = 0;
	long long size = 0;
	size_t n;

	EVP_DigestInit_ex(md5, EVP_md5(), NULL);
	while (f && (n = fread(piece, 1, sizeof(piece), f)) > 0) {
		EVP_DigestUpdate(md5, piece, n);
		crc = cloud_crc32c(crc, piece, n);
		size += (long long)n;
	}
	if (f)
		fclose(f);
	EVP_DigestFinal_ex(md5, digest, NULL);
	EVP_MD_CTX_free(md5);
	for (int i = 0; i < 4; i++)
		big[i] = (unsigned char)(crc >> (24 - 8 * i));
	json_object_set_new(o, "md5Hash", base64(digest, 16));
	json_object_set_new(o, "crc32c", base64(big, 4));
	json_object_set_new(o, "size", json_sprintf("%lld", size));
}

/* --- objects -------------------------------------------------------------- */

static bool generation_fits(struct call *k, const char *want, const char *name)
{
	json_t *o = find(k->c, call_param(k, "bucket"), name);
	const char *have = json_string_value(json_object_get(o, "generation"));

	if (!want || !strcmp(want, have ? have : "0"))
		return true;
	call_error(k, 412, "conditionNotMet",
	           "At least one of the pre-conditions you specified did not "
	           "hold.");
	return false;
}

static json_t *new_object(struct call *k, const char *name, const char *type,
                          const char *file)
{
	struct cloud *c = k->c;
	const char *bucket = call_param(k, "bucket");
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind",
	                      "storage#object", "name", name, "bucket", bucket,
	                      "metageneration", "1", "contentType",
	                      type ? type : "application/octet-stream");
	json_t *old = find(c, bucket, name), *stamp = cloud_stamp(c);
	char key[PATH];

	json_object_set_new(o, "generation", cloud_id(c));
	json_object_set(o, "timeCreated", stamp);
	json_object_set_new(o, "updated", stamp);
	json_object_set_new(o, "_file", json_string(file));
	add_checksums(o, file);
	if (old)
		(void)unlink(json_string_value(json_object_get(old, "_file")));
	key_of(key, bucket, name);
	json_object_set_new(c->objects, key, o);
	return o;
}

static json_t *object_of(struct call *k)
{
	const char *name = call_param(k, "object");
	json_t *o;

	if (!bucket_known(k))
		return NULL;
	o = find(k->c, call_param(k, "bucket"), name);
	if (!o)
		call_error(k, 404, "notFound", "No such object: %s/%s",
		           call_param(k, "bucket"), name);
	return o;
}

static void reply_bytes(struct call *k, const json_t *o)
{
	const char *file = json_string_value(json_object_get(o, "_file"));
	FILE *f = fopen(file, "rb");
	long size;

	if (!f) {
		call_error(k, 500, "backendError", "%s is gone", file);
		return;
	}
	(void)fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	k->text = malloc((size_t)size + 1);
	k->text_len = fread(k->text, 1, (size_t)size, f);
	k->text_type = "application/octet-stream";
	k->status = 200;
	fclose(f);
}

void storage_get(struct call *k)
{
	const char *alt = call_query(k, "alt");
	json_t *o = object_of(k);

	if (!o)
		return;
	if (alt && !strcmp(alt, "media"))
		reply_bytes(k, o);
	else
		call_reply(k, 200, resource_shown(o));
}

void storage_list(struct call *k)
{
	const char *bucket = call_param(k, "bucket"), *key;
	const char *prefix = call_query(k, "prefix");
	json_t *items = json_array(), *o;
	char start[PATH];

	if (!bucket_known(k)) {
		json_decref(items);
		return;
	}
	key_of(start, bucket, prefix ? prefix : "");
	json_object_foreach(k->c->objects, key, o)
	{
		if (!strncmp(key, start, strlen(start)))
			json_array_append_new(items, resource_shown(o));
	}
	select_page(k, "storage#objects", items);
}

void storage_delete(struct call *k)
{
	json_t *o = object_of(k);
	char key[PATH];

	if (!o || !generation_fits(k, call_query(k, "ifGenerationMatch"),
	                           call_param(k, "object")))
		return;
	(void)unlink(json_string_value(json_object_get(o, "_file")));
	key_of(key, call_param(k, "bucket"), call_param(k, "object"));
	json_object_del(k->c->objects, key);
	k->status = 204;
}

void storage_patch(struct call *k)
{
	json_t *o = object_of(k);

	if (!o || !generation_fits(k, call_query(k, "ifGenerationMatch"),
	                           call_param(k, "object")))
		return;
	json_object_update(o, k->body);
	json_object_set_new(o, "updated", cloud_stamp(k->c));
	call_reply(k, 200, resource_shown(o));
}

/* --- uploads -------------------------------------------------------------- */

static bool append(const char *file, const char *data, size_t n)
{
	FILE *f = fopen(file, "ab");
	bool good = f && fwrite(data, 1, n, f) == n;

	if (f && fclose(f))
		good = false;
	return good;
}

static void new_file(struct call *k, char out[PATH])
{
	snprintf(out, PATH, "%s/object-%llu", k->c->o.dir,
	         (unsigned long long)k->c->next_id++);
	(void)unlink(out);
}

static const char *header(const struct call *k, const char *name)
{
	return json_string_value(json_object_get(k->headers, name));
}

void storage_media(struct call *k)
{
	const char *name = call_query(k, "name");
	char file[PATH];

	if (!name) {
		call_error(k, 400, "required", "Required parameter: name");
		return;
	}
	if (!generation_fits(k, call_query(k, "ifGenerationMatch"), name))
		return;
	new_file(k, file);
	if (append(file, k->raw, k->raw_len))
		call_reply(k, 200,
		           resource_shown(new_object(
				   k, name, header(k, "content-type"), file)));
	else
		call_error(k, 500, "backendError", "%s", file);
}

/* Metadata part and bytes (RFC 2387): only as clients send them. */
static void multipart(struct call *k)
{
	const char *type = header(k, "content-type");
	const char *mark = type ? strstr(type, "boundary=") : NULL;
	const char *json, *data, *end = k->raw + k->raw_len;
	char boundary[128], file[PATH];
	json_t *meta = NULL;
	const char *name = call_query(k, "name");
	size_t n;

	mark = mark ? mark + strlen("boundary=") : "";
	mark += *mark == '"';
	snprintf(boundary, sizeof(boundary), "\r\n--%.*s",
	         (int)strcspn(mark, "\";"), mark);
	n = strlen(boundary);
	json = k->raw ? strstr(k->raw, "\r\n\r\n") : NULL;
	if (json)
		meta = json_loads(json + 4, JSON_DISABLE_EOF_CHECK, NULL);
	data = json ? strstr(json, boundary) : NULL;
	data = data ? strstr(data, "\r\n\r\n") : NULL;
	for (const char *at = data; at && at + n <= k->raw + k->raw_len; at++)
		if (!memcmp(at, boundary, n))
			end = at;
	if (!name)
		name = json_string_value(json_object_get(meta, "name"));
	new_file(k, file);
	if (!data || !name || !append(file, data + 4, (size_t)(end - data - 4)))
		call_error(k, 400, "invalid", "Bad multipart request");
	else if (generation_fits(k, call_query(k, "ifGenerationMatch"), name))
		call_reply(k, 200,
		           resource_shown(new_object(k, name, NULL, file)));
	json_decref(meta);
}

static void start_session(struct call *k)
{
	const char *name = call_query(k, "name");
	const char *match = call_query(k, "ifGenerationMatch");
	char id[32], file[PATH];

	if (!name)
		name = json_string_value(json_object_get(k->body, "name"));
	if (!name) {
		call_error(k, 400, "required", "Required parameter: name");
		return;
	}
	if (!generation_fits(k, match, name))
		return;
	new_file(k, file);
	snprintf(id, sizeof(id), "session-%llu",
	         (unsigned long long)k->c->next_id++);
	json_object_set_new(k->c->uploads, id,
	                    json_pack("{s:s, s:s, s:I, s:s*, s:s*}", "name",
	                              name, "file", file, "have", (json_int_t)0,
	                              "match", match, "type",
	                              header(k, "x-upload-content-type")));
	snprintf(k->header[0], sizeof(k->header[0]),
	         "Location: %s/upload/storage/v1/b/%s/"
	         "o?uploadType=resumable&upload_id=%s",
	         k->c->url, call_param(k, "bucket"), id);
	k->status = 200;
}

void storage_start(struct call *k)
{
	const char *type = call_query(k, "uploadType");

	if (!bucket_known(k))
		return;
	if (type && !strcmp(type, "resumable"))
		start_session(k);
	else if (type && !strcmp(type, "media"))
		storage_media(k);
	else if (type && !strcmp(type, "multipart"))
		multipart(k);
	else
		call_error(k, 400, "invalid", "uploadType");
}

struct range {
	int64_t first, last, total; /* -1: unknown */
	bool ask;                   /* how far are we? */
};

/* Content-Range: bytes a-b/total, bytes a-b/(star), bytes a-(star)/(star), ...
 */
static bool parse_range(const char *s, size_t len, struct range *out)
{
	char *end;

	*out = (struct range){-1, -1, -1, false};
	if (!s) {
		*out = (struct range){0, (int64_t)len - 1, (int64_t)len, false};
		return true;
	}
	if (strncmp(s, "bytes ", 6) != 0)
		return false;
	s += 6;
	if (*s == '*') {
		out->ask = true;
		s++;
	} else {
		out->first = strtoll(s, &end, 10);
		if (*end != '-')
			return false;
		s = end + 1;
		out->last = *s == '*' ? out->first + (int64_t)len - 1
		                      : strtoll(s, &end, 10);
		if (*s == '*' && !strcmp(s + 1, "/*"))
			out->total = out->last + 1;
		s = *s == '*' ? s + 1 : end;
	}
	if (*s++ != '/')
		return false;
	if (*s != '*')
		out->total = strtoll(s, NULL, 10);
	return out->ask || out->last - out->first + 1 == (int64_t)len;
}

static void incomplete(struct call *k, const json_t *u)
{
	json_int_t have = json_integer_value(json_object_get(u, "have"));

	k->status = 308;
	if (have)
		snprintf(k->header[0], sizeof(k->header[0]),
		         "Range: bytes=0-%lld", (long long)have - 1);
}

static void finish(struct call *k, json_t *u)
{
	const char *name = json_string_value(json_object_get(u, "name"));
	const char *type = json_string_value(json_object_get(u, "type"));
	const char *match = json_string_value(json_object_get(u, "match"));
	json_t *o;

	if (!generation_fits(k, match, name))
		return;
	o = new_object(k, name, type,
	               json_string_value(json_object_get(u, "file")));
	json_object_set_new(u, "done", json_true());
	json_object_set(u, "object", o);
	call_reply(k, 200, resource_shown(o));
}

static void take_piece(struct call *k, json_t *u, const struct range *r)
{
	json_int_t have = json_integer_value(json_object_get(u, "have"));
	bool last = r->total >= 0 && r->last + 1 == r->total;
	const char *data = k->raw;
	size_t n = k->raw_len;

	if (r->first > have) {
		incomplete(k, u);
		return;
	}
	if (!last && n % UNIT) {
		call_error(k, 400, "invalid",
		           "A chunk must be a multiple of 256 KiB");
		return;
	}
	data += have - r->first;
	n = have - r->first > (json_int_t)n ? 0 : n - (size_t)(have - r->first);
	if (n &&
	    !append(json_string_value(json_object_get(u, "file")), data, n)) {
		call_error(k, 500, "backendError", "no room");
		return;
	}
	json_object_set_new(u, "have", json_integer(have + (json_int_t)n));
	if (last)
		finish(k, u);
	else
		incomplete(k, u);
}

void storage_put(struct call *k)
{
	const char *id = call_query(k, "upload_id");
	json_t *u = json_object_get(k->c->uploads, id ? id : "");
	struct range r;

	if (!u) {
		call_error(k, 404, "notFound", "Upload session unknown");
		return;
	}
	if (json_object_get(u, "done")) {
		call_reply(k, 200,
		           resource_shown(json_object_get(u, "object")));
		return;
	}
	if (!parse_range(header(k, "content-range"), k->raw_len, &r))
		call_error(k, 400, "invalid", "Content-Range");
	else if (r.ask)
		incomplete(k, u);
	else
		take_piece(k, u, &r);
}
