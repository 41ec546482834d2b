/* upward.c -- a leader's side of what its learners send.
 *
 * Each REQUEST but a sync yields exactly one txn, an error where it cannot be done: the learner
 * matches txns with what it forwarded, and one that never comes would block all behind it.  One
 * that does not decode becomes an error as well, with a zxid of its own.
 *
 * A session belongs to the server that it is connected to.  It moves with REVALIDATE; what still
 * comes through the server before that is answered "session moved", so that a late request of an
 * old connection never mixes with those of the new one.  createSession and closeSession are exempt.
 *
 * What a learner has under way here is counted by its link, because a learner cannot be read more
 * slowly: its acks come the same way, and without them nothing is ever committed.  One that sends
 * on although commits stall loses its link.  Questions for sessions cost nothing that stays.
 *
 * Facts: upstream Leader, LearnerHandler, LeaderSessionTracker, PrepRequestProcessor.java; quorum
 * notes, sections 9.3 and 10. */
#include "base/mutation.h"
#include "pipeline/mind.h"

#include <inttypes.h>

#include "wire/codec.h"

enum { REQUEST_HEAD_BYTES = 16, TOUCH_BYTES = 12 };

zk_code_t zk_upward_check_session(zk_replica_t *replica, int64_t id, zk_session_t *session,
                                  int64_t owner)
{
    if (session == NULL) {
        /* it may be local to the learner, never to us */
        bool is_ours = (uint64_t)id >> 56 == ((uint64_t)replica->options.server_id & 0xff);

        return replica->options.local_sessions_enabled && !is_ours ? ZK_CODE_OK
                                                                   : ZK_CODE_SESSION_EXPIRED;
    }
    if (session->closing)
        return ZK_CODE_SESSION_EXPIRED;
    if (session->local)
        return ZK_CODE_OK;
    if (session->owner == 0)
        session->owner = owner;
    return session->owner == owner || ZK_MUTATION(moved_session_writes) ? ZK_CODE_OK
                                                                        : ZK_CODE_SESSION_MOVED;
}

static void take_create_session(zk_replica_t *replica, int64_t sid, int64_t id, int32_t cxid,
                                zk_reader_t *reader)
{
    int32_t timeout_ms = zk_read_int(reader);
    zk_session_t *session;

    if (reader->failed || id == 0 || timeout_ms < 0) {
        zk_asker_t asker = {id, NULL, NULL};

        zk_prepare_forwarded(replica, &asker, ZK_CODE_MARSHALLING_ERROR, cxid, ZK_OP_CREATE_SESSION,
                             reader);
        return;
    }
    session = zk_session_propose(replica->sessions, id, timeout_ms);
    session->owner = sid;
    zk_session_alive(replica, session);
    zk_prepare_create_session(replica, NULL, session);
}

/* ---- what a learner has under way ---- */

static zk_learner_load_t *find_load(zk_replica_t *replica, uint64_t link)
{
    size_t i;

    for (i = 0; i < replica->loads_count; i++)
        if (replica->loads[i].link == link)
            return &replica->loads[i];
    return NULL;
}

static zk_learner_load_t *load_of(zk_replica_t *replica, uint64_t link)
{
    zk_learner_load_t *load = find_load(replica, link);

    if (load != NULL)
        return load;
    if (replica->loads_count == replica->loads_capacity) {
        replica->loads_capacity = replica->loads_capacity == 0 ? 8 : replica->loads_capacity * 2;
        replica->loads =
            zk_realloc(replica->loads, replica->loads_capacity * sizeof(*replica->loads));
    }
    load = &replica->loads[replica->loads_count++];
    *load = (zk_learner_load_t){.link = link};
    return load;
}

static void forget_load(zk_replica_t *replica, uint64_t link)
{
    zk_learner_load_t *load = find_load(replica, link);

    if (load != NULL)
        *load = replica->loads[--replica->loads_count];
}

void zk_upward_landed(zk_replica_t *replica, uint64_t link, int64_t bytes)
{
    zk_learner_load_t *load = link != 0 ? find_load(replica, link) : NULL;

    if (load == NULL)
        return;
    load->requests--;
    load->bytes -= bytes;
}

/* A request of BYTES comes on LINK: may it?  False: the link ends. */
static bool admit(zk_replica_t *replica, int64_t sid, uint64_t link, size_t bytes)
{
    zk_learner_load_t *load = load_of(replica, link);

    if (load->is_closed)
        return false;
    if (load->requests < replica->options.learner_requests_max &&
        load->bytes + (int64_t)bytes <= ZK_LEARNER_BYTES_MAX) {
        load->requests++;
        load->bytes += (int64_t)bytes;
        return true;
    }
    zk_warn("Server %" PRId64 " has %" PRId64 " requests of %" PRId64
            " bytes under way and sends more: its connection ends",
            sid, load->requests, load->bytes);
    load->is_closed = true;
    zk_emit(replica, ZK_ACTION_PEER_CLOSE, 0)->link = link;
    return false;
}

/* ---- requests ---- */

/* What is not a sync: READER is at its body. */
static void prepare(zk_replica_t *replica, int64_t sid, const zk_quorum_packet_t *packet,
                    int64_t session_id, int32_t cxid, int32_t type, zk_reader_t *reader)
{
    zk_session_t *session = zk_session_find(replica->sessions, session_id);
    zk_asker_t asker = {session_id, session, NULL};
    zk_identities_t *identities;
    bool has_all;

    if (type == ZK_OP_CREATE_SESSION) {
        take_create_session(replica, sid, session_id, cxid, reader);
        return;
    }
    if (type == ZK_OP_CLOSE_SESSION) {
        zk_prepare_close_forwarded(replica, session_id, cxid);
        return;
    }
    identities = zk_identities_of(packet->authinfo.items, packet->authinfo.count, &has_all);
    if (!has_all)
        zk_warn("Server %" PRId64 " names %d identities of session 0x%" PRIx64
                ", more than one can have: some do not count",
                sid, packet->authinfo.count, (uint64_t)asker.session_id);
    asker.identities = identities;
    zk_prepare_forwarded(replica, &asker,
                         zk_upward_check_session(replica, session_id, session, sid), cxid, type,
                         reader);
    zk_identities_release(identities);
}

static void take_request(zk_replica_t *replica, int64_t sid, uint64_t link,
                         const zk_quorum_packet_t *packet)
{
    size_t size = zk_str_size(packet->data);
    zk_reader_t reader = zk_reader(packet->data.data, size);
    int64_t session_id;
    int32_t cxid;
    int32_t type;

    if (size < REQUEST_HEAD_BYTES) {
        zk_warn("Request of server %" PRId64 " has %zu bytes", sid, size);
        return;
    }
    session_id = zk_read_long(&reader);
    cxid = zk_read_int(&reader);
    type = zk_read_int(&reader);
    if (type != ZK_OP_SYNC && !zk_prepare_may(replica))
        return; /* the epoch is full: the role ends, and the link with it */
    if (!admit(replica, sid, link, type == ZK_OP_SYNC ? 0 : size))
        return;
    if (type == ZK_OP_SYNC) {
        zk_syncs_ask_for(replica, link);
        return;
    }
    replica->sender_link = link;
    replica->sender_bytes = (int64_t)size;
    prepare(replica, sid, packet, session_id, cxid, type, &reader);
    replica->sender_link = 0;
    replica->sender_bytes = 0;
}

static void take_revalidation(zk_replica_t *replica, int64_t sid, uint64_t link,
                              const zk_quorum_packet_t *packet)
{
    zk_reader_t reader = zk_reader(packet->data.data, zk_str_size(packet->data));
    int64_t id = zk_read_long(&reader);
    int32_t timeout_ms = zk_read_int(&reader);
    zk_session_t *session = zk_session_find(replica->sessions, id);
    bool valid = session != NULL && !session->closing && !session->local;
    zk_client_t *client;
    char answer[9];

    if (reader.failed) {
        zk_warn("Server %" PRId64 " asks for a session in %zu bytes", sid,
                zk_str_size(packet->data));
        return;
    }
    if (valid) {
        client = session->attached ? zk_client_find(replica, session->client) : NULL;
        if (client != NULL)
            zk_client_finish(replica, client); /* it is connected there now */
        session->owner = sid;
        session->touch_ms = timeout_ms > 0 ? timeout_ms : session->timeout_ms;
        zk_session_alive(replica, session);
    }
    zk_put_u64((uint8_t *)answer, (uint64_t)id);
    answer[8] = valid ? 1 : 0;
    zk_links_send(replica, link, ZK_PACKET_REVALIDATE, -1, zk_str_n(answer, sizeof(answer)), NULL);
}

static void take_ping(zk_replica_t *replica, zk_str_t data)
{
    zk_reader_t reader = zk_reader(data.data, zk_str_size(data));

    while (zk_reader_left(&reader) >= TOUCH_BYTES) {
        zk_session_t *session = zk_session_find(replica->sessions, zk_read_long(&reader));
        int32_t timeout_ms = zk_read_int(&reader);

        if (session == NULL || session->closing || session->local)
            continue;
        if (timeout_ms > 0)
            session->touch_ms = timeout_ms;
        if (!ZK_MUTATION(pings_touch_nothing))
            zk_session_alive(replica, session);
    }
}

void zk_upward_packet(zk_replica_t *replica, int64_t sid, uint64_t link,
                      const zk_quorum_packet_t *packet)
{
    if (replica->role != ZK_ROLE_LEADER)
        return;
    if (packet->type == ZK_PACKET_REQUEST)
        take_request(replica, sid, link, packet);
    else if (packet->type == ZK_PACKET_REVALIDATE)
        take_revalidation(replica, sid, link, packet);
    else if (packet->type == ZK_PACKET_PING)
        take_ping(replica, packet->data);
}

void zk_upward_gone(zk_replica_t *replica, uint64_t link)
{
    zk_syncs_forget(replica, link);
    forget_load(replica, link);
}
