/* proc_net.h - the network's interfaces below /sys/class/net. */
#ifndef KERNEL_LINUX_PROC_NET_H
#define KERNEL_LINUX_PROC_NET_H

#include "kernel/lib/attr.h"

/* All interfaces are there: register their files. -ENOMEM. */
NODISCARD int proc_net_init(void);

#endif
