/*
 * regs.h - x86-64 numbers that C and assembly share: selectors, control bits,
 * MSRs, offsets. AMD64 Architecture Programmer's Manual vol. 2; Intel SDM
 * vol. 3. Preprocessor constants because assembly needs them.
 */
#ifndef KERNEL_ARCH_X86_64_REGS_H
#define KERNEL_ARCH_X86_64_REGS_H

/* Selectors, laid out as Linux does: programs see them in signal frames. */
#define SEL_KERNEL_CS 0x10
#define SEL_KERNEL_DS 0x18
#define SEL_USER_CS32 0x23
#define SEL_USER_DS   0x2b
#define SEL_USER_CS   0x33
#define SEL_TSS       0x40

#define CR0_MP 0x00000002
#define CR0_EM 0x00000004
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_PG 0x80000000
#define CR0_PE 0x00000001

#define CR4_PAE        0x00000020
#define CR4_PGE        0x00000080
#define CR4_OSFXSR     0x00000200
#define CR4_OSXMMEXCPT 0x00000400
#define CR4_UMIP       0x00000800
#define CR4_OSXSAVE    0x00040000
#define CR4_SMEP       0x00100000
#define CR4_SMAP       0x00200000

#define MSR_APIC_BASE      0x1b
#define MSR_TSC_DEADLINE   0x6e0
#define MSR_X2APIC         0x800
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_SFMASK         0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX        0xc0000103

#define EFER_SCE 0x001
#define EFER_LME 0x100
#define EFER_NXE 0x800

#define RFLAGS_CF 0x00001
#define RFLAGS_TF 0x00100
#define RFLAGS_IF 0x00200
#define RFLAGS_DF 0x00400
#define RFLAGS_NT 0x04000
#define RFLAGS_RF 0x10000
#define RFLAGS_AC 0x40000

/* Where the kernel's own image and the direct map of all memory begin. */
#define KERNEL_BASE 0xffffffff80000000
#define KERNEL_PHYS 0x100000 /* where it is loaded: kernel.ld */
#define PAGE_OFFSET 0xffff800000000000
#define STACKS_BASE 0xffffc00000000000 /* kernel stacks with guard pages */
#define MMIO_BASE   0xffffd00000000000

/* The first address behind the program's half, less one guard page. */
#define USER_END 0x7ffffffff000

/* Offsets in struct cpu (cpu.h checks them). */
#define CPU_SELF       0
#define CPU_KERNEL_RSP 8
#define CPU_USER_RSP   16
#define CPU_CURRENT    24

/*
 * Conventional memory, which nobody but the firmware at boot has used, for
 * starting processors: they begin in real mode. Code at the first page, then
 * three levels of page tables (smp.c, entry.S).
 */
#define TRAMPOLINE      0x8000
#define TRAMPOLINE_SIZE 0x4000

/* Pseudo vector of a system call in struct trap_frame. */
#define TRAP_SYSCALL 256

#endif
