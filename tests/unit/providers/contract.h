/*
 * contract.h - what every provider must do, as tests. A provider's test file
 * sets `contract` to itself and lists CONTRACT_TESTS.
 */
#ifndef TESTS_UNIT_PROVIDERS_CONTRACT_H
#define TESTS_UNIT_PROVIDERS_CONTRACT_H

#include "providers/provider.h"

#include "tests/lib/test.h"

#include <string.h>

struct contract {
	const struct provider_ops *ops;
	const struct value *settings;
	struct owner owner;
	struct desired want;  /* something small that can be made */
	struct desired other; /* the same object, with another spec */
	struct arena mem;
	struct provider *p;
};

static struct contract contract;

static inline size_t contract_count(void)
{
	struct object_set all;

	assert_null(contract.ops->list(contract.p, &contract.mem, &all));
	return all.n;
}

static inline struct object contract_create(void)
{
	const struct value *known = NULL;
	struct object o = {0};

	assert_null(contract.ops->resolve(contract.p, &contract.mem,
	                                  &contract.want, &known));
	assert_non_null(known);
	assert_null(contract.ops->create(contract.p, &contract.mem,
	                                 &contract.want, NULL, &o));
	return o;
}

static inline void what_is_created_is_listed_with_its_mark(void **state)
{
	struct object_set all;
	struct object o = contract_create();

	(void)state;
	assert_null(contract.ops->list(contract.p, &contract.mem, &all));
	assert_int_equal(all.n, 1);
	assert_string_equal(all.v[0].address, contract.want.address);
	assert_string_equal(all.v[0].digest, contract.want.digest);
	assert_string_equal(all.v[0].kind, contract.want.kind);
	assert_string_equal(all.v[0].id, o.id);
	assert_int_equal(all.v[0].nr_needs, contract.want.nr_needs);
	assert_null(contract.ops->delete (contract.p, &o, NULL));
}

static inline void what_is_deleted_is_not_listed(void **state)
{
	struct object o = contract_create();

	(void)state;
	assert_null(contract.ops->delete (contract.p, &o, NULL));
	assert_int_equal(contract_count(), 0);
}

static inline void deleting_twice_succeeds(void **state)
{
	struct object o = contract_create();

	(void)state;
	assert_null(contract.ops->delete (contract.p, &o, NULL));
	assert_null(contract.ops->delete (contract.p, &o, NULL));
}

static inline void an_update_leaves_one_object_with_the_new_mark(void **state)
{
	struct object o = contract_create(), after = {0};
	struct object_set all;

	(void)state;
	assert_null(contract.ops->update(contract.p, &contract.mem, &o,
	                                 &contract.other, NULL, &after));
	assert_null(contract.ops->list(contract.p, &contract.mem, &all));
	assert_int_equal(all.n, 1);
	assert_string_equal(all.v[0].digest, contract.other.digest);
	assert_null(contract.ops->delete (contract.p, &after, NULL));
}

static inline void resolving_changes_nothing(void **state)
{
	const struct value *known = NULL;

	(void)state;
	assert_null(contract.ops->resolve(contract.p, &contract.mem,
	                                  &contract.want, &known));
	assert_int_equal(contract_count(), 0);
	for (const char *const *c = contract.ops->computed; c && *c; c++) {
		size_t len = strlen(contract.want.kind);

		if (!strncmp(*c, contract.want.kind, len))
			assert_null(value_get(known, *c + len + 1));
	}
}

static inline void hold_a_lock(void)
{
	const char *holder = NULL;

	assert_null(contract.ops->lock(contract.p, "me"));
	assert_null(contract.ops->holder(contract.p, &contract.mem, &holder));
	contract.ops->unlock(contract.p);
	holder = NULL;
	assert_null(contract.ops->holder(contract.p, &contract.mem, &holder));
	assert_null(holder);
}

static inline void hold_a_cell(void)
{
	const struct cell_ops *ops = contract.ops->cell;
	struct cell c = {0}, again = {0};
	struct err *e;

	assert_null(ops->write(contract.p, &contract.mem, "me", 0, &c));
	assert_true(c.generation != 0);
	e = ops->write(contract.p, &contract.mem, "you", 0, &again);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	assert_null(ops->write(contract.p, &contract.mem, "me", c.generation,
	                       &again));
	assert_true(c.generation != again.generation);
	e = ops->remove(contract.p, c.generation);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	assert_null(ops->remove(contract.p, again.generation));
	assert_null(ops->remove(contract.p, again.generation));
	assert_null(ops->read(contract.p, &contract.mem, &c));
	assert_null(c.text);
	assert_int_equal(c.generation, 0);
}

/* Twice: what was given back can be had again. */
static inline void others_can_be_kept_out(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		contract.ops->cell ? hold_a_cell() : hold_a_lock();
}

static inline int contract_setup(void **state)
{
	(void)state;
	assert_null(contract.ops->open(contract.settings, &contract.owner,
	                               &contract.p));
	return 0;
}

static inline int contract_teardown(void **state)
{
	(void)state;
	contract.ops->close(contract.p);
	contract.ops->close(NULL);
	return 0;
}

#define CONTRACT_TEST(fn)                                                      \
	cmocka_unit_test_setup_teardown(fn, contract_setup, contract_teardown)

#define CONTRACT_TESTS                                                         \
	CONTRACT_TEST(what_is_created_is_listed_with_its_mark),                \
		CONTRACT_TEST(what_is_deleted_is_not_listed),                  \
		CONTRACT_TEST(deleting_twice_succeeds),                        \
		CONTRACT_TEST(an_update_leaves_one_object_with_the_new_mark),  \
		CONTRACT_TEST(resolving_changes_nothing),                      \
		CONTRACT_TEST(others_can_be_kept_out)

#endif
