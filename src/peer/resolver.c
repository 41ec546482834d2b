/* resolver.c -- names to numbers, off the brain's thread, because asking blocks.
 *
 * A thread per question: there are never more questions than servers, and one name server that does
 * not answer must not hold up the others.  Threads are detached.  What they share with us is
 * counted, so a thread that gets its answer after we are gone frees what is left; a mutex decides
 * between its wake-up and the end of the net. */
#include "peer/peer_internal.h"

#include <stdatomic.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "base/log.h"
#include "base/plat.h"

struct zk_resolver {
    atomic_int references; /* ours and one per thread */
    apr_pool_t *pool;
    apr_thread_mutex_t *mutex;
    zk_net_t *net; /* NULL: gone; under the mutex */
};

struct zk_lookup {
    atomic_int references; /* the asker's and the thread's */
    atomic_bool done;
    zk_resolver_t *resolver;
    zk_endpoint_t targets[ZK_PEER_ADDRESSES_MAX];
    int targets_count;
    zk_found_address_t found[ZK_PEER_ADDRESSES_MAX];
    int found_count;
};

zk_resolver_t *zk_resolver_create(zk_net_t *net)
{
    zk_resolver_t *resolver = zk_calloc(1, sizeof(*resolver));

    apr_pool_create_ex(&resolver->pool, NULL, zk_pool_abort, NULL);
    if (apr_thread_mutex_create(&resolver->mutex, APR_THREAD_MUTEX_DEFAULT, resolver->pool) !=
        APR_SUCCESS)
        zk_pool_abort(APR_ENOMEM);
    resolver->net = net;
    atomic_init(&resolver->references, 1);
    return resolver;
}

static void release_resolver(zk_resolver_t *resolver)
{
    if (atomic_fetch_sub(&resolver->references, 1) != 1)
        return;
    apr_pool_destroy(resolver->pool);
    zk_free(resolver);
}

void zk_resolver_destroy(zk_resolver_t *resolver)
{
    apr_thread_mutex_lock(resolver->mutex);
    resolver->net = NULL;
    apr_thread_mutex_unlock(resolver->mutex);
    release_resolver(resolver);
}

static void release_lookup(zk_lookup_t *lookup)
{
    if (atomic_fetch_sub(&lookup->references, 1) == 1)
        zk_free(lookup);
}

static void add_family(zk_lookup_t *lookup, int target, const apr_sockaddr_t *first, bool v4)
{
    const apr_sockaddr_t *address;

    for (address = first; address != NULL && lookup->found_count < ZK_PEER_ADDRESSES_MAX;
         address = address->next) {
        zk_found_address_t *found = &lookup->found[lookup->found_count];

        if ((address->family == APR_INET) != v4)
            continue;
        if (apr_sockaddr_ip_getbuf(found->ip, sizeof(found->ip), (apr_sockaddr_t *)address) !=
            APR_SUCCESS)
            continue;
        found->target = target;
        lookup->found_count++;
    }
}

static void look_up(zk_lookup_t *lookup)
{
    apr_pool_t *pool;
    int i;

    apr_pool_create_ex(&pool, NULL, zk_pool_abort, NULL);
    for (i = 0; i < lookup->targets_count; i++) {
        apr_sockaddr_t *first = NULL;

        if (apr_sockaddr_info_get(&first, lookup->targets[i].host, APR_UNSPEC,
                                  lookup->targets[i].port, 0, pool) != APR_SUCCESS)
            continue;
        add_family(lookup, i, first, true);
        add_family(lookup, i, first, false);
    }
    apr_pool_destroy(pool);
    atomic_store(&lookup->done, true);
}

static void run(void *baton)
{
    zk_lookup_t *lookup = baton;
    zk_resolver_t *resolver = lookup->resolver;

    plat_thread_set_name("zk-resolver");
    look_up(lookup);
    release_lookup(lookup);
    apr_thread_mutex_lock(resolver->mutex);
    if (resolver->net != NULL)
        zk_net_wake(resolver->net);
    apr_thread_mutex_unlock(resolver->mutex);
    release_resolver(resolver);
}

zk_lookup_t *zk_lookup_start(zk_resolver_t *resolver, const zk_endpoint_t *targets, int count)
{
    zk_lookup_t *lookup = zk_calloc(1, sizeof(*lookup));
    plat_thread_t thread;
    bool numeric = true;
    int i;

    lookup->targets_count = count < ZK_PEER_ADDRESSES_MAX ? count : ZK_PEER_ADDRESSES_MAX;
    for (i = 0; i < lookup->targets_count; i++) {
        lookup->targets[i] = targets[i];
        numeric = numeric && zk_endpoint_is_numeric(targets[i].host);
    }
    lookup->resolver = resolver;
    atomic_init(&lookup->references, 1);
    atomic_init(&lookup->done, false);
    if (numeric) {
        look_up(lookup);
        return lookup;
    }
    atomic_fetch_add(&lookup->references, 1);
    atomic_fetch_add(&resolver->references, 1);
    if (plat_thread_start(&thread, run, lookup) == APR_SUCCESS) {
        plat_thread_detach(thread);
        return lookup;
    }
    zk_warn("no thread could be started to look up '%s'", lookup->targets[0].host);
    release_resolver(resolver);
    release_lookup(lookup);
    atomic_store(&lookup->done, true);
    return lookup;
}

bool zk_lookup_is_done(const zk_lookup_t *lookup)
{
    return atomic_load(&lookup->done);
}

int zk_lookup_found(const zk_lookup_t *lookup, const zk_found_address_t **found)
{
    ZK_ASSERT(zk_lookup_is_done(lookup));
    *found = lookup->found;
    return lookup->found_count;
}

void zk_lookup_drop(zk_lookup_t *lookup)
{
    release_lookup(lookup);
}
