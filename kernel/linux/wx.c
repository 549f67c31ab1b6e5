/* wx.c - the W^X rule for the program's mappings. */
#include "kernel/linux/wx.h"

#include "kernel/lib/errno.h"
#include "kernel/mm/space.h"

static bool denied;

void wx_deny(void)
{
	denied = true;
}

int wx_check(unsigned prot)
{
	return denied && prot & PROT_WRITE && prot & PROT_EXEC ? -EACCES : 0;
}
