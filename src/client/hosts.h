/* hosts.h -- the connect string: which servers, and below which path the client lives.
 *
 *   host[:port][,host[:port]]...[/chroot]
 *
 * Facts: upstream ConnectStringParser.java, StaticHostProvider.java; the CLI's texts for bad
 * strings. */
#ifndef ZK_CLIENT_HOSTS_H
#define ZK_CLIENT_HOSTS_H

#include <stdint.h>
#include <apr_pools.h>

#include "base/random.h"
#include "base/status.h"
#include "client/lookup.h"

#define ZK_CLIENT_PORT_DEFAULT 2181

typedef struct zk_host {
    const char *name; /* as written; an IPv6 literal without its brackets */
    uint16_t port;
    zk_client_lookup_t *lookup; /* under way, or done and not yet used; else NULL */
} zk_host_t;

typedef struct zk_hosts {
    zk_host_t *items;
    int count;          /* at least 1 */
    int next;           /* whose turn it is */
    const char *chroot; /* begins with '/' and does not end with one; "" where there is none */
} zk_hosts_t;

/* Parse TEXT into *HOSTS, which lives in POOL.  ZK_E_USAGE and a sentence for the user in NOTE when
 * it is not a connect string; names are not resolved here. */
apr_status_t zk_hosts_parse(zk_hosts_t **hosts, const char *text, apr_pool_t *pool,
                            zk_note_t *note);

/* Put the servers into random order, once, so that clients spread. */
void zk_hosts_shuffle(zk_hosts_t *hosts, zk_random_t *random);

/* The server whose turn it is; the turn goes to the one after it. */
zk_host_t *zk_hosts_take(zk_hosts_t *hosts);

/* Drop all lookups, before HOSTS goes. */
void zk_hosts_drop_lookups(zk_hosts_t *hosts);

#endif
