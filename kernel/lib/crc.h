/* crc.h - the check sums of file systems. Both take and give the raw state. */
#ifndef KERNEL_LIB_CRC_H
#define KERNEL_LIB_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (polynomial 0x1EDC6F41, reflected), without final complement. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);

/* CRC-16 (polynomial 0x8005, reflected). */
uint16_t crc16(uint16_t crc, const void *bytes, size_t n);

#endif
