/* stopper.c -- see stopper.h.
 *
 * Invariant: both pointers are touched by the holder of `busy` only, so taking the server away
 * waits for a stop that is being handed over.  That is short and rare; spinning will do. */
#include "server/stopper.h"

#include <apr_thread_proc.h>

static void enter(zk_stopper_t *stopper)
{
    while (atomic_flag_test_and_set_explicit(&stopper->busy, memory_order_acquire))
        apr_thread_yield();
}

static void leave(zk_stopper_t *stopper)
{
    atomic_flag_clear_explicit(&stopper->busy, memory_order_release);
}

void zk_stopper_stop(zk_stopper_t *stopper, const char *reason)
{
    ZK_ASSERT(reason != NULL);
    enter(stopper);
    if (stopper->reason == NULL) {
        stopper->reason = reason;
        if (stopper->server != NULL)
            zk_server_stop(stopper->server, reason);
    }
    leave(stopper);
}

void zk_stopper_set_server(zk_stopper_t *stopper, zk_server_t *server)
{
    enter(stopper);
    stopper->server = server;
    if (server != NULL && stopper->reason != NULL)
        zk_server_stop(server, stopper->reason);
    leave(stopper);
}
