/* map.c - see map.h. */
#include "kernel/linux/vdso/map.h"

#include "kernel/arch/timebase.h"
#include "kernel/core/random.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/space.h"

/* image.S; whole pages. */
extern const char vdso_image[], vdso_image_end[];

static const uint64_t USER_LIMIT = 0x7ffffffff000;

static uint64_t random_place(uint64_t above, uint64_t size)
{
	uint64_t from = page_up(above) + PAGE_SIZE;

	if (from + size >= USER_LIMIT)
		return 0;
	return from + page_down(random_u64() % (USER_LIMIT - from - size));
}

/* Room for all of it, and in one piece. */
static int find_room(struct space *s, uint64_t above, uint64_t size,
                     uint64_t *at)
{
	struct area_wish w = {
		.addr = random_place(above, size),
		.size = size,
		.prot = PROT_READ,
		.max_prot = PROT_READ,
		.flags = AREA_SPECIAL,
		.no_replace = true,
		.name = "[vvar]",
	};

	w.fixed = w.addr != 0;
	return space_map(s, &w, at);
}

static int map_code(struct space *s, uint64_t at, uint64_t size)
{
	struct area_wish w = {
		.addr = at,
		.size = size,
		.prot = PROT_READ | PROT_EXEC,
		.max_prot = PROT_READ | PROT_EXEC,
		.flags = AREA_SPECIAL,
		.fixed = true,
		.name = "[vdso]",
	};
	uint64_t unused;
	int rc = space_map(s, &w, &unused);

	for (uint64_t off = 0; off < size && !rc; off += PAGE_SIZE)
		rc = space_insert_page(s, at + off,
		                       virt_to_phys(vdso_image + off), w.prot);
	return rc;
}

int vdso_map(struct space *s, uint64_t above, uint64_t *base)
{
	uint64_t size = (uint64_t)(vdso_image_end - vdso_image), at;
	int rc = find_room(s, above, PAGE_SIZE + size, &at);

	if (!rc)
		rc = space_insert_page(s, at, virt_to_phys(&time_page),
		                       PROT_READ);
	if (!rc)
		rc = map_code(s, at + PAGE_SIZE, size);
	if (!rc)
		*base = at + PAGE_SIZE;
	return rc;
}
