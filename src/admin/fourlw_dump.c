/* fourlw_dump.c -- the words that show connections, sessions, ephemerals and watches.
 *
 * Their replies grow with what is stored, so each line first asks whether the reply may still grow
 * (`has_room`); the line that finds no room says that the rest is missing, once.
 *
 * Dates in `dump` are UTC.  A connection's expiry there is computed from its last answer: upstream
 * keeps a queue for it, we close idle connections with their session.
 *
 * Facts: upstream StatCommand, ConsCommand, DumpCommand, WatchCommand,
 * ServerCnxn.dumpConnectionInfo, ExpiryQueue. */
#include "admin/fourlw_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <apr_time.h>

#include "admin/environment.h"
#include "tree/watch.h"
#include "wire/opcode.h"

typedef struct listing {
    const zk_fourlw_t *fourlw;
    zk_buffer_t *out;
    bool brief;
    bool is_cut;
    /* of the group being listed */
    bool has_group;
    uint32_t client;
    zk_buffer_t path;
} listing_t;

static bool has_room(listing_t *listing)
{
    if (zk_buffer_size(listing->out) < ZK_FOURLW_BYTES_MAX)
        return true;
    if (!listing->is_cut)
        zk_buffer_printf(listing->out, "(cut here: the whole is too long)\n");
    listing->is_cut = true;
    return false;
}

/* ---- srvr, stat, cons ---- */

void zk_fourlw_put_address(const zk_fourlw_t *fourlw, uint64_t client, zk_buffer_t *out)
{
    char text[ZK_NET_ADDRESS_BYTES];

    if (zk_net_peer_address(fourlw->source->net, client, text))
        zk_buffer_printf(out, "/%s:%u", text, zk_net_peer_port(fourlw->source->net, client));
    else
        zk_buffer_printf(out, "null");
}

/* What only a connection with a session has. */
static void put_session_part(const zk_client_view_t *view, zk_buffer_t *out)
{
    int64_t average = view->latency_count > 0 ? view->total_latency_ms / view->latency_count : 0;
    int64_t least = view->latency_count > 0 ? view->min_latency_ms : 0;

    zk_buffer_printf(out, ",sid=0x%" PRIx64 ",lop=%s,est=%" PRId64 ",to=%" PRId32,
                     (uint64_t)view->session_id, zk_opcode_abbreviation(view->last_op),
                     view->established_wall_ms, view->timeout_ms);
    if (view->last_cxid >= 0)
        zk_buffer_printf(out, ",lcxid=0x%" PRIx64, (uint64_t)view->last_cxid);
    zk_buffer_printf(out, ",lzxid=0x%" PRIx64 ",lresp=%" PRId64, (uint64_t)view->last_zxid,
                     view->last_response_mono_ms);
    zk_buffer_printf(out, ",llat=%" PRId64 ",minlat=%" PRId64 ",avglat=%" PRId64 ",maxlat=%" PRId64,
                     view->last_latency_ms, least, average, view->max_latency_ms);
}

/* Java's selection keys: 1 read, 4 write; none while a word is answered. */
static unsigned interest_of(const zk_fourlw_t *fourlw, const zk_client_view_t *view)
{
    unsigned interest = zk_net_interest(fourlw->source->net, view->client);

    if (view->client == fourlw->asker)
        return 0;
    return (view->paused ? 0 : interest & 1u) | (interest & 2u) << 1;
}

static void list_client(void *baton, const zk_client_view_t *view)
{
    listing_t *listing = baton;
    const zk_fourlw_t *fourlw = listing->fourlw;
    bool asks = view->client == fourlw->asker;

    if (!has_room(listing))
        return;
    zk_buffer_printf(listing->out,
                     " /%.*s:%u[%x](queued=%" PRId32 ",recved=%" PRId64 ",sent=%" PRId64,
                     (int)view->address.length, view->address.data,
                     zk_net_peer_port(fourlw->source->net, view->client), interest_of(fourlw, view),
                     view->outstanding, view->received + (asks ? 1 : 0), view->sent);
    if (!listing->brief && view->session_id != 0)
        put_session_part(view, listing->out);
    zk_buffer_append(listing->out, ")\n", 2);
}

static void list_clients(zk_fourlw_t *fourlw, bool brief, zk_buffer_t *out)
{
    listing_t listing = {.fourlw = fourlw, .out = out, .brief = brief};

    zk_replica_visit_clients(fourlw->source->replica, list_client, &listing);
    zk_buffer_append(out, "\n", 1);
}

static void put_figures(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    const zk_admin_facts_t *source = fourlw->source;
    const zk_replica_stats_t *stats = zk_replica_stats(source->replica);
    const zk_tree_t *tree = zk_replica_tree(source->replica);

    zk_buffer_printf(out, "Latency min/avg/max: %" PRId64 "/", stats->latency_min_ms);
    zk_metrics_print_average(stats->latency_total_ms, stats->latency_count, out);
    zk_buffer_printf(out, "/%" PRId64 "\n", stats->latency_max_ms);
    zk_buffer_printf(out, "Received: %" PRId64 "\n",
                     stats->packets_received + fourlw->words_received);
    zk_buffer_printf(out, "Sent: %" PRId64 "\n", stats->packets_sent + fourlw->words_sent);
    zk_buffer_printf(out, "Connections: %" PRId32 "\n", zk_net_count(source->net));
    zk_buffer_printf(out, "Outstanding: %" PRId64 "\n", stats->outstanding);
    zk_buffer_printf(out, "Zxid: 0x%" PRIx64 "\n",
                     (uint64_t)zk_replica_shown_zxid(source->replica));
    zk_buffer_printf(out, "Mode: %s\n", source->server_state);
    zk_buffer_printf(out, "Node count: %" PRId64 "\n", zk_tree_count(tree));
    if (strcmp(source->server_state, "leader") != 0)
        return;
    if (source->proposals_count == 0)
        zk_buffer_printf(out, "Proposal sizes last/min/max: -1/-1/-1\n");
    else
        zk_buffer_printf(out, "Proposal sizes last/min/max: %" PRId64 "/%" PRId64 "/%" PRId64 "\n",
                         source->last_proposal_bytes, source->min_proposal_bytes,
                         source->max_proposal_bytes);
}

static void put_version(const zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    zk_buffer_printf(out, "Zookeeper version: %s\n", zk_environment_version());
    if (fourlw->source->is_read_only)
        zk_buffer_printf(out, "READ-ONLY mode; serving only read-only clients\n");
}

void zk_fourlw_reply_srvr(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    put_version(fourlw, out);
    put_figures(fourlw, out);
}

void zk_fourlw_reply_stat(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    put_version(fourlw, out);
    zk_buffer_printf(out, "Clients:\n");
    list_clients(fourlw, true, out);
    put_figures(fourlw, out);
}

void zk_fourlw_reply_cons(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    list_clients(fourlw, false, out);
}

/* ---- dump ---- */

/* "Sun Nov 22 10:19:09 UTC 2026", of a monotonic time. */
static void put_date(const zk_fourlw_t *fourlw, int64_t mono_ms, zk_buffer_t *out)
{
    const zk_admin_facts_t *source = fourlw->source;
    int64_t wall_ms = source->wall_ms + (mono_ms - source->mono_ms);
    apr_time_exp_t date;

    if (apr_time_exp_gmt(&date, wall_ms * 1000) != APR_SUCCESS)
        memset(&date, 0, sizeof(date));
    zk_buffer_printf(out, "%s %s %02d %02d:%02d:%02d UTC %d", apr_day_snames[date.tm_wday],
                     apr_month_snames[date.tm_mon], date.tm_mday, date.tm_hour, date.tm_min,
                     date.tm_sec, date.tm_year + 1900);
}

static void count_bucket(void *baton, int64_t expires_mono_ms, const zk_session_t *const *sessions,
                         uint32_t count)
{
    (void)expires_mono_ms;
    (void)sessions;
    (void)count;
    ++*(int *)baton;
}

static void list_bucket(void *baton, int64_t expires_mono_ms, const zk_session_t *const *sessions,
                        uint32_t count)
{
    listing_t *listing = baton;

    if (!has_room(listing))
        return;
    zk_buffer_printf(listing->out, "%" PRIu32 " expire at ", count);
    put_date(listing->fourlw, expires_mono_ms, listing->out);
    zk_buffer_append(listing->out, ":\n", 2);
    for (uint32_t i = 0; i < count && has_room(listing); i++)
        zk_buffer_printf(listing->out, "\t0x%" PRIx64 "\n", (uint64_t)sessions[i]->id);
}

static void list_sessions(listing_t *listing)
{
    zk_session_table_t *sessions = zk_replica_sessions(listing->fourlw->source->replica);
    int buckets = 0;

    zk_session_visit_buckets(sessions, count_bucket, &buckets);
    zk_buffer_printf(listing->out, "SessionTracker dump:\nSession Sets (%d)/(%" PRIu32 "):\n",
                     buckets, zk_session_count(sessions));
    zk_session_visit_buckets(sessions, list_bucket, listing);
}

static void count_owner(void *baton, int64_t session_id)
{
    (void)session_id;
    ++*(int *)baton;
}

static void list_ephemeral(void *baton, zk_znode_t *znode)
{
    listing_t *listing = baton;

    if (!has_room(listing))
        return;
    zk_buffer_append(listing->out, "\t", 1);
    zk_znode_path(znode, listing->out);
    zk_buffer_append(listing->out, "\n", 1);
}

static void list_owner(void *baton, int64_t session_id)
{
    listing_t *listing = baton;

    if (!has_room(listing))
        return;
    zk_buffer_printf(listing->out, "0x%" PRIx64 ":\n", (uint64_t)session_id);
    zk_tree_visit_ephemerals(zk_replica_tree(listing->fourlw->source->replica), session_id,
                             list_ephemeral, listing);
}

static void list_owners(listing_t *listing)
{
    const zk_tree_t *tree = zk_replica_tree(listing->fourlw->source->replica);
    int owners = 0;

    zk_tree_visit_owners(tree, count_owner, &owners);
    zk_buffer_printf(listing->out, "ephemeral nodes dump:\nSessions with Ephemerals (%d):\n",
                     owners);
    zk_tree_visit_owners(tree, list_owner, listing);
}

/* One connection and the end of its interval. */
typedef struct expiry {
    int64_t mono_ms;
    uint64_t client;
    int64_t session_id;
} expiry_t;

typedef struct expiries {
    const zk_fourlw_t *fourlw;
    expiry_t *items;
    size_t count, capacity;
} expiries_t;

static void note_expiry(void *baton, const zk_client_view_t *view)
{
    expiries_t *expiries = baton;
    const zk_admin_facts_t *source = expiries->fourlw->source;
    int64_t interval_ms = source->sessionless_timeout_ms > 0 ? source->sessionless_timeout_ms : 1;
    int64_t since_ms = source->mono_ms - (source->wall_ms - view->established_wall_ms);
    int64_t patience_ms = source->sessionless_timeout_ms;

    if (view->session_id != 0) {
        patience_ms = view->timeout_ms;
        if (view->last_response_mono_ms > since_ms)
            since_ms = view->last_response_mono_ms;
    }
    if (expiries->count == expiries->capacity) {
        expiries->capacity = expiries->capacity > 0 ? expiries->capacity * 2 : 64;
        expiries->items = zk_realloc(expiries->items, expiries->capacity * sizeof(expiry_t));
    }
    expiries->items[expiries->count++] = (expiry_t){
        ((since_ms + patience_ms) / interval_ms + 1) * interval_ms, view->client, view->session_id};
}

static int compare_expiries(const void *a, const void *b)
{
    const expiry_t *x = a;
    const expiry_t *y = b;

    if (x->mono_ms != y->mono_ms)
        return x->mono_ms < y->mono_ms ? -1 : 1;
    return x->client < y->client ? -1 : x->client > y->client;
}

/* How many at the front of ITEMS share its interval. */
static size_t bucket_size(const expiry_t *items, size_t count)
{
    size_t size = 1;

    while (size < count && items[size].mono_ms == items[0].mono_ms)
        size++;
    return size;
}

static void list_connections(listing_t *listing)
{
    expiries_t all = {.fourlw = listing->fourlw};
    size_t buckets = 0;
    size_t size;

    zk_replica_visit_clients(listing->fourlw->source->replica, note_expiry, &all);
    if (all.count > 0)
        qsort(all.items, all.count, sizeof(expiry_t), compare_expiries);
    for (size_t i = 0; i < all.count; i += bucket_size(all.items + i, all.count - i))
        buckets++;
    zk_buffer_printf(listing->out, "Connections dump:\nConnections Sets (%d)/(%d):\n", (int)buckets,
                     (int)all.count);
    for (size_t i = 0; i < all.count && has_room(listing); i += size) {
        size = bucket_size(all.items + i, all.count - i);
        zk_buffer_printf(listing->out, "%d expire at ", (int)size);
        put_date(listing->fourlw, all.items[i].mono_ms, listing->out);
        zk_buffer_append(listing->out, ":\n", 2);
        for (size_t j = i; j < i + size && has_room(listing); j++) {
            zk_buffer_printf(listing->out, "\tip: ");
            zk_fourlw_put_address(listing->fourlw, all.items[j].client, listing->out);
            zk_buffer_printf(listing->out, " sessionId: 0x%" PRIx64 "\n",
                             (uint64_t)all.items[j].session_id);
        }
    }
    zk_free(all.items);
}

void zk_fourlw_reply_dump(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    listing_t listing = {.fourlw = fourlw, .out = out};

    list_sessions(&listing);
    list_owners(&listing);
    list_connections(&listing);
}

/* ---- watches ---- */

void zk_fourlw_reply_wchs(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    const zk_watch_table_t *watches = zk_replica_watches(fourlw->source->replica);

    zk_buffer_printf(
        out, "%" PRId64 " connections watching %" PRId64 " paths\nTotal watches:%" PRId64 "\n",
        zk_watch_data_clients(watches), zk_watch_data_paths(watches), zk_watch_data_count(watches));
}

static void list_watch_by_client(void *baton, uint32_t client, zk_str_t path)
{
    listing_t *listing = baton;
    const zk_replica_t *replica = listing->fourlw->source->replica;

    if (!has_room(listing))
        return;
    if (!listing->has_group || listing->client != client)
        zk_buffer_printf(listing->out, "0x%" PRIx64 "\n",
                         (uint64_t)zk_replica_session_of(replica, client));
    listing->has_group = true;
    listing->client = client;
    zk_buffer_printf(listing->out, "\t%.*s\n", (int)path.length, path.data);
}

void zk_fourlw_reply_wchc(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    listing_t listing = {.fourlw = fourlw, .out = out};

    zk_watch_visit_by_client(zk_replica_watches(fourlw->source->replica), list_watch_by_client,
                             &listing);
    zk_buffer_append(out, "\n", 1);
}

static void list_watch_by_path(void *baton, uint32_t client, zk_str_t path)
{
    listing_t *listing = baton;
    const zk_replica_t *replica = listing->fourlw->source->replica;
    zk_str_t last =
        zk_str_n((const char *)zk_buffer_bytes(&listing->path), zk_buffer_size(&listing->path));

    if (!has_room(listing))
        return;
    if (!listing->has_group || !zk_str_equal(last, path)) {
        zk_buffer_printf(listing->out, "%.*s\n", (int)path.length, path.data);
        zk_buffer_clear(&listing->path);
        zk_buffer_append(&listing->path, path.data, zk_str_size(path));
    }
    listing->has_group = true;
    zk_buffer_printf(listing->out, "\t0x%" PRIx64 "\n",
                     (uint64_t)zk_replica_session_of(replica, client));
}

void zk_fourlw_reply_wchp(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    listing_t listing = {.fourlw = fourlw, .out = out, .path = ZK_BUFFER_INIT};

    zk_watch_visit_by_path(zk_replica_watches(fourlw->source->replica), list_watch_by_path,
                           &listing);
    zk_buffer_free(&listing.path);
    zk_buffer_append(out, "\n", 1);
}
