/*
 * console.h - what a serial driver offers to the log and to /dev/console.
 */
#ifndef KERNEL_CORE_CONSOLE_H
#define KERNEL_CORE_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Set by the driver, once. `write` is called with LOCK_LOG held, interrupts
 * off, and returns when the device has taken all bytes.
 */
void console_set_writer(void (*write)(const char *bytes, size_t n));

#endif
