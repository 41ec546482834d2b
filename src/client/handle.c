/* handle.c -- the life of a handle: made, set up, and freed.
 *
 * What a client does in between is in the other files; handle.h says which.  Memory has two owners:
 * what lives as long as the client, and credentials, which are few and never forgotten, come from
 * the caller's pool; requests, watches and buffers, which come and go with traffic, are freed one
 * by one.  A link has a pool of its own, cleared when it is lost.
 *
 * The pollset has room for two sockets: the link's, and that of the question to another server. */
#include "client/handle.h"

#include <apr_poll.h>

#include "base/plat.h"
#include "client/probe.h"

enum { FRAME_BYTES_MAX = 64 * 1024 * 1024 }; /* replies may be larger than jute.maxbuffer */

apr_status_t zk_client_create(zk_client_t **client, const char *connect,
                              const zk_client_options_t *options, apr_pool_t *pool, zk_note_t *note)
{
    zk_client_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_status_t rv = zk_hosts_parse(&made->hosts, connect, pool, note);

    if (rv != APR_SUCCESS)
        return rv;
    made->pool = pool;
    made->options = *options;
    zk_random_seed(&made->random, options->seed);
    zk_hosts_shuffle(made->hosts, &made->random);
    made->state = ZK_CLIENT_CONNECTING;
    made->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : SESSION_TIMEOUT_MIN_MS;
    made->frame_bytes_max = FRAME_BYTES_MAX;
    made->session_word = "session id";
    made->watches = ZK_WATCHES_INIT;
    zk_calls_init(made);
    made->in = ZK_BUFFER_INIT;
    made->out = ZK_BUFFER_INIT;
    made->retry_at_ms = plat_monotonic_ms();
    apr_pool_create(&made->link_pool, pool);
    rv = apr_pollset_create(&made->pollset, 2, pool, APR_POLLSET_WAKEABLE);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot create a pollset");
    *client = made;
    return APR_SUCCESS;
}

void zk_client_allow_frames(zk_client_t *client, int32_t bytes)
{
    if (bytes > client->frame_bytes_max)
        client->frame_bytes_max = bytes;
}

void zk_client_spell_session(zk_client_t *client, const char *word)
{
    client->session_word = word;
}

const char *zk_client_chroot(const zk_client_t *client)
{
    return client->hosts->chroot;
}

void zk_client_destroy(zk_client_t *client)
{
    zk_link_close(client);
    zk_probe_reset(client);
    zk_hosts_drop_lookups(client->hosts);
    zk_calls_free(client);
    zk_watches_free(&client->watches);
    zk_buffer_free(&client->in);
    zk_buffer_free(&client->out);
    apr_pollset_destroy(client->pollset);
    apr_pool_destroy(client->link_pool);
}
