/* fourlw_internal.h -- shared by fourlw.c and fourlw_dump.c, nobody else. */
#ifndef ZK_ADMIN_FOURLW_INTERNAL_H
#define ZK_ADMIN_FOURLW_INTERNAL_H

#include "admin/fourlw.h"

struct zk_fourlw {
    const zk_admin_facts_t *source;
    uint64_t asker; /* connection of the word being answered */
    int64_t trace_mask;
    int64_t words_received, words_sent; /* since the last reset */
    bool is_logged;                     /* the lists of words were logged */
};

/* Replies of fourlw_dump.c. */
void zk_fourlw_reply_srvr(zk_fourlw_t *fourlw, zk_buffer_t *out);
void zk_fourlw_reply_stat(zk_fourlw_t *fourlw, zk_buffer_t *out);
void zk_fourlw_reply_cons(zk_fourlw_t *fourlw, zk_buffer_t *out);
void zk_fourlw_reply_dump(zk_fourlw_t *fourlw, zk_buffer_t *out);
void zk_fourlw_reply_wchs(zk_fourlw_t *fourlw, zk_buffer_t *out);
void zk_fourlw_reply_wchc(zk_fourlw_t *fourlw, zk_buffer_t *out);
void zk_fourlw_reply_wchp(zk_fourlw_t *fourlw, zk_buffer_t *out);

/* Append "/ip:port" of CLIENT; "null" when it is not known. */
void zk_fourlw_put_address(const zk_fourlw_t *fourlw, uint64_t client, zk_buffer_t *out);

#endif
