/* recover.h -- what a start would do, without doing it: for zktool check and tests. */
#ifndef ZK_STORE_RECOVER_H
#define ZK_STORE_RECOVER_H

#include "store/store.h"

/* As zk_store_load, but nothing is cut, removed or created.  STORE may come from zk_store_describe.
 */
apr_status_t zk_store_rehearse(zk_store_t *store, const zk_store_sink_t *sink,
                               zk_store_loaded_t *loaded, apr_pool_t *scratch, zk_note_t *note);

/* Shorten STORE's file PATH to BYTES, durably. */
apr_status_t zk_store_cut_file(zk_store_t *store, const char *path, int64_t bytes,
                               apr_pool_t *scratch, zk_note_t *note);

/* True for the zxid that the first transaction of all has: 1, in an ensemble 1 of epoch 1. */
bool zk_store_is_first_zxid(int64_t zxid);

#endif
