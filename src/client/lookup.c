/* lookup.c -- see lookup.h.
 *
 * The asker and the thread share the lookup and count it, so that a thread whose name server keeps
 * it waiting outlives the client and frees what is left.  Its memory therefore belongs to no pool
 * but its own.  A mutex decides between its wake-up and the end of the pollset. */
#include "client/lookup.h"

#include <stdatomic.h>
#include <string.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "base/plat.h"
#include "base/status.h"

struct zk_client_lookup {
    atomic_int references; /* the asker's and the thread's */
    atomic_bool is_done;
    apr_pool_t *pool;
    const char *name;
    uint16_t port;
    zk_client_ask_fn_t *ask;
    apr_status_t status; /* these two are the thread's until it is done */
    apr_sockaddr_t *address;
    apr_thread_mutex_t *mutex;
    apr_pollset_t *pollset; /* NULL: nobody is to be woken; under the mutex */
};

static void release(zk_client_lookup_t *lookup)
{
    if (atomic_fetch_sub(&lookup->references, 1) == 1)
        apr_pool_destroy(lookup->pool);
}

static apr_status_t ask_system(apr_sockaddr_t **address, const char *name, uint16_t port,
                               apr_pool_t *pool)
{
    return apr_sockaddr_info_get(address, name, APR_UNSPEC, port, 0, pool);
}

zk_client_ask_fn_t *zk_client_ask = ask_system;

static void look_up(zk_client_lookup_t *lookup)
{
    lookup->status = lookup->ask(&lookup->address, lookup->name, lookup->port, lookup->pool);
    atomic_store(&lookup->is_done, true);
}

static void run(void *baton)
{
    zk_client_lookup_t *lookup = baton;

    plat_thread_set_name("zk-lookup");
    look_up(lookup);
    ZK_ASSERT(apr_thread_mutex_lock(lookup->mutex) == APR_SUCCESS);
    if (lookup->pollset != NULL)
        apr_pollset_wakeup(lookup->pollset);
    ZK_ASSERT(apr_thread_mutex_unlock(lookup->mutex) == APR_SUCCESS);
    release(lookup);
}

static bool is_numeric(const char *name)
{
    return strchr(name, ':') != NULL || strspn(name, "0123456789.") == strlen(name);
}

zk_client_lookup_t *zk_client_lookup_start(const char *name, uint16_t port, apr_pollset_t *pollset)
{
    zk_client_lookup_t *lookup;
    plat_thread_t thread;
    apr_pool_t *pool;

    ZK_ASSERT(apr_pool_create_unmanaged_ex(&pool, zk_pool_abort, NULL) == APR_SUCCESS);
    lookup = apr_pcalloc(pool, sizeof(*lookup));
    lookup->pool = pool;
    lookup->name = apr_pstrdup(pool, name);
    lookup->port = port;
    lookup->ask = zk_client_ask;
    lookup->pollset = pollset;
    ZK_ASSERT(apr_thread_mutex_create(&lookup->mutex, APR_THREAD_MUTEX_DEFAULT, pool) ==
              APR_SUCCESS);
    atomic_init(&lookup->references, 2);
    atomic_init(&lookup->is_done, false);
    if (pollset != NULL && !is_numeric(name) &&
        plat_thread_start(&thread, run, lookup) == APR_SUCCESS) {
        plat_thread_detach(thread);
        return lookup;
    }
    atomic_store(&lookup->references, 1);
    look_up(lookup);
    return lookup;
}

bool zk_client_lookup_is_done(const zk_client_lookup_t *lookup)
{
    return atomic_load(&lookup->is_done);
}

apr_status_t zk_client_lookup_result(const zk_client_lookup_t *lookup, apr_sockaddr_t **address)
{
    ZK_ASSERT(zk_client_lookup_is_done(lookup));
    *address = lookup->status == APR_SUCCESS ? lookup->address : NULL;
    return lookup->status;
}

void zk_client_lookup_drop(zk_client_lookup_t *lookup)
{
    if (lookup == NULL)
        return;
    ZK_ASSERT(apr_thread_mutex_lock(lookup->mutex) == APR_SUCCESS);
    lookup->pollset = NULL;
    ZK_ASSERT(apr_thread_mutex_unlock(lookup->mutex) == APR_SUCCESS);
    release(lookup);
}
