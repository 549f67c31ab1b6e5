/*
 * test_contract.c - the contract of all providers, kept by qemu's images. Its
 * instances are machines: tests/integration has them.
 */
#include "providers/qemu/qemu.h"

#include "tests/unit/providers/contract.h"

#include "tests/lib/scratch.h"

/* An image of a program that every host has; the kernel is any file. */
static struct desired image(struct scratch *s, const char *args)
{
	struct arena *mem = &s->mem;
	const struct value *spec;
	char *json = arena_printf(
		mem, "{\"program\":\"/bin/true\",\"args\":[\"%s\"]}", args);

	assert_null(value_from_json(mem, json, strlen(json), &spec));
	return (struct desired){
		.kind = "image",
		.address = "image.true",
		.name = "true",
		.digest = value_digest(mem, spec),
		.spec = spec,
	};
}

int main(void)
{
	const struct CMUnitTest tests[] = {CONTRACT_TESTS};
	struct scratch *s;
	void *state;
	int failed;

	if (scratch_setup(&state))
		return 1;
	s = state;
	setenv("MISO_HOME", scratch_path(s, "home"), 1);
	setenv("MISO_KERNEL", scratch_text(s, "kernel.elf", "kernel"), 1);
	setenv("MISO_ACCEL", "tcg", 1);
	contract.ops = &qemu_provider;
	contract.owner = (struct owner){"s", "default", s->dir};
	contract.settings = value_map(&s->mem, NULL, 0);
	contract.want = image(s, "one");
	contract.other = image(s, "two");
	failed =
		cmocka_run_group_tests_name("qemu contract", tests, NULL, NULL);
	arena_free(&contract.mem);
	return scratch_teardown(&state) || failed;
}
