/* untar.h -- unpacks a .tar.gz for tests, on systems that have no tar. */
#ifndef ZK_TEST_UNTAR_H
#define ZK_TEST_UNTAR_H

#include <apr_errno.h>
#include <apr_pools.h>

/* Unpack ARCHIVE (ustar in gzip; plain files and directories) below directory TO, which exists.
 * Stretches of zeros become holes where the file system has them, so that preallocated logs unpack
 * quickly. */
apr_status_t zk_untar(const char *archive, const char *to, apr_pool_t *pool);

/* Unpack archive NAME of tests/golden, such as "java-3.8/small", below zk_test_dir(); returns
 * where, in zk_test_pool().  What fails ends the test. */
const char *zk_untar_golden(const char *name);

#endif
