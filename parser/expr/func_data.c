/* func_data.c - functions on numbers, lists and maps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/map.h"
#include "parser/expr/func.h"
#include "parser/expr/func_impl.h"

struct list {
	const struct value **v;
	size_t n, cap;
};

static const struct value *fail(struct func_call *c, const char *problem)
{
	c->problem = problem;
	return NULL;
}

static void add(struct func_call *c, struct list *l, const struct value *v)
{
	ARENA_RESERVE(c->mem, const struct value *, l->v, l->n, l->cap);
	l->v[l->n++] = v;
}

static const struct value *done(struct func_call *c, const struct list *l)
{
	if (l->n > FUNC_LONGEST_LIST)
		return fail(c, "the result is too long");
	return value_list(c->mem, l->v, l->n);
}

static double number(const struct value *v)
{
	return v->type == VALUE_INT ? (double)v->integer : v->number;
}

const struct value *func_abs(struct func_call *c)
{
	const struct value *v = c->args[0];

	if (v->type == VALUE_FLOAT)
		return value_float(c->mem, fabs(v->number));
	if (v->integer == INT64_MIN)
		return fail(c, "the result is too large");
	return value_int(c->mem, v->integer < 0 ? -v->integer : v->integer);
}

static const struct value *extreme(struct func_call *c, double sign)
{
	const struct value *best = c->args[0];

	for (size_t i = 1; i < c->n; i++)
		if (sign * number(c->args[i]) > sign * number(best))
			best = c->args[i];
	return best;
}

const struct value *func_max(struct func_call *c)
{
	return extreme(c, 1);
}

const struct value *func_min(struct func_call *c)
{
	return extreme(c, -1);
}

const struct value *func_range(struct func_call *c)
{
	int64_t first = c->n > 1 ? c->args[0]->integer : 0;
	int64_t end = c->args[c->n - 1]->integer, n = 0;
	struct list l = {0};

	if (end > first &&
	    (__builtin_sub_overflow(end, first, &n) || n > FUNC_LONGEST_LIST))
		return fail(c, "the list would be too long");
	for (int64_t i = 0; i < n; i++)
		add(c, &l, value_int(c->mem, first + i));
	return done(c, &l);
}

/* A float without its fraction, for one that an int can hold. */
static const struct value *whole(struct func_call *c, double d)
{
	if (!(d > -9.2e18 && d < 9.2e18))
		return fail(c, "the result is too large");
	return value_int(c->mem, (int64_t)d);
}

const struct value *func_ceil(struct func_call *c)
{
	const struct value *v = c->args[0];

	return v->type == VALUE_INT ? v : whole(c, ceil(v->number));
}

const struct value *func_floor(struct func_call *c)
{
	const struct value *v = c->args[0];

	return v->type == VALUE_INT ? v : whole(c, floor(v->number));
}

const struct value *func_length(struct func_call *c)
{
	const struct value *v = c->args[0];
	size_t n = v->type == VALUE_LIST ? v->list.n
	           : v->type == VALUE_MAP
	                   ? v->map.n
	                   : str_count(v->string.s, v->string.len);

	return value_int(c->mem, (int64_t)n);
}

static int by_key(const void *a, const void *b)
{
	const struct value_entry *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

static const struct value_entry **sorted(struct func_call *c)
{
	const struct value *map = c->args[0];
	size_t n = map->map.n;
	const struct value_entry **v =
		ARENA_ARRAY(c->mem, const struct value_entry *, n);

	for (size_t i = 0; i < n; i++)
		v[i] = &map->map.v[i];
	if (n)
		qsort(v, n, sizeof(v[0]), by_key);
	return v;
}

const struct value *func_keys(struct func_call *c)
{
	const struct value_entry **entries = sorted(c);
	struct list l = {0};

	for (size_t i = 0; i < c->args[0]->map.n; i++)
		add(c, &l, value_string(c->mem, entries[i]->key));
	return done(c, &l);
}

const struct value *func_values(struct func_call *c)
{
	const struct value_entry **entries = sorted(c);
	struct list l = {0};

	for (size_t i = 0; i < c->args[0]->map.n; i++)
		add(c, &l, entries[i]->value);
	return done(c, &l);
}

const struct value *func_lookup(struct func_call *c)
{
	const struct value *v = value_get(c->args[0], c->args[1]->string.s);

	return v ? v : c->args[2];
}

const struct value *func_concat(struct func_call *c)
{
	struct list l = {0};

	for (size_t i = 0; i < c->n && l.n <= FUNC_LONGEST_LIST; i++)
		for (size_t j = 0; j < c->args[i]->list.n; j++)
			add(c, &l, c->args[i]->list.v[j]);
	return done(c, &l);
}

const struct value *func_flatten(struct func_call *c)
{
	const struct value *outer = c->args[0];
	struct list l = {0};

	for (size_t i = 0; i < outer->list.n; i++) {
		const struct value *v = outer->list.v[i];

		if (v->type != VALUE_LIST)
			add(c, &l, v);
		else
			for (size_t j = 0; j < v->list.n; j++)
				add(c, &l, v->list.v[j]);
		if (l.n > FUNC_LONGEST_LIST)
			break;
	}
	return done(c, &l);
}

const struct value *func_reverse(struct func_call *c)
{
	struct list l = {0};

	for (size_t i = c->args[0]->list.n; i > 0; i--)
		add(c, &l, c->args[0]->list.v[i - 1]);
	return done(c, &l);
}

/* An entry's place in the result, from 1 on, is what the map holds. */
const struct value *func_merge(struct func_call *c)
{
	struct value_entry *v = NULL;
	size_t n = 0, cap = 0;
	struct map where;

	map_init(&where, c->mem);
	for (size_t i = 0; i < c->n; i++) {
		for (size_t j = 0; j < c->args[i]->map.n; j++) {
			const struct value_entry *e = &c->args[i]->map.v[j];
			uintptr_t at = (uintptr_t)map_get(&where, e->key);

			if (at) {
				v[at - 1] = *e;
				continue;
			}
			ARENA_RESERVE(c->mem, struct value_entry, v, n, cap);
			v[n++] = *e;
			(void)map_add(&where, e->key, (void *)n);
		}
	}
	return value_map(c->mem, v, n);
}

/* Place `i` of `n`; a negative one counts from the end. */
static size_t place(int64_t i, size_t n)
{
	if (i < 0)
		i += (int64_t)n;
	return i < 0 ? 0 : (uint64_t)i > n ? n : (size_t)i;
}

const struct value *func_slice(struct func_call *c)
{
	const struct value *list = c->args[0];
	size_t n = list->list.n, from = place(c->args[1]->integer, n);
	size_t to = c->n > 2 ? place(c->args[2]->integer, n) : n;
	struct list l = {0};

	for (size_t i = from; i < to; i++)
		add(c, &l, list->list.v[i]);
	return done(c, &l);
}

const struct value *func_zip(struct func_call *c)
{
	size_t n = c->args[0]->list.n;
	struct list l = {0};

	for (size_t i = 1; i < c->n; i++)
		if (c->args[i]->list.n != n)
			return fail(c, "the lists have different lengths");
	if (n * c->n > FUNC_LONGEST_LIST)
		return fail(c, "the result is too long");
	for (size_t i = 0; i < n; i++) {
		struct list row = {0};

		for (size_t j = 0; j < c->n; j++)
			add(c, &row, c->args[j]->list.v[i]);
		add(c, &l, value_list(c->mem, row.v, row.n));
	}
	return done(c, &l);
}

/* Past its end a list begins again. */
const struct value *func_element(struct func_call *c)
{
	int64_t n = (int64_t)c->args[0]->list.n, i = c->args[1]->integer;

	if (!n)
		return fail(c, "the list is empty");
	i %= n;
	return c->args[0]->list.v[i < 0 ? i + n : i];
}

const struct value *func_index(struct func_call *c)
{
	const struct value *list = c->args[0];

	for (size_t i = 0; i < list->list.n; i++)
		if (value_equal(list->list.v[i], c->args[1]))
			return value_int(c->mem, (int64_t)i);
	return value_null();
}

static bool has(const struct value *list, const struct value *v)
{
	for (size_t i = 0; i < list->list.n; i++)
		if (value_equal(list->list.v[i], v))
			return true;
	return false;
}

const struct value *func_contains(struct func_call *c)
{
	const struct value *in = c->args[0], *what = c->args[1];

	if (in->type == VALUE_LIST)
		return value_bool(has(in, what));
	if (what->type != VALUE_STRING)
		return fail(c, "it looks for a string here");
	if (in->type == VALUE_MAP)
		return value_bool(value_get(in, what->string.s) != NULL);
	return value_bool(strstr(in->string.s, what->string.s) != NULL);
}

/* Equal values have equal JSON. */
const struct value *func_distinct(struct func_call *c)
{
	const struct value *list = c->args[0];
	struct list l = {0};
	struct map seen;

	map_init(&seen, c->mem);
	for (size_t i = 0; i < list->list.n; i++)
		if (map_add(&seen, value_to_json_clear(c->mem, list->list.v[i]),
		            list))
			add(c, &l, list->list.v[i]);
	return done(c, &l);
}

static bool is_number(const struct value *v)
{
	return v->type == VALUE_INT || v->type == VALUE_FLOAT;
}

static int by_worth(const void *a, const void *b)
{
	const struct value *const *x = a, *const *y = b;
	double d;

	if ((*x)->type == VALUE_STRING)
		return strcmp((*x)->string.s, (*y)->string.s);
	if ((*x)->type == VALUE_INT && (*y)->type == VALUE_INT)
		return ((*x)->integer > (*y)->integer) -
		       ((*x)->integer < (*y)->integer);
	d = number(*x) - number(*y);
	return (d > 0) - (d < 0);
}

const struct value *func_sort(struct func_call *c)
{
	const struct value *list = c->args[0];
	size_t strings = 0, numbers = 0;
	struct list l = {0};

	for (size_t i = 0; i < list->list.n; i++) {
		strings += list->list.v[i]->type == VALUE_STRING;
		numbers += is_number(list->list.v[i]);
		add(c, &l, list->list.v[i]);
	}
	if (strings != l.n && numbers != l.n)
		return fail(c, "it sorts a list of strings, or of numbers");
	if (l.n)
		qsort(l.v, l.n, sizeof(l.v[0]), by_worth);
	return done(c, &l);
}
