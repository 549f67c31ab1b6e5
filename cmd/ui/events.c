/* events.c - see the header. */
#include "cmd/ui/events.h"

#include <string.h>
#include <time.h>

#include "parser/base/json.h"
#include "parser/base/strbuf.h"

/* --- a line --------------------------------------------------------------- */

static void text(struct strbuf *b, const char *key, const char *s)
{
	strbuf_printf(b, ",\"%s\":", key);
	json_add_string(b, s, strlen(s));
}

/* RFC 3339, UTC, microseconds. */
static void add_time(struct strbuf *b)
{
	struct timespec t;
	struct tm tm;
	char s[64];

	clock_gettime(CLOCK_REALTIME, &t);
	strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%S", gmtime_r(&t.tv_sec, &tm));
	strbuf_printf(b, ",\"@timestamp\":\"%s.%06ldZ\"", s, t.tv_nsec / 1000);
}

static struct strbuf begin(const char *type, const char *level,
                           const char *message)
{
	struct strbuf b = {0};

	strbuf_printf(&b, "{\"@level\":\"%s\"", level);
	text(&b, "@message", message);
	strbuf_add(&b, ",\"@module\":\"miso.ui\"");
	add_time(&b);
	text(&b, "type", type);
	return b;
}

/* One write a line, so that whoever reads along sees it at once, and whole. */
static void end(struct strbuf *b)
{
	strbuf_add(b, "}\n");
	fputs(b->s, stdout);
	fflush(stdout);
	strbuf_fini(b);
}

/* --- what is in lines ----------------------------------------------------- */

static const char *action_of(const struct plan_node *n)
{
	static const char *const words[] = {
		[DIFF_NONE] = "noop",     [DIFF_CREATE] = "create",
		[DIFF_UPDATE] = "update", [DIFF_REPLACE] = "replace",
		[DIFF_DELETE] = "delete",
	};

	return words[n->diff.action];
}

/* instance.client["0"] is "instance", "client" and "0". */
static void add_resource(struct strbuf *b, const struct plan_node *n)
{
	const char *address = plan_address(n), *kind = plan_kind(n);
	const char *name = address + strlen(kind) + 1;
	const char *key = strchr(name, '[');
	size_t len = key ? (size_t)(key - name) : strlen(name);

	strbuf_add(b, "\"resource\":{\"addr\":");
	json_add_string(b, address, strlen(address));
	text(b, "module", "");
	text(b, "resource", address);
	text(b, "implied_provider", "");
	text(b, "resource_type", kind);
	strbuf_add(b, ",\"resource_name\":");
	json_add_string(b, name, len);
	strbuf_add(b, ",\"resource_key\":");
	if (key && strlen(key) > 4)
		json_add_string(b, key + 2, strlen(key) - 4);
	else
		strbuf_add(b, "null");
	strbuf_addc(b, '}');
}

static void add_hook(struct strbuf *b, const struct plan_node *n)
{
	strbuf_add(b, ",\"hook\":{");
	add_resource(b, n);
	text(b, "action", action_of(n));
}

static struct strbuf about(const struct plan_node *n, const char *type,
                           const char *level, const char *message)
{
	struct strbuf words = {0}, b;

	strbuf_printf(&words, "%s: %s", plan_address(n), message);
	b = begin(type, level, words.s);
	strbuf_fini(&words);
	return b;
}

/* --- the events ----------------------------------------------------------- */

void events_version(void)
{
	struct strbuf b = begin("version", "info", "miso " MISO_VERSION);

	text(&b, "miso", MISO_VERSION);
	text(&b, "ui", "1.2");
	end(&b);
}

static void planned(const struct plan_node *n)
{
	struct strbuf b = about(n, "planned_change", "info", action_of(n));

	strbuf_add(&b, ",\"change\":{");
	add_resource(&b, n);
	text(&b, "action", action_of(n));
	strbuf_addc(&b, '}');
	end(&b);
}

static void summary(size_t add, size_t change, size_t remove,
                    const char *operation)
{
	struct strbuf words = {0}, b;

	strbuf_printf(&words, "%s: %zu to add, %zu to change, %zu to remove",
	              operation, add, change, remove);
	b = begin("change_summary", "info", words.s);
	strbuf_printf(&b,
	              ",\"changes\":{\"add\":%zu,\"change\":%zu,\"import\":0,"
	              "\"remove\":%zu,\"operation\":\"%s\"}",
	              add, change, remove, operation);
	end(&b);
	strbuf_fini(&words);
}

/* As Terraform counts: a replacement is one added and one removed. */
void events_plan(const struct plan *p, bool destroy UNUSED)
{
	const size_t *c = p->counts;

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_node *n = &p->nodes[i];

		if ((n->want || n->have) && n->diff.action != DIFF_NONE)
			planned(n);
	}
	summary(c[DIFF_CREATE] + c[DIFF_REPLACE], c[DIFF_UPDATE],
	        c[DIFF_DELETE] + c[DIFF_REPLACE], "plan");
}

void events_started(const struct plan_node *n)
{
	struct strbuf b = about(n, "apply_start", "info", "started");

	add_hook(&b, n);
	strbuf_addc(&b, '}');
	end(&b);
}

static void progress(const struct plan_node *n, const char *level,
                     const char *said, int64_t ms)
{
	struct strbuf b = about(n, "apply_progress", level, said);

	add_hook(&b, n);
	text(&b, "text", said);
	strbuf_printf(&b, ",\"elapsed_seconds\":%.3f}", (double)ms / 1000);
	end(&b);
}

void events_said(const struct plan_node *n, const char *said, int64_t ms)
{
	progress(n, "info", said, ms);
}

void events_troubled(const struct plan_node *n, const char *said, int64_t ms)
{
	progress(n, "warn", said, ms);
}

static void diagnostic(const struct plan_node *n, const struct err *e)
{
	struct strbuf detail = {0};
	struct strbuf b = about(n, "diagnostic", "error", err_text(e));

	for (const struct err *at = e; at; at = err_cause(at))
		strbuf_printf(&detail, "%s%s", at == e ? "" : "\n",
		              err_text(at));
	strbuf_add(&b, ",\"diagnostic\":{\"severity\":\"error\"");
	text(&b, "summary", err_text(e));
	text(&b, "detail", detail.s);
	text(&b, "address", plan_address(n));
	strbuf_addc(&b, '}');
	end(&b);
	strbuf_fini(&detail);
}

void events_finished(const struct plan_node *n, enum apply_state state,
                     int64_t ms, const struct err *e)
{
	static const char *const types[] = {
		[APPLY_WAITING] = "apply_skipped",
		[APPLY_RUNNING] = "apply_progress",
		[APPLY_DONE] = "apply_complete",
		[APPLY_UNCHANGED] = "apply_complete",
		[APPLY_FAILED] = "apply_errored",
	};
	static const char *const words[] = {
		[APPLY_WAITING] = "not tried", [APPLY_RUNNING] = "running",
		[APPLY_DONE] = "done",         [APPLY_UNCHANGED] = "unchanged",
		[APPLY_FAILED] = "failed",
	};
	struct strbuf b =
		about(n, types[state], state == APPLY_FAILED ? "error" : "info",
	              words[state]);

	add_hook(&b, n);
	strbuf_printf(&b, ",\"elapsed_seconds\":%.3f}", (double)ms / 1000);
	end(&b);
	if (e)
		diagnostic(n, e);
}

void events_summary(const struct apply_result *r, bool destroy)
{
	summary(r->counts[DIFF_CREATE] + r->counts[DIFF_REPLACE],
	        r->counts[DIFF_UPDATE],
	        r->counts[DIFF_DELETE] + r->counts[DIFF_REPLACE],
	        destroy ? "destroy" : "apply");
}

static const char *type_of(const struct value *v)
{
	switch (v->type) {
	case VALUE_BOOL:
		return "bool";
	case VALUE_INT:
	case VALUE_FLOAT:
		return "number";
	case VALUE_STRING:
		return "string";
	case VALUE_LIST:
		return "list";
	case VALUE_MAP:
		return "object";
	case VALUE_NULL:
	case VALUE_UNKNOWN:
		break;
	}
	return "dynamic";
}

void events_outputs(const struct value *all)
{
	struct strbuf b = begin("outputs", "info", "outputs");
	struct arena mem = {0};

	strbuf_add(&b, ",\"outputs\":{");
	for (size_t i = 0; i < all->map.n; i++) {
		const struct value_entry *o = &all->map.v[i];
		bool secret = value_has_taint(o->value);

		strbuf_add(&b, i ? "," : "");
		json_add_string(&b, o->key, strlen(o->key));
		strbuf_printf(&b, ":{\"sensitive\":%s,\"type\":\"%s\"",
		              secret ? "true" : "false", type_of(o->value));
		if (!secret)
			strbuf_printf(&b, ",\"value\":%s",
			              value_to_json(&mem, o->value));
		strbuf_addc(&b, '}');
	}
	strbuf_addc(&b, '}');
	end(&b);
	arena_free(&mem);
}
