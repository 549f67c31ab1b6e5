/* found.c - which object in the world is which in the file. */
#include <string.h>

#include "planner/plan/internal.h"

static size_t at(const struct map *m, const char *key)
{
	return (uintptr_t)map_get(m, key);
}

/* "instance.client" of `instance.client["0"]`. */
static const char *unit_of(struct arena *mem, const char *address)
{
	const char *open = strchr(address, '[');

	return open ? arena_strndup(mem, address, (size_t)(open - address))
	            : address;
}

const char *plan_moved(struct planner *p, const char *address)
{
	const struct config_move *move;
	const char *open = strchr(address, '[');

	if (!p->moves.n)
		return address;
	move = map_get(&p->moves, address);
	if (move || !open)
		return move ? move->to : address;
	move = map_get(&p->moves, unit_of(&p->tmp, address));
	return move ? arena_printf(&p->tmp, "%s%s", move->to, open) : address;
}

static void index_moves(struct planner *p)
{
	map_init(&p->moves, &p->tmp);
	for (size_t i = 0; i < p->c->nr_moves; i++)
		(void)map_add(&p->moves, p->c->moves[i].from, &p->c->moves[i]);
}

static const char *foreign_key(struct planner *p, const char *kind,
                               const char *handle)
{
	return arena_printf(&p->tmp, "%s %s", kind, handle);
}

static void index_foreign(struct planner *p, size_t place, size_t number)
{
	const struct object *o = p->found[number - 1].object;
	const char *name = value_get_string(o->attrs, "name", NULL);
	struct map *m = &p->places[place].foreign;

	if (name)
		(void)map_add(m, foreign_key(p, o->kind, name), (void *)number);
	if (o->id)
		(void)map_add(m, foreign_key(p, o->kind, o->id),
		              (void *)number);
}

static void index_unit(struct planner *p, size_t place, size_t number,
                       const char *address)
{
	const char *unit = unit_of(&p->tmp, address);
	struct map *units = &p->places[place].units;
	size_t head = at(units, unit);

	if (!head) {
		head = ++p->nr_units;
		(void)map_add(units, unit, (void *)head);
	}
	p->unit_next[number - 1] = p->unit_heads[head - 1];
	p->unit_heads[head - 1] = number;
}

static void index_object(struct planner *p, size_t place, size_t number)
{
	const char *address =
		plan_moved(p, p->found[number - 1].object->address);
	struct map *addresses = &p->places[place].addresses;
	size_t first = at(addresses, address);

	index_unit(p, place, number, address);
	if (first) {
		p->found[number - 1].next = p->found[first - 1].next;
		p->found[first - 1].next = number;
	} else {
		(void)map_add(addresses, address, (void *)number);
	}
}

/* What stayed where it was comes before what moved there. */
static void index_place(struct planner *p, size_t place)
{
	const struct object_set *set = &p->s->places[place].objects;
	size_t first = p->nr_found;

	map_init(&p->places[place].addresses, &p->tmp);
	map_init(&p->places[place].units, &p->tmp);
	map_reserve(&p->places[place].addresses, set->n);
	map_reserve(&p->places[place].units, set->n);
	map_init(&p->places[place].foreign, &p->tmp);
	for (size_t i = 0; i < set->n; i++)
		p->found[p->nr_found++] =
			(struct found){.object = &set->v[i], .place = place};
	for (int moved = 0; moved < (p->moves.n ? 2 : 1); moved++)
		for (size_t i = first; i < p->nr_found; i++) {
			const struct object *o = p->found[i].object;

			if (o->foreign && !moved)
				index_foreign(p, place, i + 1);
			else if (!o->foreign && (plan_moved(p, o->address) !=
			                         o->address) == (moved == 1))
				index_object(p, place, i + 1);
		}
}

void plan_index_found(struct planner *p)
{
	size_t n = 0;

	index_moves(p);
	for (size_t i = 0; i < p->s->nr_places; i++)
		n += p->s->places[i].objects.n;
	p->found = ARENA_ARRAY(&p->tmp, struct found, n);
	p->unit_heads = ARENA_ARRAY(&p->tmp, size_t, n);
	p->unit_next = ARENA_ARRAY(&p->tmp, size_t, n);
	p->places = ARENA_ARRAY(&p->tmp, struct found_index, p->s->nr_places);
	for (size_t i = 0; i < p->s->nr_places; i++)
		index_place(p, i);
}

/* Of several at one address: the one with the wanted digest, else any. */
static size_t best_at(const struct planner *p, size_t place,
                      const char *address, const char *digest)
{
	size_t first = at(&p->places[place].addresses, address);

	for (size_t i = first; i; i = p->found[i - 1].next) {
		const struct object *o = p->found[i - 1].object;

		if (o->digest && !strcmp(o->digest, digest))
			return i;
	}
	return first;
}

/* Something that is not ours stands where `n` shall be. */
static size_t foreign_at(struct planner *p, const struct plan_node *n)
{
	const struct map *m = &p->places[n->place].foreign;
	const char *name = value_get_string(n->known, "name", n->desired.name);

	return m->n ? at(m, foreign_key(p, n->desired.kind, name)) : 0;
}

static void report_foreign(struct planner *p, const struct plan_node *n,
                           const struct object *o)
{
	struct diag *m;

	m = diags_error(p->diags, DIAG_CONFLICT, n->want->block->at,
	                "%s \"%s\" exists and does not carry the mark of this "
	                "stack",
	                o->kind, value_get_string(o->attrs, "name", o->id));
	if (plan_lists(p->s->places[n->place].ops->adopts, o->kind))
		diag_note(p->diags, m, "`adopt: true` in %s takes it over",
		          n->desired.address);
}

/* What `adopt:` names, by its name or id. */
static size_t named_foreign(struct planner *p, const struct plan_node *n)
{
	const struct map *m = &p->places[n->place].foreign;
	const char *adopt = n->want->adopt;
	size_t i = 0;

	if (adopt && m->n)
		i = at(m, foreign_key(p, n->desired.kind, adopt));
	if (adopt && !i && !strcmp(adopt, n->want->name))
		i = foreign_at(p, n);
	return i;
}

/* That; else what is in the way. */
static size_t take_foreign(struct planner *p, const struct plan_node *n)
{
	size_t i = named_foreign(p, n);

	if (i && !p->found[i - 1].claimed)
		return i;
	i = foreign_at(p, n);
	if (i)
		report_foreign(p, n, p->found[i - 1].object);
	return 0;
}

const struct object *plan_found(struct planner *p, size_t node)
{
	const struct plan_node *n = &p->plan->nodes[node];
	const char *digest = n->desired.digest ? n->desired.digest : "";
	size_t i = best_at(p, n->place, n->desired.address, digest);

	return i ? p->found[i - 1].object : NULL;
}

const struct object *plan_future(struct planner *p, size_t node)
{
	const struct plan_node *n = &p->plan->nodes[node];
	const struct object *found = plan_found(p, node);
	size_t i = found ? 0 : named_foreign(p, n);

	return i && !p->found[i - 1].claimed ? p->found[i - 1].object : found;
}

void plan_claim(struct planner *p, size_t node)
{
	struct plan_node *n = &p->plan->nodes[node];
	size_t i = best_at(p, n->place, n->desired.address, n->desired.digest);

	if (!i)
		i = take_foreign(p, n);
	if (!i)
		return;
	p->found[i - 1].claimed = true;
	p->found[i - 1].node = node;
	n->have = p->found[i - 1].object;
}
