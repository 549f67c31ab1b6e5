/*
 * secrets.c - secrets are named in the files, and never stand in them.
 *
 * While a stack is read and planned, a secret is a stand-in (value.h): its
 * text changes when the secret does, by HMAC-SHA-256 with a key of this host,
 * and tells nothing else. Only config_spec_clear() reads the secret itself,
 * for the one call that hands it to a machine. What Secret Manager keeps never
 * changes without its name, which has the version's number, so that its
 * stand-in is a hash of the name, and planning asks nobody.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/fs.h"
#include "parser/base/sha256.h"
#include "parser/config/internal.h"

enum {
	LONGEST_SECRET = 64 * 1024, /* bytes */
	DIGEST_LEN = 32,
	DEEPEST_LOCALS = 200,
};

/* --- reading one ---------------------------------------------------------- */

static struct err *read_env(struct arena *mem, const struct config_secret *s,
                            char **text, size_t *len)
{
	const char *v = getenv(s->name);

	if (!v)
		return err_new(ERR_REF, s->at.pos,
		               "the secret is not there: the environment has "
		               "no %s",
		               s->name);
	*len = strlen(v);
	*text = arena_strndup(mem, v, *len);
	return NULL;
}

/* One line end at the file's end is an editor's, not the secret's. */
static struct err *read_file(struct arena *mem, const char *dir,
                             const struct config_secret *s, char **text,
                             size_t *len)
{
	struct err *e = fs_read(mem, fs_join(mem, dir, s->name), LONGEST_SECRET,
	                        text, len);

	if (e)
		return err_wrap(e, s->at.pos, "the secret is not there");
	if (*len && (*text)[*len - 1] == '\n')
		(*text)[--*len] = '\0';
	return NULL;
}

static struct err *read_managed(struct arena *mem,
                                const struct config_world *world,
                                const struct config_secret *s, char **text,
                                size_t *len)
{
	struct err *e;

	if (!world || !world->read_secret)
		return err_new(ERR_REF, s->at.pos,
		               "nobody reads secrets of Secret Manager here");
	e = world->read_secret(world->ctx, mem, s->name, text, len);
	return e ? err_wrap(e, s->at.pos, "the secret cannot be read") : NULL;
}

/* The secret's text in `mem`, which is to be wiped. */
static struct err *read_secret(struct arena *mem, const char *dir,
                               const struct config_world *world,
                               const struct config_secret *s, char **text,
                               size_t *len)
{
	struct err *e = NULL;

	switch (s->source) {
	case SOURCE_ENV:
		e = read_env(mem, s, text, len);
		break;
	case SOURCE_FILE:
		e = read_file(mem, dir, s, text, len);
		break;
	case SOURCE_MANAGER:
		e = read_managed(mem, world, s, text, len);
		break;
	}
	if (e)
		return e;
	if (str_utf8_valid(*text, *len) != *len || memchr(*text, '\0', *len))
		return err_new(ERR_SYNTAX, s->at.pos,
		               "the secret from %s is no UTF-8 text", s->name);
	return NULL;
}

static const struct value *unseen(struct arena *mem)
{
	return value_tainted(mem, value_unknown());
}

static const struct value *stand_in(struct loader *l, const char *text,
                                    size_t len)
{
	unsigned char mac[DIGEST_LEN];
	char hex[2 * DIGEST_LEN + 1];
	unsigned n = sizeof(mac);

	if (!HMAC(EVP_sha256(), l->key, sizeof(l->key),
	          (const unsigned char *)text, len, mac, &n))
		return unseen(l->mem);
	for (size_t i = 0; i < sizeof(mac); i++)
		snprintf(hex + 2 * i, 3, "%02x", mac[i]);
	return value_secret(l->mem, hex);
}

static bool get_key(struct loader *l)
{
	struct err *e;

	if (l->has_key || !l->how->secret_key)
		return l->has_key;
	e = l->how->secret_key(l->key);
	if (e)
		diags_take(l->diags, DIAG_FILE, (struct src_span){0}, e);
	l->has_key = !e;
	return l->has_key;
}

/* What stands for `s` until it is needed. */
static const struct value *show(struct loader *l, const struct config_secret *s)
{
	const struct value *v = NULL;
	struct arena mem = {0};
	struct diag *m;
	char *text;
	size_t len;
	struct err *e;

	if (l->how->secrets_by_name || s->source == SOURCE_MANAGER)
		return value_secret(l->mem,
		                    sha256_of(s->name, strlen(s->name)).hex);
	if (!get_key(l))
		return unseen(l->mem);
	e = read_secret(&mem, l->config->dir, NULL, s, &text, &len);
	if (!e) {
		v = stand_in(l, text, len);
	} else {
		m = diags_warn(l->diags, DIAG_SECRET_UNSEEN, s->at, "%s",
		               err_text(e));
		diag_note(l->diags, m,
		          "whether it changed is found out when it is applied");
		err_free(e);
	}
	arena_wipe(&mem);
	return v ? v : unseen(l->mem);
}

/* --- naming one ----------------------------------------------------------- */

static const char *const sources[] = {
	[SOURCE_ENV] = "from_env",
	[SOURCE_FILE] = "from_file",
	[SOURCE_MANAGER] = "secret_manager",
};

bool config_is_secret(const struct yaml_node *node)
{
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		if (yaml_get(node, sources[i]))
			return true;
	return false;
}

static void report_literal(struct loader *l, struct src_span at,
                           const char *what)
{
	struct diag *m;

	m = diags_error(l->diags, DIAG_SECRET, at,
	                "%s: a secret is named, and never written down", what);
	diag_hide(m);
	diag_note(l->diags, m,
	          "write {from_env: NAME}, {from_file: PATH} or "
	          "{secret_manager: VERSION}");
}

/* After `word` and one part of a path; NULL: it is not there. */
static const char *skip_part(const char *s, const char *word, size_t *len)
{
	if (!s || !str_starts(s, word))
		return NULL;
	s += strlen(word);
	*len = strcspn(s, "/");
	return *len ? s + *len : NULL;
}

/*
 * "projects/P/secrets/S/versions/N" (Secret Manager: "Resource names"), where
 * N is a number: `latest` and other aliases may mean another version tomorrow.
 */
static bool check_managed(struct loader *l, const char *name,
                          struct src_span at, const char *what)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t project = 0, secret = 0, version = 0;
	const char *end = skip_part(name, "projects/", &project);
	const char *id = end;
	struct diag *m;

	end = skip_part(end, "/secrets/", &secret);
	id = end ? end - secret : "";
	end = skip_part(end, "/versions/", &version);
	if (!end || *end || strspn(id, plain) != secret ||
	    strspn(name + strlen("projects/"), "abcdefghijklmnopqrstuvwxyz"
	                                       "0123456789-.:") != project) {
		m = diags_error(l->diags, DIAG_SECRET, at,
		                "%s: \"%s\" is no version of a secret", what,
		                name);
		diag_note(l->diags, m,
		          "such are projects/PROJECT/secrets/NAME/versions/3");
		return false;
	}
	if (strspn(end - version, "0123456789") == version)
		return true;
	m = diags_error(l->diags, DIAG_SECRET, at,
	                "%s: \"%s\" is no number of a version", what,
	                end - version);
	diag_note(l->diags, m,
	          "what an alias means can change without the file, and no "
	          "plan would tell");
	return false;
}

static const struct config_secret *make_secret(struct loader *l,
                                               enum config_source source,
                                               const char *name,
                                               struct src_span at,
                                               const char *what)
{
	struct config_secret *s = ARENA_NEW(l->mem, struct config_secret);

	if (source == SOURCE_MANAGER && !check_managed(l, name, at, what))
		return NULL;
	*s = (struct config_secret){.source = source, .name = name, .at = at};
	s->shown = show(l, s);
	if (source == SOURCE_MANAGER && !l->managed)
		l->managed = s;
	return s;
}

static bool is_source(const char *key, enum config_source *out)
{
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		*out = (enum config_source)i;
		if (!strcmp(key, sources[i]))
			return true;
	}
	return false;
}

const struct config_secret *config_read_secret(struct loader *l,
                                               const struct yaml_node *node,
                                               const char *what)
{
	const struct yaml_pair *pair = node->map.v;
	enum config_source source;

	if (node->kind != YAML_IS_MAP || node->map.n != 1 ||
	    !is_source(pair->key->scalar.s, &source) ||
	    pair->value->kind != YAML_IS_SCALAR || !pair->value->scalar.len ||
	    expr_is_template(pair->value->scalar.s, pair->value->scalar.len)) {
		report_literal(l, yaml_at(node), what);
		return NULL;
	}
	return make_secret(l, source, pair->value->scalar.s,
	                   yaml_at(pair->value), what);
}

const struct config_secret *config_parse_secret(struct loader *l,
                                                const char *text,
                                                struct src_span at,
                                                const char *what)
{
	const struct value *v = NULL;
	struct err *e = value_from_json(l->mem, text, strlen(text), &v);
	enum config_source source;

	err_free(e);
	if (e || v->type != VALUE_MAP || v->map.n != 1 ||
	    !is_source(v->map.v[0].key, &source) ||
	    v->map.v[0].value->type != VALUE_STRING ||
	    !v->map.v[0].value->string.len) {
		report_literal(l, at, what);
		return NULL;
	}
	return make_secret(l, source, v->map.v[0].value->string.s, at, what);
}

void config_check_managed(struct loader *l)
{
	const char *const *types = l->how->secret_types;
	struct diag *m;

	if (!l->managed)
		return;
	for (; types && *types; types++)
		for (size_t i = 0; i < l->config->nr_providers; i++)
			if (!strcmp(l->config->providers[i].type, *types))
				return;
	m = diags_error(l->diags, DIAG_SECRET, l->managed->at,
	                "no provider of this stack reads secrets of Secret "
	                "Manager");
	types = l->how->secret_types;
	if (types && *types)
		diag_note(l->diags, m, "one with \"type: %s\" does", *types);
}

/* --- in clear ------------------------------------------------------------- */

const struct value *config_secret_value(const struct config *c,
                                        struct config_clear *clear,
                                        const struct config_secret *s)
{
	char *text;
	size_t len;
	struct err *e =
		read_secret(clear->mem, c->dir, clear->world, s, &text, &len);

	if (!e)
		return value_tainted(clear->mem,
		                     value_stringn(clear->mem, text, len));
	if (clear->failed)
		err_free(e);
	else
		clear->failed = e;
	return unseen(clear->mem);
}

/* A local that was made from secrets is made again. */
const struct value *config_local_clear(const struct config_names *names,
                                       const char *name)
{
	const struct config_term *t =
		map_get(&names->config->local_terms, name);
	struct evaluate ev = {names->clear, names->clear->mem,
	                      config_scope(names), NULL};
	const struct value *v = NULL;

	if (t && names->clear->depth < DEEPEST_LOCALS) {
		names->clear->depth++;
		v = config_eval(&ev, t);
		names->clear->depth--;
	}
	return v ? v : unseen(names->clear->mem);
}

static struct err *misfit(const struct config_want *w, const struct diags *d)
{
	return err_new(ERR_REF, d->n ? d->v[0].at.pos : w->block->at.pos,
	               "%s \"%s\" has no value with its secrets",
	               w->block->kind->name, w->name);
}

/* What holds a secret, at any depth, is taken from `clear`. */
static const struct value *uncover(struct arena *mem, const struct value *v,
                                   const struct value *clear)
{
	struct value_entry *entries;

	if (!clear || !value_has_taint(clear))
		return v;
	if (v->type != VALUE_MAP || clear->type != VALUE_MAP)
		return clear;
	entries = ARENA_ARRAY(mem, struct value_entry, v->map.n);
	for (size_t i = 0; i < v->map.n; i++) {
		entries[i] = v->map.v[i];
		entries[i].value = uncover(mem, entries[i].value,
		                           value_get(clear, entries[i].key));
	}
	return value_map(mem, entries, v->map.n);
}

struct err *config_spec_clear(struct arena *mem, const struct config *c,
                              const struct config_want *w,
                              const struct config_world *world,
                              const struct value *spec,
                              const struct value **out)
{
	struct config_clear clear = {.mem = mem, .world = world};
	const struct value *v;
	struct err *e;
	struct diags d;

	diags_init(&d);
	v = config_spec_with(&clear, mem, c, w, world, &d);
	e = clear.failed;
	if (!e && (!v || value_has_unknown(v)))
		e = misfit(w, &d);
	arena_wipe(&d.mem);
	diags_fini(&d);
	if (!e)
		*out = uncover(mem, spec, v);
	return e;
}
