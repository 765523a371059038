/* Stands in for the test framework Cutter: what libfreefare's tests use of it, counted, and out at the first failure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int checks_done;

#define cut_message(...) __VA_ARGS__
#define cut_fail(...) (printf ("%s:%d: ", __FILE__, __LINE__), printf (__VA_ARGS__), printf ("\n"), exit (1))
#define cut_omit cut_fail
#define cut_assert(what, ...) ((what) ? (void) checks_done++ : (void) cut_fail ("not so: %s", #what))
#define cut_assert_true cut_assert
#define cut_assert_false(what, ...) cut_assert (!(what))
#define cut_assert_null(what, ...) cut_assert ((what) == NULL)
#define cut_assert_not_null(what, ...) cut_assert ((what) != NULL)
#define cut_assert_equal_int(want, got, ...) \
    ((long) (want) == (long) (got) ? (void) checks_done++ \
     : (void) cut_fail ("%s: %ld, wanted %ld", #got, (long) (got), (long) (want)))
#define cut_assert_not_equal_int(bad, got, ...) cut_assert ((long) (bad) != (long) (got))
#define cut_assert_equal_string(want, got, ...) cut_assert (strcmp ((want), (got)) == 0)
#define cut_assert_equal_memory(a, an, b, bn, ...) \
    cut_assert ((size_t) (an) == (size_t) (bn) && memcmp ((a), (b), (an)) == 0)
#define cut_assert_not_equal_memory(a, an, b, bn, ...) \
    cut_assert ((size_t) (an) != (size_t) (bn) || memcmp ((a), (b), (an)) != 0)
