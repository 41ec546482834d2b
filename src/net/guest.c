/* guest.c -- sockets of others in the same pass: the links between servers.
 *
 * A guest is watched, nothing more; what is read and written on its socket is its owner's business.
 * Guests come and go by tens, not by thousands, so each is a small allocation of its own.
 *
 * A guest may be removed while the results of a wait are being handed out, by its own READY or by
 * another's, and a result of it may still be ahead: it is then only marked, and freed at the end of
 * the pass.
 *
 * Interest in writing includes interest in errors, because where sockets are polled with select
 * that is how a connect that failed shows. */
#include "net/net_internal.h"

#include "base/log.h"

#define ERRORS (APR_POLLERR | APR_POLLHUP | APR_POLLNVAL)

static apr_int16_t events_of(unsigned want)
{
    apr_int16_t events = 0;

    if ((want & ZK_NET_GUEST_READ) != 0)
        events |= APR_POLLIN;
    if ((want & ZK_NET_GUEST_WRITE) != 0)
        events |= APR_POLLOUT | APR_POLLERR;
    return events;
}

/* Watch for what is wanted.  Nothing wanted: not watched at all, since some systems would report a
 * hang-up again and again. */
static apr_status_t watch(zk_net_guest_t *guest)
{
    apr_int16_t events = events_of(guest->want);
    apr_status_t rv = APR_SUCCESS;

    if (guest->registered && guest->poll.reqevents == events)
        return rv;
    if (guest->registered)
        (void)apr_pollset_remove(guest->net->pollset, &guest->poll);
    guest->registered = false;
    guest->poll.reqevents = events;
    if (events != 0) {
        rv = apr_pollset_add(guest->net->pollset, &guest->poll);
        guest->registered = rv == APR_SUCCESS;
    }
    return rv;
}

apr_status_t zk_net_guest_add(zk_net_guest_t **out, zk_net_t *net, apr_socket_t *socket,
                              unsigned want, void (*ready)(void *baton, unsigned what), void *baton,
                              zk_note_t *note)
{
    zk_net_guest_t *guest = zk_calloc(1, sizeof(*guest));
    apr_status_t rv;

    ZK_ASSERT(ready != NULL);
    guest->kind = ZK_NET_KIND_GUEST;
    guest->net = net;
    guest->poll.p = net->pool;
    guest->poll.desc_type = APR_POLL_SOCKET;
    guest->poll.desc.s = socket;
    guest->poll.client_data = guest;
    guest->want = want;
    guest->ready = ready;
    guest->baton = baton;
    rv = watch(guest);
    if (rv != APR_SUCCESS) {
        zk_free(guest);
        return zk_note(note, rv, "cannot wait for a socket");
    }
    guest->next = net->guests;
    if (net->guests != NULL)
        net->guests->prev = guest;
    net->guests = guest;
    *out = guest;
    return APR_SUCCESS;
}

void zk_net_guest_want(zk_net_guest_t *guest, unsigned want)
{
    ZK_ASSERT(guest->kind == ZK_NET_KIND_GUEST && !guest->removed);
    if (guest->want == want)
        return;
    guest->want = want;
    if (watch(guest) != APR_SUCCESS)
        zk_error("a socket between servers cannot be waited for");
}

void zk_net_guest_remove(zk_net_guest_t *guest)
{
    zk_net_t *net = guest->net;

    ZK_ASSERT(guest->kind == ZK_NET_KIND_GUEST && !guest->removed);
    if (guest->registered)
        (void)apr_pollset_remove(net->pollset, &guest->poll);
    guest->registered = false;
    guest->removed = true;
    if (guest->prev != NULL)
        guest->prev->next = guest->next;
    else
        net->guests = guest->next;
    if (guest->next != NULL)
        guest->next->prev = guest->prev;
    guest->prev = NULL;
    guest->next = net->removed_guests;
    net->removed_guests = guest;
}

void zk_guest_event(zk_net_guest_t *guest, apr_int16_t events)
{
    unsigned what = 0;

    if (guest->removed || !guest->registered)
        return;
    if ((events & (APR_POLLIN | ERRORS)) != 0)
        what |= ZK_NET_GUEST_READ;
    if ((events & APR_POLLOUT) != 0)
        what |= ZK_NET_GUEST_WRITE;
    if (what != 0)
        guest->ready(guest->baton, what);
}

void zk_guest_bury(zk_net_t *net)
{
    while (net->removed_guests != NULL) {
        zk_net_guest_t *guest = net->removed_guests;

        net->removed_guests = guest->next;
        zk_free(guest);
    }
}

void zk_guest_free_all(zk_net_t *net)
{
    zk_guest_bury(net);
    while (net->guests != NULL) {
        zk_net_guest_t *guest = net->guests;

        net->guests = guest->next;
        zk_free(guest);
    }
}
