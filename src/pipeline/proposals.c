/* proposals.c -- may what a leader proposes be logged here?
 *
 * Whatever is logged is applied here and read again at the next start, so it is decoded to its end
 * first: a damaged or hostile leader, or one of a release that knows more kinds of txns, must not
 * get a record into the log that stops this server now or at every start to come.  zab asks for
 * each proposal before it keeps it, and ends the link where the answer is no.
 *
 * A record may be larger than those that this server proposes itself (an older release may have to
 * read those), but not larger than its own reader of logs takes. */
#include "pipeline/mind.h"

#include <inttypes.h>

#include "wire/codec.h"

/* What upstream's servers apply as part of a multi, and an error in its place. */
static bool may_be_entry(int32_t type)
{
    switch (type) {
    case ZK_OP_CREATE:
    case ZK_OP_CREATE2:
    case ZK_OP_CREATE_CONTAINER:
    case ZK_OP_CREATE_TTL:
    case ZK_OP_DELETE:
    case ZK_OP_DELETE_CONTAINER:
    case ZK_OP_SET_DATA:
    case ZK_OP_CHECK:
    case ZK_OP_ERROR:
        return true;
    default:
        return false;
    }
}

/* The type of the first entry of MULTI that cannot be applied, at *AT; false: there is none. */
static bool find_bad_entry(const zk_multi_txn_t *multi, zk_arena_t *arena, int32_t *at)
{
    for (*at = 0; *at < multi->txns.count; (*at)++) {
        const zk_txn_t *entry = &multi->txns.items[*at];
        zk_reader_t reader = zk_reader(entry->data.data, zk_str_size(entry->data));
        zk_txn_body_t body;

        if (!may_be_entry(entry->type) || !zk_txn_decode_body(&body, entry->type, &reader, arena))
            return true;
    }
    return false;
}

static bool refuse(int64_t zxid, size_t bytes, const char *why, int64_t detail)
{
    zk_error("Proposal 0x%" PRIx64 " of the leader, %zu bytes, %s %" PRId64
             ": it is not logged, and the link to the leader ends",
             (uint64_t)zxid, bytes, why, detail);
    return false;
}

bool zk_proposals_accept(void *baton, int64_t zxid, zk_str_t payload)
{
    zk_replica_t *replica = baton;
    size_t bytes = zk_str_size(payload);
    int64_t limit = replica->options.proposal_bytes_max;
    zk_arena_t *arena = replica->proposal_arena;
    zk_reader_t reader = zk_reader(payload.data, bytes);
    zk_txn_header_t header = {.type = 0};
    zk_txn_decoded_t txn;
    int32_t at;

    zk_arena_reset(arena);
    if (limit > 0 && bytes > (size_t)limit)
        return refuse(zxid, bytes,
                      "is larger than this server can read back (jute.maxbuffer):", limit);
    if (!zk_record_decode(&zk_record_txn_header, &header, &reader, arena))
        return refuse(zxid, bytes, "is shorter than the header of a txn:", (int64_t)bytes);
    if (header.zxid != zxid)
        return refuse(zxid, bytes, "bears another zxid inside:", header.zxid);
    if (!zk_txn_decode(&txn, payload.data, bytes, arena))
        return refuse(zxid, bytes, "does not decode as a txn of type", header.type);
    if (txn.header.type == ZK_OP_MULTI && find_bad_entry(&txn.body.multi, arena, &at))
        return refuse(zxid, bytes, "is a multi with an operation that does not decode, of type",
                      txn.body.multi.txns.items[at].type);
    return true;
}
