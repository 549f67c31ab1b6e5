/* memfile.c - see memfile.h: files of the tmpfs on /dev/shm. */
#include "kernel/linux/memfile.h"

#include "kernel/fs/vfs.h"

int memfile_new(const char *shown, uint64_t size, struct file **out)
{
	struct file *f;
	int rc = vfs_open_unnamed("/dev/shm", shown, 0777, &f);

	if (rc)
		return rc;
	rc = file_truncate(f, size);
	if (rc)
		file_put(f);
	else
		*out = f;
	return rc;
}
