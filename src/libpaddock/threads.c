/* threads.c -- the two threads of a threaded handle, from start to end.
 *
 * The I/O thread turns the session until the handle is closing, then closes the client, which
 * completes everything outstanding, and ends.  The deliverer calls what the program wants to hear
 * of until the I/O thread has ended and nothing is left.
 *
 * Whoever closes the handle joins both.  If that is the deliverer itself, inside a callback, it
 * delivers the rest on the spot, is detached, and frees the handle when the callback has returned.
 */
#include "libpaddock/session.h"

enum { TURN_MS = 1000 };

static void run_io(void *baton)
{
    zhandle_t *zh = baton;
    bool is_closing = false;

    plat_thread_set_name("zk-io");
    while (!is_closing) {
        zk_session_turn(zh, TURN_MS);
        zk_session_lock(zh);
        is_closing = zh->is_closing;
        zk_session_unlock(zh);
    }
    zk_session_end(zh);
    zk_session_lock(zh);
    zh->is_io_done = true;
    apr_thread_cond_broadcast(zh->deliveries);
    apr_thread_cond_broadcast(zh->calls);
    zk_session_unlock(zh);
}

/* Wait for something to deliver; false when there will never be anything again. */
static bool wait_for_delivery(zhandle_t *zh)
{
    bool found;

    zk_session_lock(zh);
    while (zh->outbox.first == NULL && !zh->is_io_done)
        apr_thread_cond_wait(zh->deliveries, zh->lock);
    found = zh->outbox.first != NULL;
    zk_session_unlock(zh);
    return found;
}

static void run_deliverer(void *baton)
{
    zhandle_t *zh = baton;

    plat_thread_set_name("zk-callbacks");
    while (!zh->is_orphan && wait_for_delivery(zh))
        zk_session_deliver_all(zh);
    if (zh->is_orphan)
        zk_session_free(zh);
}

apr_status_t zk_threads_start(zhandle_t *zh)
{
    apr_status_t rv = plat_thread_start(&zh->io_thread, run_io, zh);

    if (rv != APR_SUCCESS)
        return rv;
    rv = plat_thread_start(&zh->deliverer, run_deliverer, zh);
    if (rv != APR_SUCCESS) {
        zk_session_lock(zh);
        zh->is_closing = true;
        zk_client_wake(zh->client);
        zk_session_unlock(zh);
        plat_thread_join(zh->io_thread);
    }
    return rv;
}

/* Wait until no other thread is inside a call of the handle. */
static void wait_for_callers(zhandle_t *zh)
{
    zk_session_lock(zh);
    while (zh->callers > 0)
        apr_thread_cond_wait(zh->calls, zh->lock);
    zk_session_unlock(zh);
}

void zk_threads_close(zhandle_t *zh)
{
    bool is_own = plat_thread_is_current(zh->deliverer);

    plat_thread_join(zh->io_thread);
    if (!is_own)
        plat_thread_join(zh->deliverer);
    else
        zk_session_deliver_all(zh);
    wait_for_callers(zh);
    if (is_own) {
        plat_thread_detach(zh->deliverer);
        zh->is_orphan = true;
    } else {
        zk_session_free(zh);
    }
}
