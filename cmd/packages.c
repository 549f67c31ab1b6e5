/* packages.c - see packages.h. */
#include "cmd/packages.h"

#include "parser/schema/schema.h"

static const struct value *spec_of(struct arena *mem, const struct config *c,
                                   const struct config_block *b)
{
	const struct config_want want = {
		.block = b,
		.name = b->name,
		.address = arena_printf(mem, "image.%s", b->name),
	};
	struct diags told; /* config_check() tells them */
	const struct value *spec;

	diags_init(&told);
	spec = config_spec(mem, c, &want, NULL, &told);
	diags_fini(&told);
	return spec;
}

static struct packages_wanted wanted_of(const char *image,
                                        const struct value *spec)
{
	const struct value *packages = value_get(spec, "package");
	const struct value *program = value_get(spec, "program");
	bool names = program && program->type == VALUE_STRING;

	return (struct packages_wanted){
		.image = image,
		.packages = packages && packages->type == VALUE_LIST ? packages
	                                                             : NULL,
		.program = names ? program->string.s : NULL,
		.later = program && program->type == VALUE_UNKNOWN,
		.pos = names      ? program->pos
	               : packages ? packages->pos
	                          : NO_POS,
	};
}

struct packages_wanted *packages_wanted(struct arena *mem,
                                        const struct config *c, size_t *n)
{
	struct packages_wanted *v =
		ARENA_ARRAY(mem, struct packages_wanted, c->nr_blocks);

	*n = 0;
	for (size_t i = 0; i < c->nr_blocks; i++) {
		const struct config_block *b = &c->blocks[i];
		const struct value *spec;

		if (b->kind != &schema_image || b->broken)
			continue;
		spec = spec_of(mem, c, b);
		if (!spec)
			continue;
		v[*n] = wanted_of(b->name, spec);
		*n += v[*n].packages && !value_has_unknown(v[*n].packages);
	}
	return v;
}

static struct err *check(struct arena *mem, const struct lockfile *lock,
                         const struct packages_wanted *w)
{
	const struct lockfile_request *locked = NULL;
	const char *program;
	struct err *e =
		lockfile_find(lock, w->packages, w->packages->pos, &locked);

	if (e || w->later)
		return e;
	return lockfile_program(mem, locked, w->program, w->pos, &program);
}

void packages_check(struct arena *mem, struct stack *s)
{
	struct src_span nowhere = {0};
	struct lockfile lock;
	size_t n;
	struct packages_wanted *v = packages_wanted(mem, &s->config, &n);
	struct err *e = n ? lockfile_read(mem, s->config.dir, &lock) : NULL;

	if (e)
		diags_take(&s->diags, DIAG_LOCK, nowhere, e);
	for (size_t i = 0; !e && i < n; i++) {
		struct err *bad = check(mem, &lock, &v[i]);

		if (bad)
			diags_take(&s->diags, DIAG_LOCK, nowhere, bad);
	}
}
