/* vnvme.c - see vnvme.h. Numbers: NVM Express 1.4. */
#include "tests/lib/khost/vnvme.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/attr.h"

enum { INVALID_OPCODE = 1, INVALID_FIELD = 2, OUT_OF_RANGE = 0x80 };

static struct khost_nvme *of(struct nvme_port *p)
{
	return CONTAINER_OF(p, struct khost_nvme, port);
}

static uint32_t status_of(const struct khost_nvme *n)
{
	return (n->cc & 1 && !n->never_ready) | (n->fatal ? 2u : 0u);
}

static uint32_t read_reg(struct nvme_port *p, uint32_t reg)
{
	struct khost_nvme *n = of(p);

	if (n->gone)
		return UINT32_MAX;
	switch (reg) {
	case 0x00:
		return (uint32_t)n->cap;
	case 0x04:
		return (uint32_t)(n->cap >> 32);
	case 0x1c:
		return status_of(n);
	default:
		return 0;
	}
}

static void set_half(uint64_t *v, bool high, uint32_t half)
{
	*v = high ? (*v & UINT32_MAX) | (uint64_t)half << 32
	          : (*v & ~(uint64_t)UINT32_MAX) | half;
}

static void enable(struct khost_nvme *n, uint32_t v)
{
	if (v & 1 && !(n->cc & 1)) {
		n->q[0] = (struct khost_nvme_queue){
			.commands = (void *)(uintptr_t)n->asq,
			.completions = (void *)(uintptr_t)n->acq,
			.size = (n->aqa & 0xfff) + 1,
			.phase = 1,
		};
		n->q[1] = (struct khost_nvme_queue){0};
	}
	n->cc = v;
}

static void write_reg(struct nvme_port *p, uint32_t reg, uint32_t v)
{
	struct khost_nvme *n = of(p);
	uint32_t stride = 4u << (n->cap >> 32 & 15);

	if (reg >= NVME_DOORBELLS) {
		uint32_t which = (reg - NVME_DOORBELLS) / stride;

		if ((reg - NVME_DOORBELLS) % stride || which > 3)
			abort(); /* no register */
		if (which % 2 == 0 && n->q[which / 2].size)
			n->q[which / 2].tail = v % n->q[which / 2].size;
		return;
	}
	if (reg == 0x14)
		enable(n, v);
	else if (reg == 0x24)
		n->aqa = v;
	else if (reg == 0x28 || reg == 0x2c)
		set_half(&n->asq, reg & 4, v);
	else if (reg == 0x30 || reg == 0x34)
		set_half(&n->acq, reg & 4, v);
}

static void cut_off(struct nvme_port *p)
{
	of(p)->cut_off = true;
}

static const struct nvme_port_ops ops = {
	.read = read_reg, .write = write_reg, .cut_off = cut_off};

void khost_nvme_init(struct khost_nvme *n, unsigned shift)
{
	uint64_t blocks = sizeof(n->bytes) >> shift;

	memset(n, 0, sizeof(*n));
	n->port.ops = &ops;
	n->cap = UINT64_C(1) << 37 | 1 << 24 | 63;
	memcpy(n->identity + 4, "one of many         ", 20);
	n->identity[525] = 1;
	memcpy(n->format, &blocks, 8);
	n->format[130] = (uint8_t)shift;
}

bool khost_nvme_next(struct khost_nvme *n, unsigned queue,
                     struct nvme_command *out)
{
	struct khost_nvme_queue *q = &n->q[queue];

	if (!(n->cc & 1) || q->head == q->tail)
		return false;
	memcpy(out, (const void *)(uintptr_t)&q->commands[q->head],
	       sizeof(*out));
	q->head = (q->head + 1) % q->size;
	n->last_id = out->id;
	return true;
}

void khost_nvme_complete(struct khost_nvme *n, unsigned queue, uint16_t id,
                         uint16_t status)
{
	struct khost_nvme_queue *q = &n->q[queue];
	volatile struct nvme_completion *c;

	if (!q->completions)
		return;
	c = &q->completions[q->at];
	c->id = id;
	c->status = (uint16_t)((uint32_t)status << 1 | q->phase);
	if (++q->at == q->size) {
		q->at = 0;
		q->phase ^= 1;
	}
}

/* --- commands --- */

/* `len` bytes through the command's pages: 4.3. */
static void move(const struct nvme_command *c, uint8_t *bytes, uint32_t len,
                 bool to_memory)
{
	const uint64_t *list = (void *)(uintptr_t)c->prp[1];
	uint64_t at = c->prp[0];

	for (unsigned i = 0; len; i++) {
		uint32_t n = 4096 - (uint32_t)(at % 4096);

		n = n < len ? n : len;
		if (at % 4 || (i && at % 4096))
			abort();
		if (to_memory)
			memcpy((void *)(uintptr_t)at, bytes, n);
		else
			memcpy(bytes, (const void *)(uintptr_t)at, n);
		bytes += n;
		len -= n;
		if (i == 0 && len && len <= 4096)
			at = c->prp[1];
		else if (len)
			at = list[i];
	}
}

static uint16_t identify(struct khost_nvme *n, const struct nvme_command *c)
{
	static uint8_t list[4096] = {1};
	uint8_t *const answers[] = {n->format, n->identity, list};

	if (c->cdw[0] > 2)
		return INVALID_FIELD;
	move(c, answers[c->cdw[0]], 4096, true);
	return 0;
}

static uint16_t admin(struct khost_nvme *n, const struct nvme_command *c)
{
	uint32_t size = (c->cdw[0] >> 16) + 1;

	switch (c->opcode) {
	case 0x06:
		return identify(n, c);
	case 0x09:
		return 0;
	case 0x05:
		n->q[1].completions = (void *)(uintptr_t)c->prp[0];
		n->q[1].phase = 1;
		return 0;
	case 0x01:
		n->q[1].commands = (void *)(uintptr_t)c->prp[0];
		n->q[1].size = size;
		return n->q[1].completions ? 0 : INVALID_FIELD;
	default:
		return INVALID_OPCODE;
	}
}

static uint16_t move_blocks(struct khost_nvme *n, const struct nvme_command *c)
{
	unsigned shift = n->format[130];
	uint64_t first = c->cdw[0] | (uint64_t)c->cdw[1] << 32;
	uint64_t blocks = (c->cdw[2] & 0xffff) + 1;
	uint32_t len = (uint32_t)blocks << shift;

	if (shift > 12 || first > sizeof(n->bytes) >> shift ||
	    blocks > (sizeof(n->bytes) >> shift) - first)
		return OUT_OF_RANGE;
	if (len > n->largest)
		n->largest = len;
	move(c, n->bytes + (first << shift), len, c->opcode == 2);
	return 0;
}

uint16_t khost_nvme_do(struct khost_nvme *n, unsigned queue,
                       const struct nvme_command *c)
{
	if (queue == 0)
		return admin(n, c);
	n->flushes += c->opcode == 0;
	n->writes += c->opcode == 1;
	n->reads += c->opcode == 2;
	if (n->status)
		return n->status;
	return c->opcode == 0 ? 0 : move_blocks(n, c);
}

void khost_nvme_work(struct khost_nvme *n)
{
	struct nvme_command c;

	for (unsigned q = 0; q < KHOST_NVME_QUEUES; q++)
		while (khost_nvme_next(n, q, &c))
			if (!n->silent)
				khost_nvme_complete(n, q, c.id,
				                    khost_nvme_do(n, q, &c));
	if (!n->no_interrupt)
		nvme_interrupt(&n->port);
}
