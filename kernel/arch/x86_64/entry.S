/*
 * entry.S - where the machine begins, and every way in and out of the kernel.
 *
 * Boot: the PVH entry point (Xen's "HVM direct boot" ABI, docs/misc/pvh.pandoc):
 * 32-bit protected mode without paging, %ebx = physical address of struct
 * hvm_start_info. Page tables live in .bss: memory below 1 MiB may be a
 * firmware's write-protected shadow.
 */
#include "kernel/arch/x86_64/regs.h"

/* Where it lies in memory, told from where we begin: no relocation changes it. */
#define PHYS(x) ((x) - pvh_start + KERNEL_PHYS)

	.section .note.pvh, "a", @note
	.align	4
	.long	4, 8, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.quad	PHYS(pvh_start)

	.section .boot, "ax"
	.code32
	.globl	pvh_start
pvh_start:
	cld
	movl	$PHYS(boot_stack_top), %esp
	movl	%ebx, %ebp

	movl	$PHYS(bss_start), %edi	/* a restarted machine has old data */
	movl	$PHYS(bss_end), %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl

	/* One page of 2 MiB entries maps the first GiB three times: where it
	   is, at PAGE_OFFSET and at KERNEL_BASE. */
	movl	$PHYS(boot_pd), %edi
	movl	$0x83, %eax		/* present, writable, large */
	movl	$512, %ecx
1:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	1b
	movl	$PHYS(boot_pd) + 3, PHYS(boot_pdpt)
	movl	$PHYS(boot_pd) + 3, PHYS(boot_pdpt) + 510 * 8
	movl	$PHYS(boot_pdpt) + 3, PHYS(boot_pml4)
	movl	$PHYS(boot_pdpt) + 3, PHYS(boot_pml4) + 256 * 8
	movl	$PHYS(boot_pdpt) + 3, PHYS(boot_pml4) + 511 * 8

	movl	$CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT, %eax
	movl	%eax, %cr4
	movl	$PHYS(boot_pml4), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME | EFER_NXE | EFER_SCE, %eax
	wrmsr
	movl	$CR0_PG | CR0_PE | CR0_WP | CR0_NE | CR0_MP, %eax
	movl	%eax, %cr0
	lgdt	PHYS(boot_gdt_ptr)
	ljmp	$SEL_KERNEL_CS, $PHYS(boot_long)

	.code64
	.globl	boot_long
boot_long:			/* still where the image lies in memory */
	movl	$SEL_KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	leaq	boot_stack_top(%rip), %rsp
	movl	%ebp, %ebx
	movl	%ebx, %edi
	xorl	%ebp, %ebp
	call	kernel_relocate		/* how far it is moved */
	movl	%ebx, %ebp
	leaq	boot_64(%rip), %rcx
	movabsq	$KERNEL_BASE, %rdx
	addq	%rdx, %rcx
	addq	%rax, %rcx
	jmp	*%rcx

	.align	8
	.globl	boot_gdt, boot_gdt_ptr
boot_gdt:
	.quad	0, 0
	.quad	0x00209a0000000000	/* SEL_KERNEL_CS */
	.quad	0x0000920000000000	/* SEL_KERNEL_DS */
boot_gdt_ptr:
	.word	. - boot_gdt - 1
	.long	PHYS(boot_gdt)

	.text
boot_64:
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	leaq	boot_stack_top(%rip), %rsp
	movl	%ebp, %edi
	xorl	%ebp, %ebp		/* backtraces end here */
	call	boot_main
	ud2

/*
 * Traps. Each stub pushes an error code where the processor does not, and its
 * vector; the rest of struct trap_frame (trap.h) is common.
 */
	.macro	PUSH_REGS
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	.endm

	.macro	POP_REGS
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	.endm

	.globl	trap_stubs
	.align	16
trap_stubs:
	vector = 0
	.rept	256
	.align	16
	.if	!(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	vector = vector + 1
	.endr

trap_common:
	cld
	testb	$3, 24(%rsp)		/* CS: from user mode? */
	jz	1f
	swapgs
1:	PUSH_REGS
	movq	%rsp, %rdi
	testb	$3, 18 * 8(%rsp)
	jz	2f
	xorl	%ebp, %ebp		/* a backtrace ends at user mode */
2:	call	trap_dispatch
	.globl	trap_return
trap_return:
	POP_REGS
	testb	$3, 24(%rsp)
	jz	1f
	swapgs
1:	addq	$16, %rsp
	iretq

/* SYSCALL: rcx = user rip, r11 = user rflags; interrupts are off (SFMASK). */
	.globl	syscall_entry
	.align	16
syscall_entry:
	swapgs
	movq	%rsp, %gs:CPU_USER_RSP
	movq	%gs:CPU_KERNEL_RSP, %rsp
	pushq	$SEL_USER_DS
	pushq	%gs:CPU_USER_RSP
	pushq	%r11
	pushq	$SEL_USER_CS
	pushq	%rcx
	pushq	%rax			/* error: the number, for a restart */
	pushq	$TRAP_SYSCALL
	PUSH_REGS
	xorl	%ebp, %ebp
	movq	%rsp, %rdi
	call	trap_syscall		/* true: rcx and r11 may be lost */
	testb	%al, %al
	jz	trap_return
	POP_REGS
	movq	16(%rsp), %rcx
	movq	32(%rsp), %r11
	movq	40(%rsp), %rsp
	swapgs
	sysretq

/* void context_switch(uint64_t *save_rsp, uint64_t load_rsp) */
	.globl	context_switch
	.align	16
context_switch:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

/* A new thread's first return goes here: rbx = fn, r12 = arg. */
	.globl	thread_trampoline
thread_trampoline:
	xorl	%ebp, %ebp
	call	thread_begin
	movq	%r12, %rdi
	call	*%rbx
	call	thread_exit
	ud2

/* void user_enter(struct trap_frame *tf): leave for user mode for good. */
	.globl	user_enter
user_enter:
	cli
	movq	%rdi, %rsp
	jmp	trap_return

/*
 * size_t user_copy_raw(void *to, const void *from, size_t n)
 * size_t user_zero_raw(void *to, size_t n)
 * Return how many bytes were not moved. A fault at 1 continues at 2.
 */
	.globl	user_copy_raw
	.align	16
user_copy_raw:
	movq	%rdx, %rcx
	andl	$7, %edx
	shrq	$3, %rcx
1:	rep movsq
	movl	%edx, %ecx
2:	rep movsb
	movq	%rcx, %rax
	ret
3:	leaq	(%rdx, %rcx, 8), %rcx	/* a fault among the words: what */
	jmp	2b			/* there is of the bad one, too */
4:	movq	%rcx, %rax		/* ... or in the rest */
	ret
	.section .extable, "a"
	.quad	1b, 3b
	.quad	2b, 4b
	.text

	.globl	user_zero_raw
user_zero_raw:
	movq	%rsi, %rcx
	andl	$7, %esi
	shrq	$3, %rcx
	xorl	%eax, %eax
1:	rep stosq
	movl	%esi, %ecx
2:	rep stosb
	movq	%rcx, %rax
	ret
3:	leaq	(%rsi, %rcx, 8), %rcx
	jmp	2b
4:	movq	%rcx, %rax
	ret
	.section .extable, "a"
	.quad	1b, 3b
	.quad	2b, 4b
	.text

/*
 * int64_t user_cmpxchg32_raw(uint32_t *at, uint32_t old, uint32_t new)
 * The value that was there, or -1 for a fault.
 */
	.globl	user_cmpxchg32_raw
user_cmpxchg32_raw:
	movl	%esi, %eax
1:	lock cmpxchgl %edx, (%rdi)
	movl	%eax, %eax
	ret
2:	movq	$-1, %rax
	ret
	.section .extable, "a"
	.quad	1b, 2b
	.text

/* void gdt_load(const void *ptr): reload all segments with our selectors. */
	.globl	gdt_load
gdt_load:
	lgdt	(%rdi)
	movl	$SEL_KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	popq	%rdi
	pushq	$SEL_KERNEL_CS
	pushq	%rdi
	lretq

/*
 * Where another processor begins: real mode, CS = TRAMPOLINE / 16. This code
 * is copied there; smp.c fills in the last words and makes the page tables in
 * the pages behind.
 */
#define LOW(x) (TRAMPOLINE + (x) - ap_trampoline)

	.section .rodata
	.code16
	.globl	ap_trampoline
	.align	16
ap_trampoline:
	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	LOW(ap_gdt_ptr)
	movl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$8, $LOW(1f)

	.code32
1:	movl	$SEL_KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT, %eax
	movl	%eax, %cr4
	movl	$TRAMPOLINE + 0x1000, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME | EFER_NXE | EFER_SCE, %eax
	wrmsr
	movl	$CR0_PG | CR0_PE | CR0_WP | CR0_NE | CR0_MP, %eax
	movl	%eax, %cr0
	ljmp	$SEL_KERNEL_CS, $LOW(1f)

	.code64
1:	xorl	%eax, %eax
	xchgl	%eax, LOW(ap_go)
	testl	%eax, %eax
	jz	2f			/* too late: nobody waits for it */
	movq	LOW(ap_stack), %rsp
	movq	LOW(ap_arg), %rdi
	movq	LOW(ap_entry), %rax
	xorl	%ecx, %ecx
	movl	%ecx, %fs
	movl	%ecx, %gs
	xorl	%ebp, %ebp
	call	*%rax
2:	cli
	hlt
	jmp	2b

	.align	8
ap_gdt:
	.quad	0
	.quad	0x00cf9a000000ffff	/* 32-bit code */
	.quad	0x00209a0000000000	/* SEL_KERNEL_CS */
	.quad	0x00cf92000000ffff	/* SEL_KERNEL_DS */
ap_gdt_ptr:
	.word	. - ap_gdt - 1
	.long	LOW(ap_gdt)
	.align	8
	.globl	ap_go, ap_stack, ap_arg
ap_go:		.quad	0
ap_stack:	.quad	0
ap_arg:		.quad	0
ap_entry:	.quad	smp_main
	.globl	ap_trampoline_end
ap_trampoline_end:

	.section .bss
	.align	4096
	.globl	boot_pml4, boot_pdpt, boot_pd, boot_kernel_pd
boot_pml4:	.skip	4096
boot_pdpt:	.skip	4096
boot_pd:	.skip	4096
boot_kernel_pd:	.skip	4096	/* relocate.c: the kernel where it is moved to */
	.globl	boot_stack_guard, boot_stack_top
boot_stack_guard: .skip	4096	/* mmu_init() takes it away */
boot_stack:	.skip	16384
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
