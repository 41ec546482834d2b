/* client.h -- a session with an ensemble: connect, keep alive, reconnect, requests and events.
 *
 * A zk_client_t belongs to one thread, which gives it time through zk_client_step: everything
 * happens inside that call, including the callbacks, but for what is decided at once: closing the
 * handle, setting other servers, forgetting watches, and a request of a session that has ended,
 * which call back before they return.  Requests are queued with zk_client_submit and
 * answered through their callback; client/requests.h puts blocking calls on top, and a library with
 * a thread of its own can be built on the same two. Only zk_client_wake may be called from other
 * threads.
 *
 * Facts: upstream ClientCnxn.java, ClientCnxnSocketNIO.java; client-visible rules in the protocol
 * notes. */
#ifndef ZK_CLIENT_CLIENT_H
#define ZK_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_network_io.h>
#include <apr_pools.h>
#include <apr_portable.h>

#include "base/bytes.h"
#include "base/status.h"
#include "client/hosts.h"
#include "client/watches.h"
#include "wire/records.h"

typedef struct zk_client zk_client_t;

typedef enum zk_client_state {
    ZK_CLIENT_CONNECTING,
    ZK_CLIENT_CONNECTED,
    ZK_CLIENT_CONNECTED_READ_ONLY,
    ZK_CLIENT_CLOSED, /* by us, or the session has expired */
    ZK_CLIENT_AUTH_FAILED
} zk_client_state_t;

/* States that events carry (Watcher.Event.KeeperState). */
enum {
    ZK_CLIENT_EVENT_DISCONNECTED = 0,
    ZK_CLIENT_EVENT_CONNECTED = 3,
    ZK_CLIENT_EVENT_AUTH_FAILED = 4,
    ZK_CLIENT_EVENT_CONNECTED_READ_ONLY = 5,
    ZK_CLIENT_EVENT_CLOSED = 7,
    ZK_CLIENT_EVENT_EXPIRED = -112
};

/* Types of events that no server sends: a watch was removed at the client's own wish. */
enum {
    ZK_CLIENT_EVENT_DATA_WATCH_REMOVED = 5,
    ZK_CLIENT_EVENT_CHILD_WATCH_REMOVED = 6,
    ZK_CLIENT_EVENT_PERSISTENT_WATCH_REMOVED = 7
};

typedef struct zk_client_event {
    int32_t type;  /* ZK_EVENT_TYPE_*; NONE for the session itself */
    int32_t state; /* ZK_CLIENT_EVENT_* */
    zk_str_t path; /* relative to the chroot; null for the session */
    int64_t zxid;  /* of the change, -1 where unknown */
} zk_client_event_t;

/* Told of session events and of events that a watch waits for, in the order of the wire.  May
 * submit requests; must not step, close or destroy the client. */
typedef void zk_client_event_fn_t(void *baton, const zk_client_event_t *event);

/* Told of a request's end.  CODE is the server's, or ZK_CODE_CONNECTION_LOSS, SESSION_EXPIRED or
 * AUTH_FAILED where it will never answer; BODY, good during the call, is what follows the reply
 * header (empty unless CODE is OK). */
typedef void zk_client_done_fn_t(void *baton, int32_t code, zk_str_t body);

typedef struct zk_client_options {
    int32_t timeout_ms; /* session timeout asked for */
    bool read_only;     /* a read-only server will do */
    uint64_t seed;      /* for the order of servers and delays */
    zk_client_event_fn_t *event;
    void *event_baton;
    bool blocks_in_lookup; /* no thread looks up names: for those who want none, or whose event loop
                              cannot be woken */
} zk_client_options_t;

typedef struct zk_client_request {
    int32_t opcode;
    const zk_record_desc_t *desc; /* NULL: RAW is the body */
    const void *record;           /* paths as the server knows them; needed during the call only */
    zk_str_t raw;                 /* an encoded body, as multi needs it; may be null */
    zk_watch_kind_t watch;        /* remembered when answered OK (DATA becomes EXIST at NoNode for
                                     exists) */
    zk_str_t watch_path;
} zk_client_request_t;

/* A client for the servers of CONNECT, in POOL; nothing is sent before the first step.  ZK_E_USAGE
 * and a sentence in NOTE for a bad connect string. */
apr_status_t zk_client_create(zk_client_t **client, const char *connect,
                              const zk_client_options_t *options, apr_pool_t *pool,
                              zk_note_t *note);

/* Continue the session ID, which a read-write server granted with the 16 bytes of PASSWORD; before
 * the first step. */
void zk_client_resume(zk_client_t *client, int64_t session_id, const char *password);

/* Use the servers of CONNECT from now on, in random order where SHUFFLE, else in that of the text;
 * its chroot is ignored.  The connection stays if its server is still listed and, where the list
 * has grown, chance keeps this client there, so that clients spread over the new servers too. */
apr_status_t zk_client_set_servers(zk_client_t *client, const char *connect, bool shuffle,
                                   zk_note_t *note);

/* Pass over the server whose turn it is. */
void zk_client_next_server(zk_client_t *client);

/* Do what is due and wait up to TIMEOUT_MS for more.  Blocks longer only in resolving a name, and
 * that only where blocks_in_lookup says so. */
void zk_client_step(zk_client_t *client, int64_t timeout_ms);

/* Make a step that waits return; from any thread. */
void zk_client_wake(zk_client_t *client);

/* Stop reading what the server sends, or go on: for a caller who cannot take more.  Meanwhile pings
 * go out, and no silence of the server's counts. */
void zk_client_pause(zk_client_t *client, bool pauses);

/* Queue REQUEST; DONE(BATON, ...) is called from a later step, also when the connection or session
 * is lost. */
void zk_client_submit(zk_client_t *client, const zk_client_request_t *request,
                      zk_client_done_fn_t *done, void *baton);

/* Accept answers of BYTES instead of 64 MiB, where that is more. */
void zk_client_allow_frames(zk_client_t *client, int32_t bytes);

/* WORD (static) stands for "session id" in the log line about an established session, which scripts
 * read; releases before 3.6 wrote "sessionid". */
void zk_client_spell_session(zk_client_t *client, const char *word);

/* Whether a watch of KIND is set on PATH, as the server knows it. */
bool zk_client_has_watch(const zk_client_t *client, zk_watch_kind_t kind, zk_str_t path);

/* Forget the watches of TYPE (ZK_WATCHER_*) on PATH, as the server knows it, and tell an event for
 * each kind that was there.  False when there was none. */
bool zk_client_forget_watches(zk_client_t *client, zk_str_t path, int32_t type);

/* Remember a credential and send it now and on every new connection.  AUTH may be null. */
void zk_client_add_auth(zk_client_t *client, const char *scheme, zk_str_t auth);

/* The same, and DONE(BATON, ...) is told once: what the server says of the credential, now or after
 * a reconnect, or how the session ended. */
void zk_client_submit_auth(zk_client_t *client, const char *scheme, zk_str_t auth,
                           zk_client_done_fn_t *done, void *baton);

/* Credentials sent and not yet answered. */
int zk_client_auth_waiting(const zk_client_t *client);

zk_client_state_t zk_client_state(const zk_client_t *client);

/* True until closed, expired or refused. */
bool zk_client_is_alive(const zk_client_t *client);

/* Whole rounds over all servers that ended without a session since there last was one. */
int zk_client_failed_rounds(const zk_client_t *client);

/* "" where there is none. */
const char *zk_client_chroot(const zk_client_t *client);

int64_t zk_client_session_id(const zk_client_t *client);

/* 16 bytes that prove the session to be ours; zeros before there is one. */
const char *zk_client_password(const zk_client_t *client);

/* Negotiated, or asked for before there is a session. */
int32_t zk_client_timeout_ms(const zk_client_t *client);

/* The server connected to or tried last, NULL where there is none; good until the list changes. */
const zk_host_t *zk_client_server(const zk_client_t *client);

/* The address of the server that holds the session now, or NULL; good until the next step. */
apr_sockaddr_t *zk_client_address(const zk_client_t *client);

/* For a caller with an event loop of its own: the socket, whether to wait for it to be readable and
 * writable, and after how many milliseconds to step even if it is neither.  False when there is no
 * socket now. */
bool zk_client_interest(zk_client_t *client, apr_os_sock_t *os_socket, bool *reads, bool *writes,
                        int64_t *wait_ms);

/* End the session: the server deletes its ephemerals before it answers, which is waited for a few
 * seconds at most.  An event with state CLOSED is the last one. */
void zk_client_close(zk_client_t *client);

/* Free everything without a word to the server; the session lives on until it times out. */
void zk_client_destroy(zk_client_t *client);

#endif
