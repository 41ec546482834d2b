/* lookup.h -- the addresses of a name, found without holding up whoever asks.
 *
 * A name server that does not answer blocks its asker for many seconds, in which a session would
 * miss its pings.  A lookup therefore has a thread of its own, unless the name is an address in
 * digits. */
#ifndef ZK_CLIENT_LOOKUP_H
#define ZK_CLIENT_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_network_io.h>
#include <apr_poll.h>

typedef struct zk_client_lookup zk_client_lookup_t;

/* Asks the system, by default; may take its time. */
typedef apr_status_t zk_client_ask_fn_t(apr_sockaddr_t **address, const char *name, uint16_t port,
                                        apr_pool_t *pool);

/* Who is asked from now on; tests put a slow one here. */
extern zk_client_ask_fn_t *zk_client_ask;

/* Begin to look up NAME for PORT.  When a thread of its own is done with it, a poll of POLLSET
 * returns.  POLLSET NULL: no thread, the call blocks. */
zk_client_lookup_t *zk_client_lookup_start(const char *name, uint16_t port, apr_pollset_t *pollset);

bool zk_client_lookup_is_done(const zk_client_lookup_t *lookup);

/* What was found by a LOOKUP that is done: a list that lives as long as LOOKUP, or the reason why
 * there is none. */
apr_status_t zk_client_lookup_result(const zk_client_lookup_t *lookup, apr_sockaddr_t **address);

/* LOOKUP, which may be NULL, is of no interest any more, nor is its pollset used from now on. */
void zk_client_lookup_drop(zk_client_lookup_t *lookup);

#endif
