/* place.c - settings, and what a run remembers. */
#include "providers/gcp/place.h"

#include <stdlib.h>
#include <string.h>

#include "parser/base/fs.h"
#include "parser/base/str.h"
#include "providers/gcp/api.h"
#include "providers/gcp/login.h"
#include "providers/gcp/mark.h"

#define COMPUTE "https://compute.googleapis.com"
#define STORAGE "https://storage.googleapis.com"
#define SECRETS "https://secretmanager.googleapis.com"

/* --- settings ------------------------------------------------------------- */

static const char *const known[] = {
	"project",  "zone",    "bucket",      "network",
	"endpoint", "machine", "credentials", "access_token_file",
};

static struct err *check_names(const struct value *settings)
{
	for (size_t i = 0; i < settings->map.n; i++) {
		const char *key = settings->map.v[i].key;
		struct str_guess near = {.word = key};
		bool good = false;
		struct err *e;

		for (size_t j = 0; j < ARRAY_LEN(known); j++) {
			good = good || !strcmp(key, known[j]);
			str_guess_try(&near, known[j]);
		}
		if (good)
			continue;
		e = err_new(ERR_SYNTAX, settings->map.v[i].value->pos,
		            "a gcp provider has no setting \"%s\"", key);
		return near.best
		               ? err_hint(e, "did you mean \"%s\"?", near.best)
		               : e;
	}
	return NULL;
}

static struct src_pos pos_of(const struct value *settings, const char *key)
{
	const struct value *v = value_get(settings, key);

	return v ? v->pos : settings->pos;
}

static struct err *need(struct provider *p, const struct value *settings,
                        const char *key, const char *example, const char **out)
{
	const char *text = value_get_string(settings, key, NULL);

	if (!text || !*text)
		return err_new(ERR_SYNTAX, pos_of(settings, key),
		               "a gcp provider needs \"%s\", such as %s", key,
		               example);
	*out = arena_strdup(&p->mem, text);
	return NULL;
}

/* "us-west2" of "us-west2-a": letters, a number, a letter. */
const char *gcp_place_region_of(struct arena *mem, const char *zone)
{
	const char *dash = strrchr(zone, '-');

	if (!dash || dash == zone || strlen(dash) != 2 || dash[1] < 'a' ||
	    dash[1] > 'z' || dash[-1] < '0' || dash[-1] > '9' ||
	    strspn(zone, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
	            strlen(zone))
		return NULL;
	return arena_strndup(mem, zone, (size_t)(dash - zone));
}

static struct err *read_place(struct provider *p, const struct value *s)
{
	struct err *e = need(p, s, "project", "acme-prod-1234", &p->project);

	if (!e)
		e = need(p, s, "zone", "us-west2-a", &p->zone);
	if (!e)
		e = need(p, s, "bucket", "acme-images", &p->bucket);
	if (e)
		return e;
	p->region = gcp_place_region_of(&p->mem, p->zone);
	if (!p->region)
		return err_new(ERR_SYNTAX, pos_of(s, "zone"),
		               "\"%s\" is no zone such as us-west2-a", p->zone);
	return NULL;
}

static void read_endpoint(struct provider *p, const struct value *s)
{
	const char *at = value_get_string(s, "endpoint", NULL);
	size_t len = at ? strlen(at) : 0;

	while (len && at[len - 1] == '/')
		len--;
	p->elsewhere = len > 0;
	p->compute = arena_printf(&p->mem, "%.*s/compute/v1",
	                          len ? (int)len : (int)strlen(COMPUTE),
	                          len ? at : COMPUTE);
	p->secrets = arena_printf(&p->mem, "%.*s/v1",
	                          len ? (int)len : (int)strlen(SECRETS),
	                          len ? at : SECRETS);
	p->storage = len ? arena_strndup(&p->mem, at, len) : STORAGE;
	p->source = STORAGE;
}

/* "~" is the home directory; else as seen from the stack's folder. */
static const char *path_of(struct provider *p, const struct value *s,
                           const char *key)
{
	const char *path = value_get_string(s, key, NULL);
	const char *home = getenv("HOME");

	if (!path)
		return NULL;
	if (home && !strncmp(path, "~/", 2))
		return arena_printf(&p->mem, "%s%s", home, path + 1);
	return fs_join(&p->mem, p->owner.dir, path);
}

static struct err *read_settings(struct provider *p, const struct value *s)
{
	const char *machine = value_get_string(s, "machine", NULL);
	struct err *e = check_names(s);

	if (!e)
		e = read_place(p, s);
	if (e)
		return e;
	read_endpoint(p, s);
	p->pos = s->pos;
	p->project_pos = pos_of(s, "project");
	p->zone_pos = pos_of(s, "zone");
	p->bucket_pos = pos_of(s, "bucket");
	p->network = arena_strdup(&p->mem,
	                          value_get_string(s, "network", "default"));
	p->machine = machine ? arena_strdup(&p->mem, machine) : NULL;
	return NULL;
}

/* --- open and close ------------------------------------------------------- */

static struct err *log_in(struct provider *p, const struct value *s)
{
	struct gcp_login_options how = {
		.credentials = path_of(p, s, "credentials"),
		.access_token_file = path_of(p, s, "access_token_file"),
		.elsewhere = p->elsewhere,
	};
	struct http_options http = {
		.user_agent = "miso/" MISO_VERSION,
		.rules = gcp_api_rules,
		.reason = gcp_api_reason,
		.authorize = gcp_login_header,
		.trace = http_traced("http") ? stderr : NULL,
	};
	struct err *e;

	p->login_pos = pos_of(s, how.access_token_file ? "access_token_file"
	                                               : "credentials");
	how.pos = p->login_pos;
	e = gcp_login_open(&how, &p->login);
	http.ctx = p->login;
	return e ? e : http_open(&http, &p->http);
}

struct err *gcp_place_open(const struct value *settings,
                           const struct owner *owner, struct provider **out)
{
	struct provider *p = calloc(1, sizeof(*p));
	struct err *e;

	if (!p)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	pthread_mutex_init(&p->lock, NULL);
	pthread_mutex_init(&p->rules_lock, NULL);
	pthread_mutex_init(&p->archives_lock, NULL);
	map_init(&p->machines, &p->found);
	map_init(&p->foreign, &p->found);
	map_init(&p->peers_by_id, &p->found);
	p->owner = (struct owner){arena_strdup(&p->mem, owner->stack),
	                          arena_strdup(&p->mem, owner->site),
	                          arena_strdup(&p->mem, owner->dir)};
	e = read_settings(p, settings);
	if (!e)
		e = log_in(p, settings);
	if (!e)
		e = store_home(&p->mem, &p->home);
	if (!e)
		e = store_open(p->home, &p->store);
	if (e) {
		gcp_place_close(p);
		return e;
	}
	*out = p;
	return NULL;
}

void gcp_place_close(struct provider *p)
{
	if (!p)
		return;
	for (struct gcp_planned *i = p->planned; i; i = i->next)
		if (i->image.tree.mem)
			arena_free(i->image.tree.mem);
	store_close(p->store);
	http_close(p->http);
	gcp_login_close(p->login);
	pthread_mutex_destroy(&p->lock);
	pthread_mutex_destroy(&p->rules_lock);
	pthread_mutex_destroy(&p->archives_lock);
	arena_free(&p->found);
	arena_free(&p->mem);
	free(p);
}

/* --- paths ---------------------------------------------------------------- */

const char *gcp_place_global(struct arena *mem, const struct provider *p)
{
	return arena_printf(mem, "projects/%s/global", p->project);
}

const char *gcp_place_zone(struct arena *mem, const struct provider *p,
                           const char *zone)
{
	return arena_printf(mem, "projects/%s/zones/%s", p->project,
	                    zone ? zone : p->zone);
}

const char *gcp_place_region(struct arena *mem, const struct provider *p,
                             const char *region)
{
	return arena_printf(mem, "projects/%s/regions/%s", p->project,
	                    region ? region : p->region);
}

bool gcp_place_is_googles(const char *url)
{
	static const char https[] = "https://";
	static const char domain[] = ".googleapis.com";
	size_t tail = strlen(domain), n;
	const char *host;

	if (!str_starts(url, https))
		return false;
	host = url + strlen(https);
	n = strcspn(host, "/:?#");
	return n > tail && !strncmp(host + n - tail, domain, tail);
}

const char *gcp_place_last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* --- what is remembered --------------------------------------------------- */

static struct gcp_peer *find_locked(struct provider *p, const char *id)
{
	/* What is in the map is never const. */
	return (struct gcp_peer *)(uintptr_t)map_get(&p->peers_by_id, id);
}

void gcp_place_remember(struct provider *p, const struct gcp_peer *peer)
{
	struct gcp_peer *i;
	const char **tags;

	pthread_mutex_lock(&p->lock);
	i = find_locked(p, peer->id);
	if (!i) {
		i = ARENA_NEW(&p->found, struct gcp_peer);
		i->id = arena_strdup(&p->found, peer->id);
		i->next = p->peers;
		p->peers = i;
		map_add(&p->peers_by_id, i->id, i);
	}
	tags = ARENA_ARRAY(&p->found, const char *, peer->nr_tags);
	for (size_t t = 0; t < peer->nr_tags; t++)
		tags[t] = arena_strdup(&p->found, peer->tags[t]);
	i->address = arena_strdup(&p->found, peer->address);
	i->name = arena_strdup(&p->found, peer->name);
	i->ip = peer->ip ? arena_strdup(&p->found, peer->ip) : NULL;
	i->tags = tags;
	i->nr_tags = peer->nr_tags;
	i->gone = false;
	pthread_mutex_unlock(&p->lock);
}

const struct gcp_peer *gcp_place_peer(struct provider *p, const char *id)
{
	const struct gcp_peer *found;

	pthread_mutex_lock(&p->lock);
	found = find_locked(p, id);
	pthread_mutex_unlock(&p->lock);
	return found;
}

bool gcp_place_is_taken(struct provider *p, const char *id, const char *address)
{
	const struct gcp_peer *found;
	bool taken;

	pthread_mutex_lock(&p->lock);
	found = find_locked(p, id);
	taken = found && strcmp(found->address, address) != 0;
	pthread_mutex_unlock(&p->lock);
	return taken;
}

void gcp_place_add_foreign(struct provider *p, const char *path)
{
	pthread_mutex_lock(&p->lock);
	if (!map_get(&p->foreign, path))
		(void)map_add(&p->foreign, arena_strdup(&p->found, path), p);
	pthread_mutex_unlock(&p->lock);
}

bool gcp_place_is_foreign(struct provider *p, const char *path)
{
	bool is;

	pthread_mutex_lock(&p->lock);
	is = map_get(&p->foreign, path) != NULL;
	pthread_mutex_unlock(&p->lock);
	return is;
}

void gcp_place_forget(struct provider *p, const char *id)
{
	struct gcp_peer *i;

	pthread_mutex_lock(&p->lock);
	i = find_locked(p, id);
	if (i)
		i->gone = true;
	pthread_mutex_unlock(&p->lock);
}

static bool deletes_locked(const struct provider *p, const char *path)
{
	for (const struct gcp_deletion *i = p->deletions; i; i = i->next)
		if (!strcmp(i->path, path))
			return true;
	return false;
}

bool gcp_place_deletes(struct provider *p, const char *path)
{
	bool found;

	pthread_mutex_lock(&p->lock);
	found = deletes_locked(p, path);
	pthread_mutex_unlock(&p->lock);
	return found;
}

void gcp_place_delete(struct provider *p, const char *path)
{
	struct gcp_deletion *i;

	pthread_mutex_lock(&p->lock);
	i = ARENA_NEW(&p->found, struct gcp_deletion);
	i->path = arena_strdup(&p->found, path);
	i->next = p->deletions;
	p->deletions = i;
	pthread_mutex_unlock(&p->lock);
}
