/* proc_net.c - see proc_net.h. */
#include "kernel/linux/proc_net.h"

#include "kernel/fs/proc.h"
#include "kernel/fs/text.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/net/sys.h"

static int fill(struct text *out, uint64_t key, void *arg)
{
	char room[64];

	(void)key;
	text_write(out, room,
	           net_sys_text((unsigned)(uintptr_t)arg, room, sizeof(room)));
	return 0;
}

int proc_net_init(void)
{
	char path[64];
	int rc = 0;

	for (unsigned k = 0; !rc && net_sys_path(k, path, sizeof(path)); k++) {
		size_t size = strlen(path) + 1;
		char *kept = mem_alloc(size); /* for good */

		if (!kept)
			return -ENOMEM;
		memcpy(kept, path, size);
		rc = proc_add(kept, fill, (void *)(uintptr_t)k);
	}
	return rc;
}
