/* zk_test.h -- the few lines that every unit test shares, over CUnit.
 *
 * Each test file offers one table of {sentence, function} through ZK_TEST_SUITE; the executable of
 * a room has one main.c that names its suites with ZK_TEST_MAIN.  The output ends with CUnit's
 * summary and the exit code tells whether all passed. */
#ifndef ZK_TEST_H
#define ZK_TEST_H

#include <stddef.h>
#include <CUnit/CUnit.h>

#include <apr_general.h>
#include <apr_pools.h>

typedef struct zk_test {
    const char *sentence; /* what holds, in words */
    void (*run)(void);
} zk_test_t;

typedef struct zk_test_suite {
    const char *name;       /* the file under test, such as "wire/codec" */
    const zk_test_t *tests; /* ended by a NULL sentence */
    void (*setup)(void);    /* before each test; may be NULL */
    void (*teardown)(void); /* after each test; may be NULL */
} zk_test_suite_t;

/* Declare the suite of one file: ZK_TEST_SUITE(suite_bytes, "base/bytes", tests, setup, NULL); */
#define ZK_TEST_SUITE(symbol, name, tests, setup, teardown)                                        \
    extern const zk_test_suite_t symbol;                                                           \
    const zk_test_suite_t symbol = {name, tests, setup, teardown}

/* Run SUITES (ended by NULL) and return the exit code for main.  An argument selects the suites
 * whose name contains it. */
int zk_test_run(int argc, const char *const *argv, const zk_test_suite_t *const *suites);

/* A pool cleared before each test. */
apr_pool_t *zk_test_pool(void);

/* A fresh empty directory below the system's temporary directory, removed with all it holds when
 * the test ends.  The path lives in zk_test_pool(). */
const char *zk_test_dir(void);

/* Log to stdout, and errors alone, lest what the code under test logs bury the results; all of it
 * when ZK_TEST_LOG is set in the environment.  Each test begins so. */
void zk_test_setup_log(void);

/* Path of FILE below tests/golden, in zk_test_pool(). */
#define zk_test_golden(file) apr_pstrcat(zk_test_pool(), ZK_GOLDEN_DIR, "/", file, NULL)

#endif
