/* enter.h - entering the kernel; see enter.S, which reads this too. */
#ifndef KERNEL_BOOT_EFI_ENTER_H
#define KERNEL_BOOT_EFI_ENTER_H

#define ENTER_SIZE 256

#ifndef __ASSEMBLER__
#include <stdint.h>

_Noreturn void enter_kernel(void *low, uint32_t entry, uint32_t start_info);
#endif

#endif
