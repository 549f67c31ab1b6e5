/* uio.c - moving bytes through a list of pieces. */
#include "kernel/mm/uio.h"

#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static void begin_one(struct uio *u, uint64_t base, size_t len, bool user)
{
	*u = (struct uio){.nr = 1, .left = len, .user = user};
	u->one = (struct uio_seg){base, len};
	u->segs = NULL; /* means: `one`, so that a copied uio stays right */
}

void uio_user(struct uio *u, uaddr base, size_t len)
{
	begin_one(u, base.v, len, true);
}

void uio_kernel(struct uio *u, void *base, size_t len)
{
	begin_one(u, (uint64_t)base, len, false);
}

void uio_segs(struct uio *u, const struct uio_seg *segs, size_t nr, bool user)
{
	*u = (struct uio){.segs = segs, .nr = nr, .user = user};
	for (size_t i = 0; i < nr; i++)
		u->left += segs[i].len;
}

enum how { TO_UIO, FROM_UIO, ZERO };

/* Returns how many of `n` bytes could not be moved. */
static size_t move_some(enum how how, bool user, uint64_t at, void *kernel,
                        size_t n)
{
	switch (how) {
	case TO_UIO:
		if (user)
			return copy_out_some((uaddr){at}, kernel, n);
		memcpy((void *)at, kernel, n);
		break;
	case FROM_UIO:
		if (user)
			return copy_in_some(kernel, (uaddr){at}, n);
		memcpy(kernel, (const void *)at, n);
		break;
	case ZERO:
		if (user)
			return zero_out_some((uaddr){at}, n);
		memset((void *)at, 0, n);
		break;
	}
	return 0;
}

static int64_t move(struct uio *u, enum how how, void *kernel, size_t n)
{
	size_t done = 0, missed = 0;

	if (n > u->left)
		n = u->left;
	while (done < n && !missed) {
		const struct uio_seg *seg = u->segs ? u->segs : &u->one;
		size_t step = seg->len - u->done;

		if (!step) {
			u->segs++;
			u->nr--;
			u->done = 0;
			continue;
		}
		step = step < n - done ? step : n - done;
		missed = move_some(how, u->user, seg->base + u->done,
		                   (char *)kernel + done, step);
		step -= missed;
		u->done += step;
		u->left -= step;
		done += step;
	}
	return done || !n ? (int64_t)done : -EFAULT;
}

int64_t uio_copy_out(struct uio *u, const void *from, size_t n)
{
	return move(u, TO_UIO, (void *)(uintptr_t)from, n);
}

int64_t uio_copy_in(struct uio *u, void *to, size_t n)
{
	return move(u, FROM_UIO, to, n);
}

int64_t uio_zero(struct uio *u, size_t n)
{
	return move(u, ZERO, NULL, n);
}
