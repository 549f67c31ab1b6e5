/*
 * image.c - build an image and say how long it took.
 *
 *	image HOME KERNEL PROGRAM [GUEST_PATH=HOST_PATH...]
 *
 * DISK=MIB in the environment says how large the disk is (64). Prints the path
 * of the root disk, then milliseconds to plan and build it: the first time,
 * again with the hashes known but the disk gone, and unchanged.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "providers/image/store.h"

static void check(struct err *e)
{
	if (!e)
		return;
	err_print(stderr, e);
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static const struct value *files_of(struct arena *mem, char **args, int n)
{
	struct value_entry *v =
		ARENA_ARRAY(mem, struct value_entry, (size_t)n + 1);

	for (int i = 0; i < n; i++) {
		char *equals = strchr(args[i], '=');

		if (!equals)
			exit(2);
		v[i].key =
			arena_strndup(mem, args[i], (size_t)(equals - args[i]));
		v[i].value = value_string(mem, equals + 1);
	}
	return value_map(mem, v, (size_t)n);
}

static double build(struct store *s, struct arena *mem,
                    const struct image_request *q, struct image *image)
{
	double begin = now_ms();
	bool built;

	check(image_plan(s, mem, q, image));
	check(store_build(s, image, &built));
	return now_ms() - begin;
}

int main(int argc, char **argv)
{
	struct arena mem = {0};
	struct store_image at;
	struct image image;
	const char *disk = getenv("DISK");
	struct store *s;
	double ms[3];

	if (argc < 4)
		return 2;
	struct value_entry spec[] = {
		{.key = "program", .value = value_string(&mem, argv[3])},
		{.key = "files", .value = files_of(&mem, argv + 4, argc - 4)},
		{.key = "disk",
	         .value = value_int(&mem, (disk ? atol(disk) : 64) << 20)},
	};
	struct image_request q = {
		.spec = value_map(&mem, spec, 3),
		.base_dir = "/",
		.kernel = argv[2],
	};

	check(store_open(argv[1], &s));
	ms[0] = build(s, &mem, &q, &image);
	check(store_find(s, &mem, image.digest.hex, &at));
	unlink(at.root);
	ms[1] = build(s, &mem, &q, &image);
	ms[2] = build(s, &mem, &q, &image);
	printf("%s %.2f %.2f %.2f\n", at.root, ms[0], ms[1], ms[2]);
	store_close(s);
	arena_free(&mem);
	return 0;
}
