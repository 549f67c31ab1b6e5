#include "tests/unit/planner/fixture.h"

#include "parser/base/strbuf.h"
#include "planner/show/boxes.h"
#include "planner/show/show.h"

/* Something that every form must get through as text. */
#define HOSTILE                                                                \
	"</code><script>alert(1)</script><img src=x onerror=y> & \\\"'"        \
	"\\u0007\\u202e"

static const char *markdown(struct fixture *f)
{
	struct strbuf b = {0};
	const char *text;

	show_markdown(&b, &f->p);
	text = arena_strndup(&f->mem, b.s, b.len);
	strbuf_fini(&b);
	return text;
}

static const char *html(struct fixture *f)
{
	struct strbuf b = {0};
	const char *text;

	show_html(&b, &f->p);
	text = arena_strndup(&f->mem, b.s, b.len);
	strbuf_fini(&b);
	return text;
}

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static void text_for_xml_is_only_text(void **state)
{
	static const char odd[] =
		"<a b='c'>&\"\x07\xe2\x80\xae\xe2\x81\xa7x\xc3\xa4";
	struct strbuf b = {0};

	(void)state;
	show_add_xml(&b, odd, strlen(odd));
	assert_string_equal(b.s, "&lt;a b=&#39;c&#39;&gt;&amp;&quot;\\u0007"
	                         "\\u202e\\u2067x\xc3\xa4");
	strbuf_fini(&b);
	show_add_anchor(&b, "instance.a[\"X y\"]");
	assert_string_equal(b.s, "r-instance.a_5b_22_58_20y_22_5d");
	strbuf_fini(&b);
}

static void what_destroys_stands_outside_of_the_folds(void **state)
{
	struct fixture *f = *state;
	const char *text, *head, *fold;

	apply_text(f, FAKE("") "  b: {image: \"${image.a}\"}\n"
	                       "  c: {image: \"${image.a}\", hostname: x}\n");
	assert_true(plan_text(f,
	                      FAKE("") "  c: {image: \"${image.a}\", hostname: "
	                               "y}\n",
	                      false));
	text = markdown(f);
	assert_int_equal(strncmp(text, "<!-- miso-plan s/default -->\n", 29),
	                 0);
	fold = strstr(text, "<details>");
	head = strstr(text, "` instance.b ` **will be deleted**");
	assert_true(head && fold && head < fold);
	head = strstr(text, "` instance.c ` **will be replaced**");
	assert_true(head && head < fold);
	assert_true(has(fold, "+ hostname: \"y\"   # forces replacement"));
	assert_true(has(text, "**1 to replace, 1 to delete**"));
}

static void a_fence_is_longer_than_any_in_it(void **state)
{
	struct fixture *f = *state;
	const char *text;

	assert_true(plan_text(f,
	                      FAKE("") "  b: {image: \"${image.a}\", env: {A: "
	                               "\"````` x\"}}\n",
	                      false));
	text = markdown(f);
	assert_true(has(text, "``````diff\n"));
	assert_false(has(text, "```````"));
}

static void a_comment_holds_whole_objects_and_counts_the_others(void **state)
{
	struct fixture *f = *state;
	const char *text, *more;
	size_t folds;

	assert_true(plan_text(f,
	                      FAKE("") "  b: {image: \"${image.a}\", for_each: "
	                               "2000, env: {A: some text}}\n",
	                      false));
	text = markdown(f);
	assert_true(strlen(text) <= 65535);
	assert_true(strlen(text) > 60000);
	folds = count(text, "<details>");
	assert_int_equal(folds, count(text, "</details>"));
	more = arena_printf(&f->mem, "_%zu more changes are left out",
	                    2001 - folds);
	assert_true(has(text, more));
	/* Also when what is destroyed alone is too much. */
	apply_plan(f);
	assert_true(
		plan_text(f, FAKE("") "  c: {image: \"${image.a}\"}\n", false));
	text = markdown(f);
	assert_true(strlen(text) <= 65535);
	assert_true(has(text, "more of these are left out"));
	assert_true(has(text, "<details>"));
}

static void a_page_has_nothing_that_runs_or_is_fetched(void **state)
{
	struct fixture *f = *state;
	const char *text;

	apply_text(
		f,
		FAKE("") "  b: {image: \"${image.a}\", env: {A: \"old\"}}\n");
	assert_true(plan_text(f,
	                      FAKE("") "  b: {image: \"${image.a}\", env: {A: "
	                               "\"" HOSTILE "\"}}\n",
	                      false));
	text = html(f);
	assert_true(has(text, "&lt;script&gt;alert(1)"));
	assert_false(has(text, "<script"));
	assert_false(has(text, "<img"));
	assert_false(has(text, "@import"));
	assert_false(has(text, "url(h"));
	assert_false(has(text, "\x07"));
	assert_false(has(text, "\xe2\x80\xae"));
	assert_true(has(text, "default-src 'none'"));
	text = markdown(f);
	assert_false(has(text, "\x07"));
}

static void a_secret_is_shown_nowhere(void **state)
{
	struct fixture *f = *state;
	struct strbuf b = {0};
	struct plan_node *n;
	struct diff_attr *a;
	char *text = NULL;
	size_t len;
	FILE *out;

	assert_true(plan_text(
		f, FAKE("") "  b: {image: \"${image.a}\", hostname: x}\n",
		false));
	n = &f->p.nodes[node_of(f, "instance.b")];
	a = ARENA_NEW(&f->mem, struct diff_attr);
	a->path = "env.PW";
	a->before = value_tainted(&f->mem, value_string(&f->mem, "hunter1"));
	a->after = value_tainted(&f->mem, value_string(&f->mem, "hunter2\nx"));
	n->diff.attrs = a;
	n->diff.nr_attrs = 1;
	n->diff.action = DIFF_UPDATE;
	n->desired.spec = value_with(&f->mem, n->desired.spec, "pw", a->after);
	out = open_memstream(&text, &len);
	show_text(out, &f->p, true);
	show_json(out, &f->p);
	fclose(out);
	show_markdown(&b, &f->p);
	show_html(&b, &f->p);
	assert_false(has(text, "hunter"));
	assert_false(has(b.s, "hunter"));
	assert_true(has(text, "(sensitive)"));
	assert_true(has(text, "\"after_sensitive\":{\"pw\":true}"));
	assert_true(has(b.s, "(sensitive)"));
	strbuf_fini(&b);
	free(text);
}

/* An object remembers what stood for its secrets, as text. */
static void what_was_secret_is_not_shown_either(void **state)
{
	struct fixture *f = *state;
	struct strbuf b = {0};
	struct plan_node *n;
	struct diff_attr *a;
	struct object *was;
	const struct value *env;
	char *text = NULL;
	size_t len;
	FILE *out;

	assert_true(
		plan_text(f, FAKE("") "  b: {image: \"${image.a}\"}\n", false));
	apply_plan(f);
	assert_true(plan_text(
		f, FAKE("") "  b: {image: \"${image.a}\", env: {PW: x}}\n",
		false));
	n = &f->p.nodes[node_of(f, "instance.b")];
	env = value_string(&f->mem,
	                   value_secret(&f->mem, "5ec7e75ec7e75ec7")->string.s);
	a = ARENA_NEW(&f->mem, struct diff_attr);
	*a = (struct diff_attr){.path = "env.PW", .before = env};
	n->diff.attrs = a;
	n->diff.nr_attrs = 1;
	env = value_with(&f->mem, value_map(&f->mem, NULL, 0), "PW", env);
	was = ARENA_NEW(&f->mem, struct object);
	*was = *n->have;
	was->attrs = value_with(
		&f->mem, was->attrs, "spec",
		value_with(&f->mem, value_get(was->attrs, "spec"), "env", env));
	n->have = was;
	out = open_memstream(&text, &len);
	show_text(out, &f->p, true);
	assert_int_equal(fflush(out), 0);
	assert_false(has(text, "5ec7"));
	show_json(out, &f->p);
	fclose(out);
	show_markdown(&b, &f->p);
	show_html(&b, &f->p);
	assert_false(has(b.s, "5ec7"));
	assert_true(has(text, "\"before_sensitive\":{\"env\":{\"PW\":true}}"));
	strbuf_fini(&b);
	free(text);
}

static void a_block_is_one_box_and_a_use_one_edge(void **state)
{
	struct fixture *f = *state;
	struct show_boxes b;

	assert_true(
		plan_text(f,
	                  FAKE("") "  b: {image: \"${image.a}\", for_each: 5}\n"
	                           "  c: {image: \"${image.a}\", env: {X: \"${"
	                           "instance.b['1'].ip}\", Y: "
	                           "\"${instance.b['2'].ip}\"}}\n",
	                  false));
	b = show_boxes_of(&f->mem, &f->c, &f->p);
	assert_int_equal(b.n, 3);
	assert_int_equal(b.edges.n, 3);
	for (size_t i = 0; i < b.n; i++)
		if (!strcmp(b.v[i].address, "instance.b"))
			assert_string_equal(show_box_changes(&f->mem, &b.v[i]),
			                    "5 to create");
	apply_plan(f);
	assert_int_equal(f->r.done, 7);
	assert_true(plan_text(
		f, FAKE("") "  b: {image: \"${image.a}\", for_each: 3}\n",
		false));
	b = show_boxes_of(&f->mem, &f->c, &f->p);
	assert_int_equal(b.n, 3); /* c is still there, to be deleted */
	b = show_boxes_changed(&f->mem, &b);
	assert_int_equal(b.n, 3);
	assert_true(plan_text(
		f, FAKE("") "  b: {image: \"${image.a}\", for_each: 3}\n",
		true));
	b = show_boxes_of(&f->mem, &f->c, &f->p);
	assert_int_equal(b.n, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text_for_xml_is_only_text),
		TEST(what_destroys_stands_outside_of_the_folds),
		TEST(a_fence_is_longer_than_any_in_it),
		TEST(a_comment_holds_whole_objects_and_counts_the_others),
		TEST(a_page_has_nothing_that_runs_or_is_fetched),
		TEST(a_secret_is_shown_nowhere),
		TEST(what_was_secret_is_not_shown_either),
		TEST(a_block_is_one_box_and_a_use_one_edge),
	};

	return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
