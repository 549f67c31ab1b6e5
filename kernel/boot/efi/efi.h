/*
 * efi.h - what the loader uses of UEFI (UEFI 2.10; section numbers below).
 *
 * Functions of firmware follow Microsoft's calling convention (2.3.4.2). Of
 * tables and protocols only what is before the last member used is declared;
 * `skipN` are functions that are not called.
 */
#ifndef KERNEL_BOOT_EFI_EFI_H
#define KERNEL_BOOT_EFI_EFI_H

#include <stddef.h>
#include <stdint.h>

#define EFIAPI __attribute__((ms_abi))

typedef uint64_t efi_status; /* appendix D */
typedef void *efi_handle;

/* Appendix D: an error has the highest bit set. */
#define EFI_SUCCESS           UINT64_C(0)
#define EFI_ERROR(n)          (UINT64_C(1) << 63 | (n))
#define EFI_LOAD_ERROR        EFI_ERROR(1)
#define EFI_INVALID_PARAMETER EFI_ERROR(2)

/* As it lies in memory: appendix A. */
struct efi_guid {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
};

/* 7.2, AllocatePages(). */
enum efi_allocate { EFI_ANY_PAGES, EFI_MAX_ADDRESS, EFI_ADDRESS };

enum { EFI_PAGE_SIZE = 4096 };

/* 7.2. The others are not memory for programs after ExitBootServices(). */
enum efi_memory_type {
	EFI_LOADER_CODE = 1,
	EFI_LOADER_DATA = 2,
	EFI_BOOT_SERVICES_CODE = 3,
	EFI_BOOT_SERVICES_DATA = 4,
	EFI_CONVENTIONAL = 7,
};

/* 7.2, GetMemoryMap(). Firmware may use larger ones. */
struct efi_memory_descriptor {
	uint32_t type, padding;
	uint64_t start, virtual_start, pages, attributes;
};
_Static_assert(sizeof(struct efi_memory_descriptor) == 40, "UEFI 2.10, 7.2");

/* 4.2. */
struct efi_table_header {
	uint64_t signature;
	uint32_t revision, size, crc, reserved;
};

/* 12.4. Text is UTF-16. */
struct efi_text_output {
	void *skip;
	efi_status(EFIAPI *output)(struct efi_text_output *self,
	                           const uint16_t *text);
};

/* 10.2. */
struct efi_device_path {
	uint8_t type, subtype, length[2];
};

enum {
	EFI_PATH_MEDIA = 4, /* 10.3.5 */
	EFI_PATH_HARD_DRIVE = 1,
	EFI_PATH_END = 0x7f, /* 10.3.1 */
	EFI_PATH_END_ENTIRE = 0xff,
};

/* 4.4. */
struct efi_boot_services {
	struct efi_table_header header;
	void *skip1[2];
	efi_status(EFIAPI *allocate_pages)(enum efi_allocate how,
	                                   enum efi_memory_type type,
	                                   size_t pages, uint64_t *address);
	void *skip2;
	efi_status(EFIAPI *get_memory_map)(size_t *size, void *map, size_t *key,
	                                   size_t *stride, uint32_t *version);
	void *skip3[11];
	efi_status(EFIAPI *handle_protocol)(efi_handle handle,
	                                    const struct efi_guid *protocol,
	                                    void **interface);
	void *skip4[3];
	efi_status(EFIAPI *locate_device_path)(const struct efi_guid *protocol,
	                                       struct efi_device_path **path,
	                                       efi_handle *handle);
	void *skip5[5];
	efi_status(EFIAPI *exit_boot_services)(efi_handle image, size_t key);
};
_Static_assert(offsetof(struct efi_boot_services, get_memory_map) == 56 &&
                       offsetof(struct efi_boot_services, handle_protocol) ==
                               152 &&
                       offsetof(struct efi_boot_services, exit_boot_services) ==
                               232,
               "UEFI 2.10, 4.4");

/* 4.6. */
struct efi_configuration {
	struct efi_guid guid;
	uint64_t table;
};

/* 4.3. */
struct efi_system_table {
	struct efi_table_header header;
	const uint16_t *vendor;
	uint32_t revision, padding;
	void *skip1[3]; /* console input, and a handle */
	struct efi_text_output *console;
	void *skip2[3];
	const struct efi_boot_services *boot;
	size_t nr_configurations;
	const struct efi_configuration *configurations;
};
_Static_assert(offsetof(struct efi_system_table, console) == 64 &&
                       offsetof(struct efi_system_table, boot) == 96,
               "UEFI 2.10, 4.3");

/* 9.1. */
struct efi_loaded_image {
	uint32_t revision, padding;
	efi_handle parent;
	struct efi_system_table *system;
	efi_handle device;
};

/* 13.9. */
struct efi_block_media {
	uint32_t id;
	uint8_t removable, present, is_partition, read_only, write_caching;
	uint32_t block_size, alignment;
	uint64_t last_block;
};
_Static_assert(sizeof(struct efi_block_media) == 32, "UEFI 2.10, 13.9");

struct efi_block_io {
	uint64_t revision;
	const struct efi_block_media *media;
	void *skip;
	efi_status(EFIAPI *read)(struct efi_block_io *self, uint32_t media,
	                         uint64_t lba, size_t bytes, void *to);
};

#endif
