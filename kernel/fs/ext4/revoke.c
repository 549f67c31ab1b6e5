/* revoke.c - which blocks the journal must leave alone, and since when. */
#include "kernel/fs/ext4/journal.h"

#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

struct member {
	struct list link;
	uint64_t block;
	uint32_t sequence;
};

void block_set_init(struct block_set *s)
{
	for (unsigned n = 0; n < BLOCK_SET_BUCKETS; n++)
		list_init(&s->buckets[n]);
	s->nr = 0;
}

void block_set_clear(struct block_set *s)
{
	for (unsigned n = 0; n < BLOCK_SET_BUCKETS; n++) {
		struct list *l;

		while ((l = list_pop(&s->buckets[n])))
			mem_free(LIST_ENTRY(l, struct member, link));
	}
	s->nr = 0;
}

static unsigned bucket_of(uint64_t block)
{
	return (unsigned)((block ^ block >> 6 ^ block >> 12) %
	                  BLOCK_SET_BUCKETS);
}

static struct member *find(const struct block_set *s, uint64_t block)
{
	LIST_EACH(n, &s->buckets[bucket_of(block)])
	{
		struct member *m = LIST_ENTRY(n, struct member, link);

		if (m->block == block)
			return m;
	}
	return NULL;
}

int block_set_put(struct block_set *s, uint64_t block, uint32_t sequence)
{
	struct member *m = find(s, block);

	if (m) {
		if (sequence_later(sequence, m->sequence))
			m->sequence = sequence;
		return 0;
	}
	m = mem_alloc(sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->block = block;
	m->sequence = sequence;
	list_push(&s->buckets[bucket_of(block)], &m->link);
	s->nr++;
	return 0;
}

bool block_set_has(const struct block_set *s, uint64_t block, uint32_t sequence)
{
	const struct member *m = find(s, block);

	return m && !sequence_later(sequence, m->sequence);
}

int block_set_each(const struct block_set *s,
                   int (*fn)(void *ctx, uint64_t block), void *ctx)
{
	int rc = 0;

	for (unsigned n = 0; n < BLOCK_SET_BUCKETS && !rc; n++) {
		LIST_EACH(l, &s->buckets[n])
		{
			rc = fn(ctx, LIST_ENTRY(l, struct member, link)->block);
			if (rc)
				break;
		}
	}
	return rc;
}
