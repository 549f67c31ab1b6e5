/* cc.h - what lwIP wants to know about the compiler and the kernel. */
#ifndef KERNEL_NET_LWIP_ARCH_CC_H
#define KERNEL_NET_LWIP_ARCH_CC_H

#include <stddef.h>
#include <stdint.h>

/* There is no libc to take these from, but for tests on the host. */
#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_CTYPE_H    1
#ifndef KERNEL_HOST
#define LWIP_NO_LIMITS_H 1
#define INT_MAX          0x7fffffff
#endif
#define X8_F  "02x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "zu"

#define LWIP_PLATFORM_DIAG(x)                                                  \
	do {                                                                   \
	} while (0)
#define LWIP_PLATFORM_ASSERT(x) stack_assertion_failed(x, __FILE__, __LINE__)

_Noreturn void stack_assertion_failed(const char *what, const char *file,
                                      int line);

#define LWIP_RAND() stack_random()
uint32_t stack_random(void);

/* Sum of 16-bit words as they lie in memory, folded, not inverted. */
#define LWIP_CHKSUM stack_checksum
uint16_t stack_checksum(const void *data, int len);

#endif
