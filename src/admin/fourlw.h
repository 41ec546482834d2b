/* fourlw.h -- four-letter words: the text that nc and monitoring tools read from the client port.
 *
 * One table: word, may it run while clients are not served, function that writes the reply. Replies
 * are upstream's to the byte, for tools take them apart.  Only words of the whitelist run; nothing
 * but `srvr` is in it by default, and replies whose size follows the number of watches, sessions or
 * connections are cut at ZK_FOURLW_BYTES_MAX (CVE-2017-5637).
 *
 * Facts: upstream the classes of server/command, ServerCnxn.java, ServerStats.java. */
#ifndef ZK_ADMIN_FOURLW_H
#define ZK_ADMIN_FOURLW_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "admin/facts.h"
#include "base/buffer.h"
#include "base/bytes.h"

#define ZK_FOURLW_BYTES_MAX ((size_t)8 * 1024 * 1024)

typedef struct zk_fourlw zk_fourlw_t;

typedef enum zk_fourlw_result {
    ZK_FOURLW_UNKNOWN, /* not a word: it is a length */
    ZK_FOURLW_MORE,    /* its argument is not complete */
    ZK_FOURLW_ANSWERED /* the reply, which may be a refusal, was appended */
} zk_fourlw_result_t;

/* Words that look at SOURCE, which stays the caller's and is read at each call.  In POOL. */
zk_fourlw_t *zk_fourlw_create(const zk_admin_facts_t *source, apr_pool_t *pool);

/* Append the reply to WORD (its four bytes as a big-endian number) from connection CLIENT to OUT.
 */
zk_fourlw_result_t zk_fourlw_reply(zk_fourlw_t *fourlw, uint64_t client, uint32_t word,
                                   zk_str_t argument, zk_buffer_t *out);

/* The body of zk_net_handlers_t.word: reply, send it and close the connection.  Returns false when
 * WORD is no word, or not yet. */
bool zk_fourlw_answer(zk_fourlw_t *fourlw, uint64_t client, uint32_t word, zk_str_t argument);

/* Whether WORD (its text) may run. */
bool zk_fourlw_is_allowed(const zk_fourlw_t *fourlw, const char *word);

#endif
