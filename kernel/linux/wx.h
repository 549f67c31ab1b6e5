/* wx.h - `security wx-deny`: no mapping both writable and executable. */
#ifndef KERNEL_LINUX_WX_H
#define KERNEL_LINUX_WX_H

#include "kernel/lib/attr.h"

void wx_deny(void);

/* -EACCES when it was denied and `prot` has both. */
NODISCARD int wx_check(unsigned prot);

#endif
