/* fw_cfg.c - by DMA where the device offers it, else byte by byte. */
#include "kernel/drivers/fw_cfg.h"

#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum {
	SELECTOR = 0x510,
	DATA = 0x511,
	DMA_HIGH = 0x514,
	DMA_LOW = 0x518,

	KEY_SIGNATURE = 0x00,
	KEY_FEATURES = 0x01,
	KEY_DIRECTORY = 0x19,
	FEATURE_DMA = 2,

	DMA_ERROR = 1,
	DMA_READ = 2,
	DMA_SELECT = 8,

	NAME_SIZE = 56,
	FILES_MAX = 255,
};

struct dma_request {
	uint32_t control, length; /* big endian, as all here */
	uint64_t address;
};

struct directory_entry {
	uint32_t size;
	uint16_t select, reserved;
	char name[NAME_SIZE];
};
static_assert(sizeof(struct directory_entry) == 64, "fw_cfg, file directory");

static void read_bytes(void *out, uint32_t n)
{
	uint8_t *to = out;

	while (n--)
		*to++ = inb(DATA);
}

static void select_key(uint16_t key)
{
	outw(SELECTOR, key);
}

static bool present(void)
{
	char signature[4];

	select_key(KEY_SIGNATURE);
	read_bytes(signature, sizeof(signature));
	return memcmp(signature, "QEMU", 4) == 0;
}

static bool has_dma(void)
{
	uint32_t features;

	select_key(KEY_FEATURES);
	read_bytes(&features, sizeof(features));
	return features & FEATURE_DMA;
}

static int read_by_dma(uint16_t key, void *out, uint32_t n)
{
	/* The device writes it: keep it where page tables do not matter. */
	static volatile struct dma_request r;
	uint64_t at = virt_to_phys((const void *)(uintptr_t)&r).v;

	r.length = __builtin_bswap32(n);
	r.address = __builtin_bswap64(virt_to_phys(out).v);
	r.control =
		__builtin_bswap32((uint32_t)key << 16 | DMA_SELECT | DMA_READ);
	outl(DMA_HIGH, __builtin_bswap32((uint32_t)(at >> 32)));
	outl(DMA_LOW, __builtin_bswap32((uint32_t)at));
	while (__builtin_bswap32(r.control) & ~(uint32_t)DMA_ERROR)
		;
	return r.control ? -EIO : 0;
}

static int read_key(uint16_t key, void *out, uint32_t n)
{
	if (has_dma())
		return read_by_dma(key, out, n);
	select_key(key);
	read_bytes(out, n);
	return 0;
}

/*
 * The directory: a count, then entries. Taken in one piece where there is DMA:
 * byte by byte every one is a trip to the host.
 */
struct directory {
	uint32_t count; /* big endian */
	struct directory_entry entries[FILES_MAX];
};

static bool find(const char *name, struct directory_entry *out)
{
	struct directory *d = mem_zalloc(sizeof(*d));
	uint32_t count;
	bool found = false;

	if (!d || read_key(KEY_DIRECTORY, d, sizeof(*d))) {
		mem_free(d);
		return false;
	}
	count = __builtin_bswap32(d->count);
	for (uint32_t i = 0; i < count && i < FILES_MAX && !found; i++) {
		*out = d->entries[i];
		found = strncmp(out->name, name, NAME_SIZE) == 0;
	}
	mem_free(d);
	return found;
}

int fw_cfg_read(const char *name, uint32_t max, char **data, uint32_t *size)
{
	struct directory_entry entry;
	uint32_t n;
	char *to;
	int rc;

	if (!present() || !find(name, &entry))
		return -ENOENT;
	n = __builtin_bswap32(entry.size);
	if (n > max)
		return -EFBIG;
	to = mem_alloc(n + 1);
	if (!to)
		return -ENOMEM;
	rc = read_key(__builtin_bswap16(entry.select), to, n);
	if (rc) {
		mem_free(to);
		return rc;
	}
	to[n] = '\0';
	*data = to;
	*size = n;
	return 0;
}
