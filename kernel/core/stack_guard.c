/* stack_guard.c - see stack_guard.h. The names are GCC's. */
#include "kernel/core/stack_guard.h"

#include <stdint.h>

#include "kernel/core/panic.h"
#include "kernel/core/random.h"

extern uint64_t __stack_chk_guard;
NORETURN void __stack_chk_fail(void);

uint64_t __stack_chk_guard;

NORETURN void __stack_chk_fail(void)
{
	panic("a function has written beyond an array on its stack");
}

/* A zero byte lets no string run over it unnoticed. */
__attribute__((no_stack_protector)) void stack_guard_init(void)
{
	__stack_chk_guard = random_u64() & ~UINT64_C(0xff);
}
