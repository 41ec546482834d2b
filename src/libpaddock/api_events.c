/* api_events.c -- a handle driven by the program's own event loop.
 *
 * zookeeper_interest lets due things happen (connecting again, pings, deadlines) and says what to
 * wait for; zookeeper_process moves bytes and then calls watchers and completions.  What arrived
 * during the first waits for the second, and *TV is then zero. */
#include "libpaddock/session.h"

/* The header shows these to programs without THREADED only. */
ZOOAPI int zookeeper_interest(zhandle_t *zh, ZOO_SOCKET_T_ *fd, int *interest, struct timeval *tv);
ZOOAPI int zookeeper_process(zhandle_t *zh, int events);

/* How long nothing will be due, in ms. */
static int64_t time_to_wait_ms(zhandle_t *zh, int64_t wait_ms)
{
    bool has_deliveries;

    zk_session_lock(zh);
    has_deliveries = zh->outbox.first != NULL;
    zk_session_unlock(zh);
    if (has_deliveries)
        return 0;
    if (zh->deadline_next_ms != 0) {
        int64_t left = zh->deadline_next_ms - plat_monotonic_ms();

        if (left < wait_ms)
            wait_ms = left > 0 ? left : 0;
    }
    return wait_ms;
}

int zookeeper_interest(zhandle_t *zh, ZOO_SOCKET_T_ *fd, int *interest, struct timeval *tv)
{
    apr_os_sock_t os_socket;
    bool reads;
    bool writes;
    bool has_socket;
    int64_t wait_ms;

    if (zh == NULL || fd == NULL || interest == NULL || tv == NULL)
        return ZBADARGUMENTS;
    if (zh->is_threaded)
        return ZINVALIDSTATE;
    zk_session_turn(zh, 0);
    has_socket = zk_client_interest(zh->client, &os_socket, &reads, &writes, &wait_ms);
    *fd = has_socket ? (ZOO_SOCKET_T_)os_socket : (ZOO_SOCKET_T_)-1;
    *interest = has_socket ? (reads ? ZOOKEEPER_READ : 0) | (writes ? ZOOKEEPER_WRITE : 0) : 0;
    wait_ms = time_to_wait_ms(zh, wait_ms);
    tv->tv_sec = (int)(wait_ms / 1000);
    tv->tv_usec = (int)(wait_ms % 1000 * 1000);
    return is_unrecoverable(zh);
}

int zookeeper_process(zhandle_t *zh, int events)
{
    int rc;

    (void)events; /* the client looks for itself */
    if (zh == NULL)
        return ZBADARGUMENTS;
    if (zh->is_threaded)
        return ZINVALIDSTATE;
    zk_session_turn(zh, 0);
    rc = is_unrecoverable(zh);
    zk_session_deliver_all(zh);
    if (zh->is_orphan && zh->delivering == 0)
        zk_session_free(zh);
    return rc;
}
