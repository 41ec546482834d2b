/* words.c -- the log lines of this room, in the sentences that operators' tools look for.
 *
 * What a client can repeat at will keeps to one line a second and kind; the sentence itself stays
 * as it is, and how many were left out follows it.  Clients appear as /ADDRESS:PORT.  A credential
 * is never written; texts of clients are cut to a bounded length.
 *
 * Facts: upstream ZooKeeperServer.java, PrepRequestProcessor.java, AuthenticationHelper.java,
 * DataTree.java, RateLogger.java; operations notes, section 5.2. */
#include "pipeline/mind.h"

#include <inttypes.h>
#include <stdio.h>

enum { CLIENT_BYTES = 96, LEFT_OUT_BYTES = 64, SCHEME_BYTES = 64, PATH_BYTES = 1024 };

/* What follows a paced sentence. */
static const char *say_left_out(char text[LEFT_OUT_BYTES], int64_t left_out)
{
    text[0] = '\0';
    if (left_out > 0)
        snprintf(text, LEFT_OUT_BYTES, " (%" PRId64 " such lines left out)", left_out);
    return text;
}

/* May the line KIND be written now?  Then TAIL is what comes behind it. */
static bool may_say(zk_replica_t *replica, zk_line_kind_t kind, char tail[LEFT_OUT_BYTES])
{
    int64_t left_out;

    if (!zk_pace_allows(replica, &replica->paces[kind], &left_out))
        return false;
    say_left_out(tail, left_out);
    return true;
}

static const char *name_client(char text[CLIENT_BYTES], const zk_client_t *client)
{
    snprintf(text, CLIENT_BYTES, "/%s:%u", client->address, (unsigned)client->port);
    return text;
}

static int shown(zk_str_t text, int max)
{
    return text.length < max ? (int)zk_str_size(text) : max;
}

/* ---- sessions ---- */

void zk_say_ahead(zk_replica_t *replica, const zk_client_t *client,
                  const zk_connect_request_t *request)
{
    char name[CLIENT_BYTES];
    char tail[LEFT_OUT_BYTES];

    if (may_say(replica, ZK_LINE_AHEAD, tail))
        zk_info("Refusing session(0x%" PRIx64
                ") request for client %s as it has seen zxid 0x%" PRIx64
                " our last zxid is 0x%" PRIx64 " client must try another server%s",
                (uint64_t)request->session_id, name_client(name, client),
                (uint64_t)request->last_zxid_seen, (uint64_t)zk_replica_last_zxid(replica), tail);
}

void zk_say_not_read_only(zk_replica_t *replica, const zk_client_t *client)
{
    char name[CLIENT_BYTES];
    char tail[LEFT_OUT_BYTES];

    if (may_say(replica, ZK_LINE_AHEAD, tail))
        zk_info("Refusing session request for not-read-only client %s%s", name_client(name, client),
                tail);
}

void zk_say_throttled(zk_replica_t *replica)
{
    char tail[LEFT_OUT_BYTES];

    if (may_say(replica, ZK_LINE_THROTTLED, tail))
        zk_warn("Closing session 0x0: Connection throttle rejected connection%s", tail);
}

void zk_say_wrong_password(zk_replica_t *replica, const zk_client_t *client, int64_t session_id)
{
    char name[CLIENT_BYTES];
    char tail[LEFT_OUT_BYTES];

    if (may_say(replica, ZK_LINE_PASSWORD, tail))
        zk_warn("Incorrect password from %s for session 0x%" PRIx64 "%s", name_client(name, client),
                (uint64_t)session_id, tail);
}

void zk_say_invalid(zk_replica_t *replica, const zk_client_t *client, int64_t session_id)
{
    char name[CLIENT_BYTES];
    char tail[LEFT_OUT_BYTES];

    if (may_say(replica, ZK_LINE_INVALID, tail))
        zk_info("Invalid session 0x%" PRIx64 " for client %s, probably expired%s",
                (uint64_t)session_id, name_client(name, client), tail);
}

void zk_say_established(const zk_client_t *client)
{
    char name[CLIENT_BYTES];

    if (zk_log_enabled(ZK_LOG_DEBUG))
        zk_debug("Established session 0x%" PRIx64 " with negotiated timeout %d for client %s",
                 (uint64_t)client->session_id, client->timeout_ms, name_client(name, client));
}

void zk_say_expiring(const zk_session_t *session)
{
    zk_info("Expiring session 0x%" PRIx64 ", timeout of %dms exceeded", (uint64_t)session->id,
            session->touch_ms);
}

/* ---- authentication ---- */

void zk_say_auth_packet(zk_replica_t *replica, const zk_client_t *client)
{
    char name[CLIENT_BYTES];
    char tail[LEFT_OUT_BYTES];

    if (may_say(replica, ZK_LINE_AUTH_PACKET, tail))
        zk_info("got auth packet %s%s", name_client(name, client), tail);
}

void zk_say_auth_ok(zk_replica_t *replica, const zk_client_t *client, zk_str_t scheme)
{
    char name[CLIENT_BYTES];
    char tail[LEFT_OUT_BYTES];

    if (may_say(replica, ZK_LINE_AUTH_OK, tail))
        zk_info("Session 0x%" PRIx64 ": auth success for scheme %.*s and address %s%s",
                (uint64_t)client->session_id, shown(scheme, SCHEME_BYTES), scheme.data,
                name_client(name, client), tail);
}

void zk_say_auth_failed(zk_replica_t *replica, zk_str_t scheme)
{
    const zk_auth_config_t *config = &replica->options.auth;
    zk_str_t name = zk_str_is_null(scheme) ? zk_str("null") : scheme;
    char tail[LEFT_OUT_BYTES];

    if (!may_say(replica, ZK_LINE_AUTH_FAILED, tail))
        return;
    if (zk_auth_has_scheme(config, scheme)) {
        zk_warn("Authentication failed for scheme: %.*s%s", shown(name, SCHEME_BYTES), name.data,
                tail);
        return;
    }
    zk_buffer_clear(&replica->text);
    zk_auth_list_schemes(config, &replica->text);
    zk_warn("No authentication provider for scheme: %.*s has %.*s%s", shown(name, SCHEME_BYTES),
            name.data, (int)zk_buffer_size(&replica->text),
            (const char *)zk_buffer_bytes(&replica->text), tail);
}

void zk_say_not_authenticated(zk_replica_t *replica, const zk_client_t *client)
{
    const char *wanted = replica->options.auth.enforce_schemes;
    char tail[LEFT_OUT_BYTES];
    int32_t i;

    if (!may_say(replica, ZK_LINE_NOT_AUTHENTICATED, tail))
        return;
    zk_buffer_clear(&replica->text);
    for (i = 0; i < zk_identities_count(client->identities); i++) {
        zk_id_t id = zk_identities_at(client->identities, i);

        zk_buffer_printf(&replica->text, "%s%.*s", i > 0 ? ", " : "",
                         shown(id.scheme, SCHEME_BYTES), id.scheme.data);
    }
    zk_error("Client authentication scheme(s) [%.*s] does not match with any of the expected "
             "authentication scheme [%s], closing session.%s",
             (int)zk_buffer_size(&replica->text), (const char *)zk_buffer_bytes(&replica->text),
             wanted != NULL ? wanted : "", tail);
}

/* ---- writes ---- */

/* Upstream tells of those errors only that are no everyday answers, of which it says APIERROR. */
static void say_failed(zk_replica_t *replica, const zk_txn_header_t *header, int32_t type,
                       zk_str_t path, int32_t err, const char *middle)
{
    const char *op = zk_opcode_name(type);
    const char *why = zk_code_text(err);
    int shown_bytes = shown(path, PATH_BYTES);
    char tail[LEFT_OUT_BYTES];

    if (err > ZK_CODE_API_ERROR && may_say(replica, ZK_LINE_USER_LEVEL, tail))
        zk_info("Got user-level KeeperException when processing sessionid:0x%" PRIx64
                " type:%s cxid:0x%" PRIx32 " zxid:0x%" PRIx64
                " txntype:%d reqpath:%.*s%s Error Path:%.*s Error:KeeperErrorCode = %s for "
                "%.*s%s",
                (uint64_t)header->client_id, op != NULL ? op : "unknown", (uint32_t)header->cxid,
                (uint64_t)header->zxid, header->type, shown_bytes, path.data, middle, shown_bytes,
                path.data, why != NULL ? why : "unknown", shown_bytes, path.data, tail);
}

void zk_say_failed(zk_replica_t *replica, const zk_txn_header_t *header, int32_t type,
                   zk_str_t path, int32_t err)
{
    say_failed(replica, header, type, zk_str_is_null(path) ? zk_str("n/a") : path, err, "");
}

void zk_say_multi_failed(zk_replica_t *replica, const zk_txn_header_t *header, zk_str_t path,
                         int32_t err)
{
    say_failed(replica, header, ZK_OP_MULTI, zk_str_is_null(path) ? zk_str("n/a") : path, err,
               " aborting remaining multi ops.");
}

void zk_say_quota(zk_replica_t *replica, const zk_buffer_t *message)
{
    char tail[LEFT_OUT_BYTES];

    if (may_say(replica, ZK_LINE_QUOTA, tail))
        zk_warn("Message:%.*s Value:null%s",
                shown(zk_str_n((const char *)zk_buffer_bytes(message), zk_buffer_size(message)),
                      PATH_BYTES + 256),
                (const char *)zk_buffer_bytes(message), tail);
}

void zk_say_digest(zk_replica_t *replica, int64_t zxid, uint64_t expected)
{
    char tail[LEFT_OUT_BYTES];

    if (replica->stats.digest_mismatches == 1)
        zk_error("First digest mismatch on txn: 0x%" PRIx64 ", expected digest is %" PRIu64
                 ", actual digest is %" PRIu64 ", ",
                 (uint64_t)zxid, expected, zk_tree_digest(replica->tree));
    if (may_say(replica, ZK_LINE_DIGEST, tail))
        zk_warn("Message:Digests are not matching. Value is Zxid. Value:%" PRId64 "%s", zxid, tail);
}
