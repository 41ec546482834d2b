/* handle.h -- what a client is, for the two files that make it: handle.c, the session, and link.c,
 * the choice of a server and the way to it. */
#ifndef ZK_CLIENT_HANDLE_H
#define ZK_CLIENT_HANDLE_H

#include <apr_network_io.h>
#include <apr_poll.h>

#include "base/buffer.h"
#include "base/random.h"
#include "client/client.h"
#include "client/hosts.h"

enum { PASSWORD_BYTES = 16 };

typedef enum link_phase {
    LINK_DOWN,
    LINK_RESOLVING,
    LINK_CONNECTING,
    LINK_HANDSHAKE,
    LINK_UP
} link_phase_t;

typedef struct call {
    struct call *next;
    int32_t xid;
    int32_t opcode;
    zk_buffer_t frame; /* empty once sent */
    zk_client_done_fn_t *done;
    void *baton;
    zk_watch_kind_t watch;
    char *watch_path; /* owned; NULL where no watch was asked for */
    int32_t watch_path_length;
} call_t;

typedef struct call_list {
    call_t *first;
    call_t **end;
} call_list_t;

typedef struct credential {
    struct credential *next;
    const char *scheme;
    zk_str_t auth;
    zk_client_done_fn_t *done; /* NULL: nobody waits, or was told */
    void *baton;
} credential_t;

/* Asking another server whether it writes: probe.h. */
typedef struct zk_probe {
    apr_pool_t *pool;
    zk_client_lookup_t *lookup; /* NULL: nothing is under way */
    apr_socket_t *socket;
    apr_int16_t polled;
    int turn;         /* the server asked, in hosts */
    int64_t due_ms;   /* when to ask, or when the question is given up */
    int64_t pause_ms; /* after the next one */
} zk_probe_t;

struct zk_client {
    apr_pool_t *pool;
    zk_hosts_t *hosts;
    zk_client_options_t options;
    zk_random_t random;
    zk_client_state_t state;
    bool is_closing;
    int32_t frame_bytes_max;
    const char *session_word; /* in the log */

    /* the session */
    int64_t session_id;
    char password[PASSWORD_BYTES];
    int64_t last_zxid;
    bool seen_read_write; /* else the session is known to read-only servers only */
    int32_t timeout_ms;   /* negotiated, or asked for */
    int32_t next_xid;
    credential_t *credentials;
    credential_t *judged_next; /* whose answer comes next on this link */
    zk_watches_t watches;
    call_list_t waiting;
    call_list_t pending;

    /* the link */
    link_phase_t phase;
    zk_host_t *host; /* in hosts; NULL before the first, and when it was taken off the list */
    zk_client_lookup_t *lookup; /* that found the address; NULL before there is one */
    apr_sockaddr_t *address;    /* the one of host in use */
    apr_pool_t *hosts_pool;     /* of hosts; NULL while they are those of the connect string */
    apr_pool_t *link_pool;
    apr_socket_t *socket;
    apr_pollset_t *pollset;
    apr_int16_t polled; /* events the socket is registered for; 0: none */
    bool is_paused;     /* answers are not read */
    zk_buffer_t in;
    zk_buffer_t out;
    int auth_waiting;
    int tried;         /* servers tried since there last was a session */
    int failed_rounds; /* tried, in whole rounds */
    int64_t retry_at_ms;
    int64_t heard_at_ms;
    int64_t sent_at_ms;
    zk_probe_t probe;
};

/* ---- link.c ---- */

/* Begin to connect to the next server. */
void zk_link_open(zk_client_t *client);

/* Begin to connect if the name of the server has been looked up. */
void zk_link_finish_lookup(zk_client_t *client);

/* The socket says that connecting has ended, one way or the other. */
void zk_link_finish_connect(zk_client_t *client);

/* The address in use failed with RV: the next one of the same host, or another host. */
void zk_link_connect_next(zk_client_t *client, apr_status_t rv);

/* How long one address may take. */
int64_t zk_link_connect_timeout_ms(const zk_client_t *client);

/* ---- handle.c ---- */

/* The connection is open: greet. */
void zk_link_begin_handshake(zk_client_t *client);

/* The link failed because of WHY; another will be tried. */
void zk_link_lose(zk_client_t *client, const char *why);

void zk_link_close_socket(zk_client_t *client);

/* apr_socket_send, but without the signal that ends a program whose peer is gone. */
apr_status_t zk_link_send(apr_socket_t *socket, const void *data, apr_size_t *size);

#endif
