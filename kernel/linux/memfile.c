/* memfile.c - an O_TMPFILE of the tmpfs on /dev/shm. */
#include "kernel/linux/memfile.h"

#include "kernel/fs/vfs.h"

int memfile_new(uint64_t size, struct file **out)
{
	struct file *f;
	int rc = vfs_open(NULL, "/dev/shm", O_TMPFILE | O_RDWR, 0600, &f);

	if (rc)
		return rc;
	rc = file_truncate(f, size);
	if (rc)
		file_put(f);
	else
		*out = f;
	return rc;
}
