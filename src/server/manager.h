/* manager.h -- what a service manager is told about a running server: that it loads, that clients
 * may come, what it is, that it still turns its loop, and that it ends.
 *
 * Everything here is called by the brain's thread, so the signs of life are that thread's and no
 * one else's: a loop that hangs falls silent, while a disk that takes its time does not, because
 * syncs are waited for elsewhere.  Without a manager all of it does nothing. */
#ifndef ZK_SERVER_MANAGER_H
#define ZK_SERVER_MANAGER_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "store/store.h"

#define ZK_MANAGER_TEXT_BYTES 160

typedef struct zk_manager {
    int64_t alive_every_ms; /* 0: nobody listens for signs of life */
    int64_t next_alive_ms;
    int64_t next_tell_ms;
    char told[ZK_MANAGER_TEXT_BYTES];
    bool had_quorum; /* ever */
    bool has_quorum;
} zk_manager_t;

/* Clients may come: ports are bound and the data is loaded.  TEXT says what the server is. */
void zk_manager_ready(zk_manager_t *manager, int64_t mono_ms, const char *text);

/* The loop has made another pass. */
void zk_manager_alive(zk_manager_t *manager, int64_t mono_ms);

/* Whether zk_manager_tell would have an effect now: it speaks at most once per second. */
bool zk_manager_may_tell(const zk_manager_t *manager, int64_t mono_ms);

/* Show TEXT to who asks for the service's state, unless it is shown already. */
void zk_manager_tell(zk_manager_t *manager, int64_t mono_ms, const char *text);

/* A load in between has shown its progress: the role is to be told again. */
void zk_manager_loaded(zk_manager_t *manager);

/* Whether the server, a member of an ensemble, HAS_QUORUM to work with now: "lost" or "regained"
 * when that is news, else NULL.  Its first one is none: the role that it has then is told. */
const char *zk_manager_quorum(zk_manager_t *manager, bool has_quorum);

/* The server ends. */
void zk_manager_stopping(zk_manager_t *manager);

/* What was damaged in files that were loaded all the same, as LOADED has it, into TEXT; false when
 * nothing was. */
bool zk_manager_describe_damage(const zk_store_loaded_t *loaded, char *text, size_t size);

/* ---- while the data is loaded ---- */

typedef struct zk_progress {
    char name[40];       /* of the snapshot */
    int64_t bytes_total; /* of its file; 0: not known, or compressed */
    int64_t bytes;
    int64_t znodes, txns;
    int64_t next_ms;
} zk_progress_t;

/* The snapshot of ZXID in STORE is read from its beginning. */
void zk_progress_begin(zk_progress_t *progress, const zk_store_t *store, int64_t zxid,
                       apr_pool_t *scratch);

/* One more znode, whose path and data are BYTES long, or one more transaction. */
void zk_progress_znode(zk_progress_t *progress, int64_t bytes);
void zk_progress_txn(zk_progress_t *progress);

/* The line that is shown, into TEXT. */
void zk_progress_describe(const zk_progress_t *progress, char *text, size_t size);

#endif
