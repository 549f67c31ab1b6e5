/* test.h - cmocka with the headers it wants before it, in its order. */
#ifndef TESTS_LIB_TEST_H
#define TESTS_LIB_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* 1.1.5: the four above must come first */

#endif
