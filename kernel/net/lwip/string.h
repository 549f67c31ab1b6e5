/* string.h - for lwIP, which asks for it by this name. */
#ifndef KERNEL_NET_LWIP_STRING_H
#define KERNEL_NET_LWIP_STRING_H

#include "kernel/lib/string.h"

#endif
