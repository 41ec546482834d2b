/* digest.h -- the digest of one znode: CRC-32 over path, data and the nine stat fields in
 * upstream's own order (pzxid third).  The tree's digest is the sum over all znodes modulo 2^64.
 * Split in two so that a change of stat does not read the data again.  Facts: upstream
 * DigestCalculator.java, AdHash.java; golden logs prove it. */
#ifndef ZK_TREE_DIGEST_H
#define ZK_TREE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/records.h"

#define ZK_DIGEST_VERSION 2

/* CRC over PATH (the root: empty) and DATA (null as empty). */
uint32_t zk_digest_base(zk_str_t path, zk_str_t data);

/* The whole digest, from BASE and STAT as stored. */
uint32_t zk_digest_znode(uint32_t base, const zk_stat_persisted_t *stat);

/* Does a znode at PATH count in the tree's digest (not below /zookeeper/)? */
bool zk_digest_counts(zk_str_t path);

#endif
