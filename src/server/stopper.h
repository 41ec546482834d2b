/* stopper.h -- a wish to stop that is neither lost nor comes too late.
 *
 * Signals and service managers ask whenever they like: while the configuration is read, while data
 * is loaded, twice, or when the server has ended already.  The wish is kept until there is a server
 * to give it to, and no server is touched after it was taken away. */
#ifndef ZK_SERVER_STOPPER_H
#define ZK_SERVER_STOPPER_H

#include <stdatomic.h>

#include "server/server.h"

/* Needs nothing of a pool, because a signal may still come when the last one is gone. */
typedef struct zk_stopper {
    atomic_flag busy;
    zk_server_t *server;
    const char *reason; /* NULL: nobody asked yet */
} zk_stopper_t;

#define ZK_STOPPER_INIT                                                                            \
    {                                                                                              \
        ATOMIC_FLAG_INIT, NULL, NULL                                                               \
    }

/* From any thread and at any time: stop the server, or the one that comes.  REASON is static text
 * for the log. */
void zk_stopper_stop(zk_stopper_t *stopper, const char *reason);

/* From now on the wish goes to SERVER; one that came before goes there at once.  NULL: there is no
 * server any more, and when this returns nobody is about to stop it. */
void zk_stopper_set_server(zk_stopper_t *stopper, zk_server_t *server);

#endif
