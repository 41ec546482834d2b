/* store_fixture.h -- stores, records and snapshots for the tests of the disk room.
 *
 * All paths are below zk_test_dir(), all memory is in zk_test_pool(). */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <apr_strings.h>

#include "lib/texts.h"
#include "lib/zk_test.h"
#include "store/datadir.h"
#include "store/store.h"

/* Options of a server with small padding and short records. */
zk_store_options_t fixture_options(void);

/* Open a store with OPTIONS in a pool of its own, which *POOL receives; destroy it to close. */
zk_store_t *fixture_open(const zk_store_options_t *options, apr_pool_t **pool);

/* The usual store, open until the test ends or fixture_close. */
zk_store_t *fixture_store(void);
void fixture_close(void);

/* Encoded payload of a setData of DATA_SIZE bytes on /n as ZXID; its size in *SIZE. */
const uint8_t *fixture_payload(int64_t zxid, size_t data_size, size_t *size);

/* Append FROM..TO to LOG, and sync. */
apr_status_t fixture_append(zk_txnlog_t *log, int64_t from, int64_t to);

/* Write log.<FROM> with FROM..TO into STORE, synced and closed. */
void fixture_write_log(zk_store_t *store, int64_t from, int64_t to);

/* Write a snapshot of ZXID with NODES_COUNT znodes besides the root; the newest has mzxid MZXID. */
apr_status_t fixture_write_snapshot(zk_store_t *store, int64_t zxid, int nodes_count,
                                    int64_t mzxid);

/* The same as if it came from a leader: not installed yet. */
apr_status_t fixture_receive_snapshot(zk_store_t *store, int64_t zxid, int nodes_count,
                                      int64_t mzxid);

/* What a load poured out: counts and the order of zxids. */
typedef struct fixture_poured {
    int begun;
    int64_t begun_zxid;
    int sessions;
    int acls;
    int nodes;
    int ended; /* snapshot_end calls */
    int64_t digest;
    int64_t digest_zxid;
    int64_t txns;
    int64_t first_zxid;
    int64_t last_zxid;
    bool in_order;
    zk_note_t note;
    zk_store_loaded_t loaded;
    apr_status_t fail_node; /* what the sink's node answers */
} fixture_poured_t;

zk_store_sink_t fixture_sink(fixture_poured_t *poured);

/* Load STORE into POURED. */
apr_status_t fixture_load(zk_store_t *store, fixture_poured_t *poured);

/* Path of NAME in version-2 of the usual store. */
const char *fixture_path(const char *name);

/* Names of the files in DIR that begin with PREFIX, sorted, joined by blanks. */
const char *fixture_names(const char *dir, const char *prefix);

/* The same in the log directory of the usual store. */
const char *fixture_log_names(const char *prefix);

#endif
