/* digest.c -- the digest of one znode.
 *
 * CRC-32 runs on, so the part over path and data is kept with the znode and a change of stat costs
 * 60 bytes.
 *
 * Facts: upstream DigestCalculator.java; the digests in logs of the Java server prove the
 * order of the fields. */
#include "tree/digest.h"

#include "tree/crc.h"

#define SUBTREE_NOT_COUNTED "/zookeeper/"
#define STAT_BYTES 60

uint32_t zk_digest_base(zk_str_t path, zk_str_t data)
{
    bool is_root = path.length == 1 && path.data[0] == '/';
    uint32_t crc = 0;

    if (!is_root)
        crc = zk_crc_add(crc, path.data, zk_str_size(path));
    return zk_crc_add(crc, data.data, zk_str_size(data));
}

uint32_t zk_digest_znode(uint32_t base, const zk_stat_persisted_t *stat)
{
    uint8_t bytes[STAT_BYTES];

    zk_put_u64(bytes, (uint64_t)stat->czxid);
    zk_put_u64(bytes + 8, (uint64_t)stat->mzxid);
    zk_put_u64(bytes + 16, (uint64_t)stat->pzxid);
    zk_put_u64(bytes + 24, (uint64_t)stat->ctime);
    zk_put_u64(bytes + 32, (uint64_t)stat->mtime);
    zk_put_u32(bytes + 40, (uint32_t)stat->version);
    zk_put_u32(bytes + 44, (uint32_t)stat->cversion);
    zk_put_u32(bytes + 48, (uint32_t)stat->aversion);
    zk_put_u64(bytes + 52, (uint64_t)stat->ephemeral_owner);
    return zk_crc_add(base, bytes, sizeof(bytes));
}

bool zk_digest_counts(zk_str_t path)
{
    return !zk_str_starts_with(path, SUBTREE_NOT_COUNTED);
}
