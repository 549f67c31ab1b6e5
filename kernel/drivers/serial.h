/* serial.h - the console on COM1, a 16550A. */
#ifndef KERNEL_DRIVERS_SERIAL_H
#define KERNEL_DRIVERS_SERIAL_H

/* Output works from here on; no interrupts are needed. */
void serial_init(void);

#endif
