/* iovec.c - struct iovec and struct uio_seg have the same layout. */
#include "kernel/linux/iovec.h"

#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

static_assert(sizeof(struct uio_seg) == 16, "struct iovec");

static int check(const struct uio_seg *segs, uint64_t nr)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < nr; i++) {
		if (segs[i].len > INT64_MAX - sum)
			return -EINVAL;
		if (segs[i].len &&
		    !user_range_ok((uaddr){segs[i].base}, segs[i].len))
			return -EFAULT;
		sum += segs[i].len;
	}
	return 0;
}

int iovec_read(struct iovec_copy *v, uaddr from, uint64_t nr)
{
	struct uio_seg *segs = v->small;
	int rc;

	v->large = NULL;
	if (nr > IOV_MAX)
		return -EINVAL;
	if (nr > IOV_SMALL) {
		v->large = mem_alloc(nr * sizeof(*segs));
		if (!v->large)
			return -ENOMEM;
		segs = v->large;
	}
	rc = copy_in(segs, from, nr * sizeof(*segs));
	if (!rc)
		rc = check(segs, nr);
	if (rc)
		iovec_free(v);
	else
		uio_segs(&v->uio, segs, nr, true);
	return rc;
}

void iovec_free(struct iovec_copy *v)
{
	mem_free(v->large);
	v->large = NULL;
}
