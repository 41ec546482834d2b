/* doorway.c -- a listening port: bound when it can be, tried again when not, and accepting.
 *
 * When accept fails, because the process is out of descriptors, whoever waits at the port stays
 * there and would be reported again at once: the door rests for a moment instead of spinning.  It
 * does not come to that by callers at this door: the last descriptors are for files, because a
 * server that cannot open its next log or snapshot ends. */
#include "peer/peer_internal.h"

#include <apr_portable.h>

#include "base/log.h"
#include "base/plat.h"

/* Are the descriptors behind SOCKET needed for files?  A system hands out the lowest that is free,
 * so its number tells how many are in use; where numbers mean nothing the bound is out of reach. */
static bool is_crowded(apr_socket_t *socket)
{
    int64_t max = plat_open_files_max();
    int64_t reserved = max / 4 < ZK_PEER_FILES_RESERVED ? max / 4 : ZK_PEER_FILES_RESERVED;
    apr_os_sock_t os_socket;

    return max > 0 && apr_os_sock_get(&os_socket, socket) == APR_SUCCESS &&
           (int64_t)os_socket >= max - reserved;
}

static void turn_away(zk_doorway_t *door, apr_socket_t *socket, apr_pool_t *pool)
{
    if (!door->warned)
        zk_warn("Error accepting new connection (%s port): the last open files are kept for logs "
                "and snapshots",
                door->kind);
    door->warned = true;
    (void)apr_socket_close(socket);
    apr_pool_destroy(pool);
}

static void rest(zk_doorway_t *door, apr_status_t rv)
{
    char reason[128];

    if (!door->warned)
        zk_warn("Error accepting new connection (%s port): %s", door->kind,
                zk_status_text(rv, reason, sizeof(reason)));
    door->warned = true;
    door->resting = true;
    door->next_try_ms = door->peers->now_ms + ZK_PEER_ACCEPT_PAUSE_MS;
    zk_net_guest_want(door->guest, 0);
}

static void ready(void *baton, unsigned what)
{
    zk_doorway_t *door = baton;
    int i;

    (void)what;
    for (i = 0; i < ZK_PEER_ACCEPTS_PER_PASS && door->socket != NULL; i++) {
        apr_pool_t *pool = zk_peers_subpool(door->peers);
        apr_socket_t *socket = NULL;
        apr_status_t rv = apr_socket_accept(&socket, door->socket, pool);

        if (rv != APR_SUCCESS) {
            apr_pool_destroy(pool);
            if (!APR_STATUS_IS_EAGAIN(rv) && !APR_STATUS_IS_EINTR(rv) &&
                !APR_STATUS_IS_ECONNABORTED(rv))
                rest(door, rv);
            return;
        }
        if (is_crowded(socket)) {
            turn_away(door, socket, pool);
            continue;
        }
        door->warned = false;
        door->enter(door->peers, socket, pool);
    }
}

static void log_failure(zk_doorway_t *door, apr_status_t rv)
{
    char shown[ZK_PEER_SHOWN_BYTES];
    char reason[128];

    zk_endpoint_show(shown, door->host != NULL ? door->host : "0.0.0.0", NULL, door->port);
    if (!door->warned)
        zk_error("Exception while listening to address %s (%s port): %s; trying again every second",
                 shown, door->kind, zk_status_text(rv, reason, sizeof(reason)));
    door->warned = true;
}

bool zk_doorway_open(zk_doorway_t *door, int64_t now_ms)
{
    char shown[ZK_PEER_SHOWN_BYTES];
    apr_status_t rv;

    if (door->resting && now_ms >= door->next_try_ms) {
        door->resting = false;
        zk_net_guest_want(door->guest, ZK_NET_GUEST_READ);
    }
    if (door->socket != NULL)
        return !door->resting;
    if (door->tries_left == 0 || now_ms < door->next_try_ms)
        return false;
    door->pool = zk_peers_subpool(door->peers);
    rv = zk_endpoint_listen(&door->socket, door->host, door->port, door->pool);
    if (rv == APR_SUCCESS)
        rv = zk_net_guest_add(&door->guest, door->peers->net, door->socket, ZK_NET_GUEST_READ,
                              ready, door, NULL);
    if (rv == APR_SUCCESS) {
        zk_endpoint_show(shown, door->host != NULL ? door->host : "0.0.0.0", NULL, door->port);
        zk_info("%" PRId64 " is accepting connections now, my %s bind port: %s",
                door->peers->options.self, door->kind, shown);
        door->warned = false;
        return true;
    }
    log_failure(door, rv);
    door->guest = NULL;
    zk_doorway_close(door);
    door->next_try_ms = now_ms + ZK_PEER_BIND_PAUSE_MS;
    if (door->tries_left > 0)
        door->tries_left--;
    return false;
}

void zk_doorway_close(zk_doorway_t *door)
{
    if (door->guest != NULL)
        zk_net_guest_remove(door->guest);
    door->guest = NULL;
    if (door->socket != NULL)
        (void)apr_socket_close(door->socket);
    door->socket = NULL;
    door->resting = false;
    if (door->pool != NULL)
        apr_pool_destroy(door->pool);
    door->pool = NULL;
}

bool zk_doorway_gave_up(const zk_doorway_t *door)
{
    return door->socket == NULL && door->tries_left == 0;
}
