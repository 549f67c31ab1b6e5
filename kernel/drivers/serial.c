/* serial.c - a 16550A at COM1 (National Semiconductor PC16550D data sheet). */
#include "kernel/drivers/serial.h"

#include "kernel/arch/x86_64/io.h"
#include "kernel/core/console.h"
#include "kernel/lib/attr.h"

enum {
	COM1 = 0x3f8,
	DATA = COM1,
	INTERRUPT_ENABLE = COM1 + 1,
	FIFO_CONTROL = COM1 + 2,
	LINE_CONTROL = COM1 + 3,
	MODEM_CONTROL = COM1 + 4,
	LINE_STATUS = COM1 + 5,

	FIFO_ENABLE_AND_CLEAR = 0x07,
	DIVISOR_ACCESS = 0x80,
	EIGHT_BITS = 0x03,
	DTR_RTS_OUT2 = 0x0b,
	TRANSMITTER_EMPTY = 0x20,
	FIFO_SIZE = 16,
	PATIENCE = 100000, /* looks at a transmitter that is stuck */
};

static void write_bytes(const char *bytes, size_t n)
{
	while (n) {
		size_t burst = n < FIFO_SIZE ? n : FIFO_SIZE;

		for (int i = 0; i < PATIENCE; i++)
			if (inb(LINE_STATUS) & TRANSMITTER_EMPTY)
				break;
		for (size_t i = 0; i < burst; i++)
			outb(DATA, (uint8_t)bytes[i]);
		bytes += burst;
		n -= burst;
	}
}

void serial_init(void)
{
	outb(INTERRUPT_ENABLE, 0);
	outb(LINE_CONTROL, DIVISOR_ACCESS);
	outb(DATA, 1); /* 115200 bits a second */
	outb(INTERRUPT_ENABLE, 0);
	outb(LINE_CONTROL, EIGHT_BITS);
	outb(FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
	outb(MODEM_CONTROL, DTR_RTS_OUT2);
	console_set_writer(write_bytes);
}
