/* cmd_image.c - the images in this host's store. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cmd/stack.h"
#include "parser/base/fs.h"
#include "parser/schema/schema.h"
#include "providers/image/export.h"
#include "providers/image/image.h"
#include "providers/image/installed.h"
#include "providers/image/store.h"

enum { SHORT = 12 }; /* digits of a digest that people see */

struct verb {
	const char *name;
	int min, max; /* operands behind it */
	struct err *(*run)(struct invocation *in, struct store *store);
};

/* --- which image --- */

/* Also one that no instance boots, and that is no object therefore. */
static const struct config_block *find_block(const struct config *c,
                                             const char *name)
{
	for (size_t i = 0; i < c->nr_blocks; i++)
		if (c->blocks[i].kind == &schema_image &&
		    strcmp(c->blocks[i].name, name) == 0)
			return &c->blocks[i];
	return NULL;
}

/* An image of the stack, made if need be. */
static struct err *build(struct invocation *in, struct store *store,
                         struct stack *s, const struct config_block *block,
                         struct store_entry *out)
{
	const struct config_want want = {
		.block = block,
		.name = block->name,
		.address = arena_printf(in->mem, "image.%s", block->name),
	};
	struct image_request q = {
		.spec = config_spec(in->mem, &s->config, &want, NULL,
	                            &s->diags),
		.base_dir = s->config.dir,
		.pos = {.line = 0},
	};
	struct image image;
	bool built;
	struct err *e = s->diags.errors ? stack_report(s) : NULL;

	if (!e)
		e = image_installed_kernel(in->mem, &q.kernel);
	if (!e)
		e = image_plan(store, in->mem, &q, &image);
	if (!e)
		e = store_build(store, &image, &built);
	return e ? e : store_match(store, in->mem, image.digest.hex, out);
}

/* The stack's image of that name, else the one in the store whose digest
 * begins so. */
static struct err *find(struct invocation *in, struct store *store,
                        const char *name, struct store_entry *out)
{
	const char *file = stack_file(in->o);
	const struct config_block *block;
	struct stack s = {0};
	struct err *e;

	if (!fs_exists(file))
		return store_match(store, in->mem, name, out);
	e = stack_load(in, &s);
	if (!e) {
		block = find_block(&s.config, name);
		e = block ? build(in, store, &s, block, out)
		          : store_match(store, in->mem, name, out);
	}
	stack_close(&s);
	return e;
}

/* --- showing --- */

static const char *when(struct arena *mem, int64_t seconds)
{
	char text[32] = "";
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return arena_strdup(mem, text);
}

static const struct value *describe(struct arena *mem,
                                    const struct store_entry *i)
{
	const struct value_entry v[] = {
		{.key = "digest", .value = value_string(mem, i->digest)},
		{.key = "program", .value = value_string(mem, i->program)},
		{.key = "packages", .value = i->packages},
		{.key = "disk", .value = value_int(mem, (int64_t)i->disk)},
		{.key = "stored", .value = value_int(mem, (int64_t)i->stored)},
		{.key = "built",
	         .value = value_string(mem, when(mem, i->built))},
		{.key = "root", .value = value_string(mem, i->root)},
		{.key = "kernel", .value = value_string(mem, i->kernel)},
	};

	return value_map(mem, v, ARRAY_LEN(v));
}

static struct err *list_json(struct invocation *in, const struct store_entry *v,
                             size_t n)
{
	const struct value **all =
		ARENA_ARRAY(in->mem, const struct value *, n + 1);

	for (size_t i = 0; i < n; i++)
		all[i] = describe(in->mem, &v[i]);
	printf("%s\n", value_to_json(in->mem, value_list(in->mem, all, n)));
	return NULL;
}

static struct err *list(struct invocation *in, struct store *store)
{
	struct store_entry *v;
	size_t n;
	struct err *e = store_list(store, in->mem, &v, &n);

	if (e)
		return e;
	if (in->o->json)
		return list_json(in, v, n);
	if (n)
		printf("%-12s  %8s  %-20s  %s\n", "DIGEST", "STORED", "BUILT",
		       "PROGRAM");
	for (size_t i = 0; i < n; i++)
		printf("%.*s  %5" PRIu64 " KB  %-20s  %s\n", SHORT, v[i].digest,
		       v[i].stored / 1000, when(in->mem, v[i].built),
		       v[i].program);
	return NULL;
}

/* `all` with what is known of the disk that `export` makes. */
static const struct value *with_disk(struct arena *mem, const struct value *all,
                                     const struct disk_layout *l)
{
	const struct value *firmware[] = {value_string(mem, "bios"),
	                                  value_string(mem, "uefi")};
	const struct value *parts[DISK_PARTS];

	for (size_t i = 0; i < DISK_PARTS; i++) {
		const struct disk_part *p = &l->parts[i];
		const struct value_entry v[] = {
			{.key = "name", .value = value_string(mem, p->name)},
			{.key = "start",
		         .value = value_int(mem, (int64_t)p->start)},
			{.key = "size",
		         .value = value_int(mem, (int64_t)p->len)},
		};

		parts[i] = value_map(mem, v, ARRAY_LEN(v));
	}
	all = value_with(mem, all, "firmware",
	                 value_list(mem, firmware, ARRAY_LEN(firmware)));
	all = value_with(mem, all, "secure_boot", value_bool(false));
	return value_with(mem, all, "partitions",
	                  value_list(mem, parts, DISK_PARTS));
}

static void print_disk(const struct disk_layout *l)
{
	printf("boots    by BIOS, and by UEFI with Secure Boot off\n");
	for (size_t i = 0; i < DISK_PARTS; i++)
		printf("%-8s %s, %" PRIu64 " bytes at %" PRIu64 "\n",
		       i ? "" : "parts", l->parts[i].name, l->parts[i].len,
		       l->parts[i].start);
}

static struct err *inspect(struct invocation *in, struct store *store)
{
	const struct value *all;
	struct disk_layout layout;
	struct store_entry entry;
	const char *boot;
	struct err *e = find(in, store, in->argv[1], &entry);

	if (!e)
		e = image_installed_boot(in->mem, &boot);
	if (!e)
		e = image_export_layout(store, entry.digest, boot, &layout);
	if (e)
		return e;
	all = describe(in->mem, &entry);
	if (in->o->json) {
		printf("%s\n", value_to_json(in->mem,
		                             with_disk(in->mem, all, &layout)));
		return NULL;
	}
	for (size_t i = 0; i < all->map.n; i++) {
		const struct value *v = all->map.v[i].value;

		printf("%-8s %s\n", all->map.v[i].key,
		       v->type == VALUE_STRING ? v->string.s
		                               : value_to_json(in->mem, v));
	}
	print_disk(&layout);
	return NULL;
}

static struct err *export(struct invocation *in, struct store *store)
{
	const char *boot;
	struct store_entry entry;
	struct stat st;
	struct err *e;

	if (!in->o->out || !in->o->format)
		return err_new(ERR_USAGE, NO_POS,
		               "miso image export needs --format (%s) and "
		               "--out FILE",
		               image_export_formats);
	if (!stat(in->o->out, &st) && !S_ISREG(st.st_mode))
		return err_new(ERR_USAGE, NO_POS,
		               "%s is there and is no file; an image is "
		               "exported to one",
		               in->o->out);
	e = find(in, store, in->argv[1], &entry);
	if (!e)
		e = image_installed_boot(in->mem, &boot);
	return e ? e
	         : image_export(store, entry.digest, boot, in->o->format,
	                        in->o->out);
}

/* --- dropping --- */

static struct err *is_needed(const char *digest, const char *home, bool *needed)
{
	struct err *e = NULL;

	*needed = false;
	for (size_t i = 0; providers[i] && !e && !*needed; i++)
		if (providers[i]->needs_image)
			e = providers[i]->needs_image(home, digest, needed);
	return e;
}

static struct err *rm(struct invocation *in, struct store *store)
{
	struct store_entry entry;
	const char *home;
	bool needed = false;
	struct err *e = store_match(store, in->mem, in->argv[1], &entry);

	if (!e)
		e = store_home(in->mem, &home);
	if (!e)
		e = is_needed(entry.digest, home, &needed);
	if (!e && needed)
		e = err_new(ERR_CONFLICT, NO_POS,
		            "a stack or a recorded release of this host needs "
		            "the image %.*s",
		            SHORT, entry.digest);
	return e ? e : store_drop(store, entry.digest);
}

static struct err *prune(struct invocation *in, struct store *store)
{
	struct store_entry *v;
	const char *home;
	size_t n = 0;
	struct err *e = store_list(store, in->mem, &v, &n);

	if (!e)
		e = store_home(in->mem, &home);
	for (size_t i = 0; i < n && !e; i++) {
		bool needed;

		e = is_needed(v[i].digest, home, &needed);
		if (e || needed)
			continue;
		e = store_drop(store, v[i].digest);
		if (!e)
			printf("%.*s  %s\n", SHORT, v[i].digest, v[i].program);
	}
	return e;
}

static const struct verb verbs[] = {
	{"list", 0, 0, list},     {"inspect", 1, 1, inspect},
	{"export", 1, 1, export}, {"rm", 1, 1, rm},
	{"prune", 0, 0, prune},
};

static struct err *find_verb(const struct invocation *in,
                             const struct verb **out)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, in->argv[0]) != 0)
			continue;
		if (in->argc - 1 < verbs[i].min || in->argc - 1 > verbs[i].max)
			return err_new(ERR_USAGE, NO_POS,
			               "miso image %s takes %s", verbs[i].name,
			               verbs[i].max ? "one image"
			                            : "no operand");
		*out = &verbs[i];
		return NULL;
	}
	return err_new(ERR_USAGE, NO_POS,
	               "miso image: list, inspect, export, rm or prune, not "
	               "\"%s\"",
	               in->argv[0]);
}

static struct err *run(struct invocation *in)
{
	const struct verb *verb = NULL;
	struct store *store = NULL;
	const char *home;
	struct err *e = find_verb(in, &verb);

	if (!e)
		e = store_home(in->mem, &home);
	if (!e)
		e = store_open(home, &store);
	if (!e)
		e = verb->run(in, store);
	store_close(store);
	return e;
}

const struct command image_command = {
	.name = "image",
	.operands = "list | inspect IMAGE | export IMAGE | rm IMAGE | prune",
	.summary = "the images in this host's store",
	.options = OPT_STACK | OPT_JSON | OPT_EXPORT,
	.min_operands = 1,
	.max_operands = 2,
	.run = run,
};
