/* image_boot.c - a text of escaped lines, and who made it long. */
#include "providers/image/image_boot.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "kernel/abi/boot_lines.h"

static void reserve(struct image_boot *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 1024;

	if (b->len + more < b->cap)
		return;
	while (b->len + more >= cap)
		cap *= 2;
	b->text = arena_grow(b->mem, b->text, b->len, cap, 1, 1);
	b->cap = cap;
}

static void note_share(struct image_boot *b, const char *key, size_t len)
{
	size_t i = 0;

	while (i < b->nr_shares && strcmp(b->shares[i].key, key) != 0)
		i++;
	if (i == ARRAY_LEN(b->shares))
		return;
	if (i == b->nr_shares)
		b->shares[b->nr_shares++].key = key;
	b->shares[i].len += len;
}

void image_boot_add(struct image_boot *b, const char *key, const char *fmt, ...)
{
	const char *value;
	size_t key_len = strlen(key), value_len, most;
	va_list ap;

	va_start(ap, fmt);
	value = arena_vprintf(b->mem, fmt, ap);
	va_end(ap);
	value_len = strlen(value);
	most = key_len + 2 * value_len + 3; /* each byte may need an escape */
	reserve(b, most);
	memcpy(b->text + b->len, key, key_len);
	b->len += key_len;
	b->text[b->len++] = ' ';
	b->len += boot_line_escape(b->text + b->len, 2 * value_len, value,
	                           value_len);
	b->text[b->len++] = '\n';
	b->text[b->len] = '\0';
	note_share(b, key, key_len + value_len + 2);
}

const char *image_boot_text(struct arena *mem, const struct value *v)
{
	struct value clear = *v;

	if (v->type == VALUE_STRING)
		return v->string.s;
	clear.tainted = false;
	return value_to_json(mem, &clear);
}

void image_boot_allow(struct image_boot *b, const char *protocol,
                      unsigned first, unsigned last, const char *source)
{
	if (!strcmp(protocol, "icmp"))
		image_boot_add(b, "allow", "icmp %s", source);
	else if (first == last)
		image_boot_add(b, "allow", "%s/%u %s", protocol, first, source);
	else
		image_boot_add(b, "allow", "%s/%u-%u %s", protocol, first, last,
		               source);
	if (!strcmp(source, "0.0.0.0/0"))
		image_boot_allow(b, protocol, first, last, "::/0");
}

void image_boot_add_args(struct image_boot *b, const struct value *args)
{
	if (!args || args->type != VALUE_LIST)
		return;
	for (size_t i = 0; i < args->list.n; i++)
		image_boot_add(b, "arg", "%s",
		               image_boot_text(b->mem, args->list.v[i]));
}

void image_boot_add_env(struct image_boot *b, const struct value *env)
{
	if (!env || env->type != VALUE_MAP)
		return;
	for (size_t i = 0; i < env->map.n; i++)
		image_boot_add(b, "env", "%s=%s", env->map.v[i].key,
		               image_boot_text(b->mem, env->map.v[i].value));
}

struct err *image_boot_check(const struct image_boot *b, struct src_pos pos)
{
	const struct image_boot_share *most = &b->shares[0];

	if (b->len <= BOOT_LINES_MAX)
		return NULL;
	for (size_t i = 1; i < b->nr_shares; i++)
		if (b->shares[i].len > most->len)
			most = &b->shares[i];
	return err_new(ERR_LIMIT, pos,
	               "what the machine is told at boot takes %zu bytes, more "
	               "than %d; \"%s\" takes most of it (%zu bytes)",
	               b->len, BOOT_LINES_MAX, most->key, most->len);
}
