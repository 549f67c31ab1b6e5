/* stdlib.h - for lwIP, which asks for it by this name. */
#ifndef KERNEL_NET_LWIP_STDLIB_H
#define KERNEL_NET_LWIP_STDLIB_H

/* Only netif_find() wants it, which the linker throws away. */
#define atoi stack_no_number
int stack_no_number(const char *text);

#endif
