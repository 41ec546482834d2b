/* handle.h -- what a client is, for the files that make it; nobody else includes it.
 *
 *   handle.c        made, set up, freed
 *   step.c          one step: sockets and timers
 *   link.c          which server is next, the way to it, its loss
 *   session.c       the session: asked for, granted, ended
 *   incoming.c      what the server sends, cut into frames and handed out
 *   calls.c         requests on their way
 *   credentials.c   who the client says it is
 *   events.c        what the caller is told without having asked
 *   probe.c         while a read-only server has us: is there one that writes?
 *
 * A step reads and writes; a frame goes through incoming.c to the file it concerns.  What is lost
 * is told from above: zk_link_lose and zk_client_end_session decide what becomes of requests and
 * credentials, which know nothing of links and states but whether they may go out.
 *
 * Invariant: whatever may call back the caller, or lose the link, says so here; after it, the state
 * of the client has to be looked at anew. */
#ifndef ZK_CLIENT_HANDLE_H
#define ZK_CLIENT_HANDLE_H

#include <apr_network_io.h>
#include <apr_poll.h>

#include "base/buffer.h"
#include "base/random.h"
#include "client/client.h"
#include "client/hosts.h"

enum { PASSWORD_BYTES = 16, SESSION_TIMEOUT_MIN_MS = 30 };

typedef enum link_phase {
    LINK_DOWN,
    LINK_RESOLVING,
    LINK_CONNECTING,
    LINK_HANDSHAKE,
    LINK_UP
} link_phase_t;

typedef struct call call_t; /* calls.c */

typedef struct call_list {
    call_t *first;
    call_t **end;
} call_list_t;

typedef struct credential credential_t; /* credentials.c */

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

/* Begin to connect to the next server.  May lose the link. */
void zk_link_open(zk_client_t *client);

/* Begin to connect if the name of the server has been looked up.  May lose the link. */
void zk_link_finish_lookup(zk_client_t *client);

/* The socket says that connecting has ended, one way or the other.  May lose the link. */
void zk_link_finish_connect(zk_client_t *client);

/* The address in use failed with RV: the next one of the same host, or the link is lost. */
void zk_link_connect_next(zk_client_t *client, apr_status_t rv);

/* How long one address may take. */
int64_t zk_link_connect_timeout_ms(const zk_client_t *client);

/* The link failed because of WHY (for the log); another will be tried, unless the client is
 * closing.  May fail requests, and so calls back. */
void zk_link_lose(zk_client_t *client, const char *why);

/* No link any more, and nobody is told: what was read and not handled, or queued and not sent, is
 * gone. */
void zk_link_close(zk_client_t *client);

/* apr_socket_send, but without the signal that ends a program whose peer is gone. */
apr_status_t zk_link_send(apr_socket_t *socket, const void *data, apr_size_t *size);

/* ---- session.c ---- */

/* Queue the handshake: the session to go on with, or the wish for a new one. */
void zk_client_greet(zk_client_t *client);

/* The body of the reply to the handshake is in READER: the link is up, or the session has expired,
 * or the link is lost.  Calls back. */
void zk_client_take_grant(zk_client_t *client, zk_reader_t *reader);

/* The session is over: STATE is what the caller sees from now on, EVENT (ZK_CLIENT_EVENT_*) what it
 * is told, CODE how requests and credentials fail.  Calls back. */
void zk_client_end_session(zk_client_t *client, zk_client_state_t state, int32_t event,
                           int32_t code);

/* The code of a request or credential that comes after the end of the session. */
int32_t zk_client_end_code(const zk_client_t *client);

/* ---- incoming.c ---- */

/* Read what has come, once, and handle the frames that are whole by now.  There is a socket, and it
 * is connected.  Calls back, and may lose the link or end the session. */
void zk_incoming_read(zk_client_t *client);

/* ---- calls.c ---- */

void zk_calls_init(zk_client_t *client);

/* Queue for output all requests that wait; the link is up. */
void zk_calls_send(zk_client_t *client);

/* An answer: HEADER, and the body in READER.  Calls back.  False, and nothing is done, when it is
 * not the one whose turn it is. */
bool zk_calls_answer(zk_client_t *client, const zk_reply_header_t *header, zk_reader_t *reader);

/* Fail all requests with CODE, those sent first.  Calls back. */
void zk_calls_fail(zk_client_t *client, int32_t code);

/* Fail those that were not sent.  Calls back. */
void zk_calls_fail_unsent(zk_client_t *client, int32_t code);

/* Free all requests without a word to who waits. */
void zk_calls_free(zk_client_t *client);

/* ---- credentials.c ---- */

/* Queue for output all credentials, on a link that is new. */
void zk_credentials_send(zk_client_t *client);

/* The server's CODE for the credential whose turn it is.  Calls back.  False, and nothing is done,
 * when no answer is awaited. */
bool zk_credentials_judge(zk_client_t *client, int32_t code);

/* Tell whoever still waits for a credential's answer that it is CODE.  Calls back. */
void zk_credentials_tell(zk_client_t *client, int32_t code);

/* ---- events.c ---- */

/* Tell that the session is in STATE (ZK_CLIENT_EVENT_*).  Calls back. */
void zk_events_tell_session(zk_client_t *client, int32_t state);

/* The event in READER, of the change ZXID: tell it if a watch waits for it.  Calls back. */
void zk_events_take(zk_client_t *client, int64_t zxid, zk_reader_t *reader);

#endif
