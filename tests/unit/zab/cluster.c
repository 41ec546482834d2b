/* cluster.c -- see cluster.h. */
#include "cluster.h"

#include <stdio.h>
#include <string.h>
#include <CUnit/CUnit.h>

#include "base/status.h"

enum { LINKS_MAX = 512, EVENTS_MAX = 65536, STEP_MS = 10, STREAM = 1000, CONNECT_MS = 500 };

typedef struct pending {
    int64_t to;
    int type; /* zk_zab_event_type_t, or STREAM */
    bool is_disk;
    uint64_t link;
    int64_t sid, zxid, epoch;
    bool is_current, failed;
    zk_blob_t *bytes;
    cluster_txns_t stream;
} pending_t;

typedef struct link {
    int64_t a, b; /* a connected to b */
    bool is_open;
} link_t;

cluster_server_t cluster_servers[CLUSTER_SERVERS_MAX];
cluster_sent_t cluster_trace[CLUSTER_TRACE_MAX];
size_t cluster_traced;
int64_t cluster_ms;

static struct {
    pending_t *events;
    size_t count;
    link_t links[LINKS_MAX];
    uint64_t links_count;
    bool cut[CLUSTER_SERVERS_MAX][CLUSTER_SERVERS_MAX];
    bool stalled[CLUSTER_SERVERS_MAX][CLUSTER_SERVERS_MAX];
    bool listens[CLUSTER_SERVERS_MAX];
    int64_t connects[CLUSTER_SERVERS_MAX], connect_until_ms[CLUSTER_SERVERS_MAX];
    char text[512];
} world;

static zk_buffer_t bytes;

/* ---- small things ---- */

static void add_txn(cluster_txns_t *txns, int64_t zxid, int64_t tag)
{
    if (txns->count == txns->capacity) {
        txns->capacity = txns->capacity == 0 ? 64 : txns->capacity * 2;
        txns->items = zk_realloc(txns->items, txns->capacity * sizeof(*txns->items));
    }
    txns->items[txns->count++] = (cluster_txn_t){zxid, tag};
}

static void copy_txns(cluster_txns_t *to, const cluster_txns_t *from)
{
    size_t i;

    to->count = 0;
    for (i = 0; i < from->count; i++)
        add_txn(to, from->items[i].zxid, from->items[i].tag);
}

static zk_blob_t *blob_of(int64_t tag)
{
    zk_blob_t *blob = zk_blob_create(8);

    zk_put_u64(blob->bytes, (uint64_t)tag);
    return blob;
}

static pending_t *add_event(int64_t to, int type)
{
    pending_t *event;

    ZK_ASSERT(world.count < EVENTS_MAX);
    event = &world.events[world.count++];
    *event = (pending_t){.to = to, .type = type};
    return event;
}

static void drop_event(size_t i)
{
    zk_blob_release(world.events[i].bytes);
    zk_free(world.events[i].stream.items);
    memmove(&world.events[i], &world.events[i + 1],
            (world.count - i - 1) * sizeof(world.events[0]));
    world.count--;
}

static void drop_events_of(int64_t sid)
{
    size_t i = 0;

    while (i < world.count)
        if (world.events[i].to == sid)
            drop_event(i);
        else
            i++;
}

static int64_t other_end(uint64_t link, int64_t sid)
{
    return world.links[link].a == sid ? world.links[link].b : world.links[link].a;
}

static void break_link(uint64_t link)
{
    size_t i = 0;

    if (link == 0 || !world.links[link].is_open)
        return;
    world.links[link].is_open = false;
    while (i < world.count) /* what is under way is lost with it */
        if (world.events[i].link == link && !world.events[i].is_disk)
            drop_event(i);
        else
            i++;
    add_event(world.links[link].a, ZK_ZAB_LINK_GONE)->link = link;
    add_event(world.links[link].b, ZK_ZAB_LINK_GONE)->link = link;
}

uint64_t cluster_link(int64_t a, int64_t b)
{
    uint64_t i;

    for (i = world.links_count; i > 0; i--)
        if (world.links[i].is_open && ((world.links[i].a == a && world.links[i].b == b) ||
                                       (world.links[i].a == b && world.links[i].b == a)))
            return i;
    return 0;
}

static uint64_t open_link(int64_t from, int64_t to)
{
    ZK_ASSERT(world.links_count + 1 < LINKS_MAX);
    world.links[++world.links_count] = (link_t){from, to, true};
    return world.links_count;
}

static void trace(int64_t from, int64_t to, zk_str_t packet)
{
    cluster_sent_t *sent;

    ZK_ASSERT(cluster_traced < CLUSTER_TRACE_MAX);
    sent = &cluster_trace[cluster_traced++];
    sent->from = from;
    sent->to = to;
    sent->type = (int32_t)zk_get_u32(packet.data);
    sent->zxid = (int64_t)zk_get_u64(packet.data + 4);
    sent->size = zk_str_size(packet);
    memcpy(sent->bytes, packet.data,
           sent->size < sizeof(sent->bytes) ? sent->size : sizeof(sent->bytes));
}

/* ---- what a machine wants done ---- */

static void carry_send(int64_t sid, const zk_zab_output_t *output)
{
    zk_str_t packet = zk_str_n((const char *)bytes.data + output->offset, output->length);
    pending_t *event;

    if (!world.links[output->link].is_open)
        return;
    trace(sid, other_end(output->link, sid), packet);
    event = add_event(other_end(output->link, sid), ZK_ZAB_PACKET);
    event->link = output->link;
    event->sid = sid;
    event->bytes = zk_blob_copy(packet.data, output->length);
}

/* What is on the server's disk, snapshot and log, into its tree and its zab. */
static void load_disk(cluster_server_t *server)
{
    size_t i;

    copy_txns(&server->tree, &server->snapshot);
    zk_zab_load_begin(server->zab, server->snapshot_zxid);
    for (i = 0; i < server->log.count; i++) {
        zk_blob_t *blob = blob_of(server->log.items[i].tag);

        add_txn(&server->tree, server->log.items[i].zxid, server->log.items[i].tag);
        zk_zab_load_txn(server->zab, server->log.items[i].zxid, blob);
        zk_blob_release(blob);
    }
}

static void carry_truncate(int64_t sid, int64_t zxid)
{
    cluster_server_t *server = &cluster_servers[sid];
    pending_t *event;

    ZK_ASSERT(server->synced == server->log.count);
    while (server->log.count > 0 && server->log.items[server->log.count - 1].zxid > zxid)
        server->log.count--;
    server->synced = server->log.count;
    load_disk(server);
    event = add_event(sid, ZK_ZAB_RELOADED);
    event->is_disk = true;
}

/* Whoever wants to reach a leader tries for half a second, as the room of links does. */
static void try_connect(int64_t sid)
{
    int64_t to = world.connects[sid];
    uint64_t link;

    if (to == 0)
        return;
    if (!world.cut[sid][to] && (world.listens[to] || cluster_servers[to].is_puppet)) {
        link = open_link(sid, to);
        add_event(sid, ZK_ZAB_CONNECTED)->link = link;
        add_event(to, ZK_ZAB_OPENED)->link = link;
        world.connects[sid] = 0;
    } else if (cluster_ms >= world.connect_until_ms[sid]) {
        add_event(sid, ZK_ZAB_CONNECT_FAILED);
        world.connects[sid] = 0;
    }
}

static void carry_connect(int64_t sid, int64_t to)
{
    world.connects[sid] = to;
    world.connect_until_ms[sid] = cluster_ms + CONNECT_MS;
    try_connect(sid);
}

static void carry_notify(int64_t sid, const zk_zab_output_t *output)
{
    pending_t *event;

    if (world.cut[sid][output->sid])
        return;
    event = add_event(output->sid, ZK_ZAB_NOTIFICATION);
    event->sid = sid;
    event->bytes = zk_blob_copy(bytes.data + output->offset, output->length);
}

static void carry_snapshot(int64_t sid, uint64_t link)
{
    pending_t *event;

    cluster_servers[sid].snapshots_sent++;
    if (!world.links[link].is_open)
        return;
    event = add_event(other_end(link, sid), STREAM);
    event->link = link;
    event->sid = sid;
    copy_txns(&event->stream, &cluster_servers[sid].tree);
    if (!cluster_servers[sid].is_unread)
        add_event(sid, ZK_ZAB_SNAPSHOT_SENT)->link = link;
}

static void carry_append(int64_t sid, const zk_zab_output_t *output)
{
    cluster_server_t *server = &cluster_servers[sid];
    pending_t *event = add_event(sid, ZK_ZAB_LOG_SYNCED);

    event->is_disk = true;
    event->zxid = output->zxid;
    add_txn(&server->log, output->zxid, (int64_t)zk_get_u64(output->blob->bytes));
}

static void carry_one(int64_t sid, const zk_zab_output_t *output)
{
    cluster_server_t *server = &cluster_servers[sid];
    pending_t *event;

    switch (output->type) {
    case ZK_ZAB_NOTIFY:
        carry_notify(sid, output);
        break;
    case ZK_ZAB_LISTEN:
    case ZK_ZAB_UNLISTEN:
        world.listens[sid] = output->type == ZK_ZAB_LISTEN;
        break;
    case ZK_ZAB_CONNECT:
        carry_connect(sid, output->sid);
        break;
    case ZK_ZAB_SEND:
        carry_send(sid, output);
        break;
    case ZK_ZAB_CLOSE:
        if (output->link == 0)
            world.connects[sid] = 0;
        break_link(output->link);
        break;
    case ZK_ZAB_SAVE_EPOCH:
        event = add_event(sid, ZK_ZAB_EPOCH_SAVED);
        event->is_disk = true;
        event->epoch = output->epoch;
        event->is_current = output->is_current;
        break;
    case ZK_ZAB_APPEND:
        carry_append(sid, output);
        break;
    case ZK_ZAB_TRUNCATE:
        carry_truncate(sid, output->zxid);
        break;
    case ZK_ZAB_RECEIVE_SNAPSHOT:
        server->streams_on = output->link;
        server->stream_zxid = output->zxid;
        break;
    case ZK_ZAB_SEND_SNAPSHOT:
        carry_snapshot(sid, output->link);
        break;
    case ZK_ZAB_READ_LOG:
        event = add_event(sid, ZK_ZAB_LOG_READ);
        event->link = output->link;
        event->zxid = output->zxid;
        break;
    case ZK_ZAB_SERVE:
        server->serves++;
        break;
    case ZK_ZAB_STOP_SERVING:
        server->stops++;
        break;
    case ZK_ZAB_CONFIRMED:
        server->confirmed = output->zxid;
        break;
    case ZK_ZAB_STOPPED:
        server->is_stopped = true;
        break;
    case ZK_ZAB_UPWARD: /* the pipeline answers a leader's PING: no sessions */
        if (output->packet->type == ZK_PACKET_PING && output->link == 0) {
            zk_quorum_packet_t answer = *output->packet;
            zk_zab_outputs_t more = {NULL, 0, 0, &bytes};

            answer.data = zk_str_n("", 0);
            zk_zab_send_packet(server->zab, 0, &answer, &more);
            if (more.count > 0)
                carry_send(sid, &more.items[0]);
            zk_zab_outputs_free(&more);
        }
        break;
    case ZK_ZAB_LEARNER_GONE:
        break;
    }
}

static void carry(int64_t sid, zk_zab_outputs_t *outputs)
{
    size_t i;

    for (i = 0; i < outputs->count; i++) {
        zk_zab_output_t output = outputs->items[i];

        carry_one(sid, &output);
    }
    zk_zab_outputs_clear(outputs);
}

static void carry_and_deliver(int64_t sid, zk_zab_outputs_t *outputs)
{
    cluster_server_t *server = &cluster_servers[sid];
    const char *fault;
    zk_blob_t *payload;
    int64_t zxid;

    carry(sid, outputs);
    while (zk_zab_deliver(server->zab, &zxid, &payload, outputs)) {
        add_txn(&server->tree, zxid, (int64_t)zk_get_u64(payload->bytes));
        zk_blob_release(payload);
    }
    carry(sid, outputs);
    fault = zk_zab_check(server->zab, world.text, sizeof(world.text));
    if (fault != NULL)
        fprintf(stderr, "server %d: %s\n", (int)sid, fault);
    CU_ASSERT_PTR_NULL(fault);
    zk_zab_outputs_free(outputs);
    zk_buffer_clear(&bytes);
}

/* ---- events ---- */

static void step(int64_t sid, const zk_zab_event_t *event)
{
    zk_zab_outputs_t outputs = {NULL, 0, 0, &bytes};

    zk_zab_step(cluster_servers[sid].zab, event, &outputs);
    carry_and_deliver(sid, &outputs);
}

static void step_log_read(int64_t sid, zk_zab_event_t *event)
{
    const cluster_txns_t *log = &cluster_servers[sid].log;
    int64_t zxids[1024];
    zk_blob_t *payloads[1024];
    zk_zab_log_part_t part = {zxids, payloads, 0, false};
    size_t i;

    for (i = 0; i < log->count && part.count < 1024; i++) {
        part.usable |= log->items[i].zxid == event->zxid;
        if (log->items[i].zxid <= event->zxid)
            continue;
        zxids[part.count] = log->items[i].zxid;
        payloads[part.count++] = blob_of(log->items[i].tag);
    }
    event->log = &part;
    step(sid, event);
    for (i = 0; i < part.count; i++)
        zk_blob_release(payloads[i]);
}

static void take_stream(int64_t sid, const pending_t *pending)
{
    cluster_server_t *server = &cluster_servers[sid];

    ZK_ASSERT(server->streams_on == pending->link);
    copy_txns(&server->tree, &pending->stream);
    copy_txns(&server->snapshot, &pending->stream);
    server->snapshot_zxid = server->stream_zxid;
    server->log.count = server->synced = 0;
    server->streams_on = 0;
    zk_zab_load_begin(server->zab, server->snapshot_zxid);
    add_event(sid, ZK_ZAB_STREAMED)->is_disk = true;
}

static void happen(pending_t *pending)
{
    cluster_server_t *server = &cluster_servers[pending->to];
    zk_zab_event_t event = {.type = (zk_zab_event_type_t)pending->type,
                            .mono_ms = cluster_ms,
                            .sid = pending->sid,
                            .link = pending->link,
                            .zxid = pending->zxid,
                            .epoch = pending->epoch,
                            .is_current = pending->is_current,
                            .failed = pending->failed};

    if (server->zab == NULL)
        return;
    if (pending->bytes != NULL)
        event.bytes = zk_str_n((const char *)pending->bytes->bytes, pending->bytes->size);
    if (pending->type == STREAM) {
        take_stream(pending->to, pending);
        return;
    }
    if (pending->type == ZK_ZAB_LOG_SYNCED)
        while (server->synced < server->log.count &&
               server->log.items[server->synced].zxid <= pending->zxid)
            server->synced++;
    if (pending->type == ZK_ZAB_EPOCH_SAVED)
        *(pending->is_current ? &server->current_epoch : &server->accepted_epoch) = pending->epoch;
    if (pending->type == ZK_ZAB_LINK_GONE && server->streams_on == pending->link) {
        pending_t *streamed = add_event(pending->to, ZK_ZAB_STREAMED);

        streamed->failed = true;
        server->streams_on = 0;
    }
    if (pending->type == ZK_ZAB_LOG_READ)
        step_log_read(pending->to, &event);
    else
        step(pending->to, &event);
}

static bool waits(const pending_t *event)
{
    if (event->is_disk)
        return cluster_servers[event->to].holds_disk;
    return event->link != 0 && event->sid != 0 && world.stalled[event->sid][event->to];
}

void cluster_settle(void)
{
    size_t i = 0;

    while (i < world.count) {
        pending_t event = world.events[i];

        if (waits(&event)) {
            i++;
            continue;
        }
        world.events[i].bytes = NULL;
        world.events[i].stream.items = NULL;
        drop_event(i);
        happen(&event);
        zk_blob_release(event.bytes);
        zk_free(event.stream.items);
        i = 0;
    }
}

void cluster_run(int64_t duration_ms)
{
    int64_t end_ms = cluster_ms + duration_ms;
    int64_t sid;

    cluster_settle();
    while (cluster_ms < end_ms) {
        cluster_ms += STEP_MS;
        for (sid = 1; sid < CLUSTER_SERVERS_MAX; sid++)
            if (cluster_servers[sid].zab != NULL) {
                try_connect(sid);
                step(sid, &(zk_zab_event_t){.type = ZK_ZAB_TICK, .mono_ms = cluster_ms});
            }
        cluster_settle();
    }
}

/* ---- life ---- */

void cluster_setup(void)
{
    memset(&world, 0, sizeof(world));
    memset(cluster_servers, 0, sizeof(cluster_servers));
    world.events = zk_malloc(EVENTS_MAX * sizeof(*world.events));
    cluster_traced = 0;
    cluster_ms = 1000;
    bytes = ZK_BUFFER_INIT;
}

void cluster_teardown(void)
{
    int64_t sid;

    while (world.count > 0)
        drop_event(world.count - 1);
    for (sid = 0; sid < CLUSTER_SERVERS_MAX; sid++) {
        zk_zab_destroy(cluster_servers[sid].zab);
        zk_free(cluster_servers[sid].tree.items);
        zk_free(cluster_servers[sid].snapshot.items);
        zk_free(cluster_servers[sid].log.items);
    }
    zk_free(world.events);
    zk_buffer_free(&bytes);
}

zk_zab_options_t *cluster_add(int64_t sid, int32_t voters)
{
    zk_zab_options_t *options = &cluster_servers[sid].options;
    int64_t sids[CLUSTER_SERVERS_MAX];
    int32_t i;

    for (i = 0; i < voters; i++)
        sids[i] = i + 1;
    *options = (zk_zab_options_t){.self = sid,
                                  .is_observer = sid > voters,
                                  .config_text = zk_str("version=0"),
                                  .tick_ms = CLUSTER_TICK_MS,
                                  .init_limit = 10,
                                  .sync_limit = 5,
                                  .notification_min_ms = 200,
                                  .notification_max_ms = 1600,
                                  .observer_logs = true,
                                  .history_count_max = 100};
    zk_quorum_set(&options->voters, sids, voters);
    cluster_servers[sid].may_vote = true;
    return options;
}

void cluster_start(int64_t sid)
{
    cluster_server_t *server = &cluster_servers[sid];
    zk_zab_outputs_t outputs = {NULL, 0, 0, &bytes};

    ZK_ASSERT(server->zab == NULL);
    server->zab = zk_zab_create(&server->options);
    load_disk(server);
    zk_zab_start(server->zab, server->accepted_epoch, server->current_epoch, server->may_vote,
                 cluster_ms, &outputs);
    carry_and_deliver(sid, &outputs);
}

void cluster_start_all(int32_t servers, int32_t voters)
{
    int64_t sid;

    for (sid = 1; sid <= servers; sid++)
        cluster_add(sid, voters);
    for (sid = 1; sid <= servers; sid++)
        cluster_start(sid);
    cluster_run(1000);
}

void cluster_crash(int64_t sid)
{
    cluster_server_t *server = &cluster_servers[sid];
    uint64_t i;

    zk_zab_destroy(server->zab);
    server->zab = NULL;
    server->log.count = server->synced;
    server->streams_on = 0;
    server->holds_disk = false;
    world.listens[sid] = false;
    world.connects[sid] = 0;
    for (i = 1; i <= world.links_count; i++)
        if (world.links[i].a == sid || world.links[i].b == sid)
            break_link(i);
    drop_events_of(sid);
}

void cluster_shut_down(int64_t sid)
{
    step(sid, &(zk_zab_event_t){.type = ZK_ZAB_SHUTDOWN, .mono_ms = cluster_ms});
}

void cluster_cut(int64_t a, int64_t b, bool is_cut)
{
    world.cut[a][b] = world.cut[b][a] = is_cut;
    while (is_cut && cluster_link(a, b) != 0)
        break_link(cluster_link(a, b));
}

void cluster_isolate(int64_t sid, bool is_cut)
{
    int64_t i;

    for (i = 1; i < CLUSTER_SERVERS_MAX; i++)
        if (i != sid)
            cluster_cut(sid, i, is_cut);
}

void cluster_stall(int64_t a, int64_t b, bool is_stalled)
{
    world.stalled[a][b] = is_stalled;
}

void cluster_hold_disk(int64_t sid, bool holds)
{
    cluster_servers[sid].holds_disk = holds;
}

/* ---- stories ---- */

int64_t cluster_leader(void)
{
    int64_t sid;

    for (sid = CLUSTER_SERVERS_MAX - 1; sid > 0; sid--)
        if (cluster_servers[sid].zab != NULL && zk_zab_is_serving(cluster_servers[sid].zab) &&
            zk_zab_state(cluster_servers[sid].zab) == ZK_SERVER_LEADING)
            return sid;
    return 0;
}

int64_t cluster_propose(int64_t tag)
{
    int64_t sid = cluster_leader();
    zk_zab_outputs_t outputs = {NULL, 0, 0, &bytes};
    zk_zab_output_t append = {.type = ZK_ZAB_APPEND};

    ZK_ASSERT(sid != 0);
    append.zxid = zk_zab_next_zxid(cluster_servers[sid].zab);
    append.blob = blob_of(tag);
    zk_zab_propose(cluster_servers[sid].zab, append.zxid, append.blob, &outputs);
    carry_append(sid, &append);
    zk_blob_release(append.blob);
    carry_and_deliver(sid, &outputs);
    return append.zxid;
}

int64_t cluster_confirm(int64_t sid)
{
    zk_zab_outputs_t outputs = {NULL, 0, 0, &bytes};
    int64_t ticket = zk_zab_confirm(cluster_servers[sid].zab, &outputs);

    carry_and_deliver(sid, &outputs);
    return ticket;
}

bool cluster_has(int64_t sid, int64_t tag)
{
    size_t i;

    for (i = 0; i < cluster_servers[sid].tree.count; i++)
        if (cluster_servers[sid].tree.items[i].tag == tag)
            return true;
    return false;
}

bool cluster_agree(int32_t servers)
{
    const cluster_txns_t *first = &cluster_servers[1].tree;
    int64_t sid;

    for (sid = 2; sid <= servers; sid++) {
        const cluster_txns_t *tree = &cluster_servers[sid].tree;

        if (tree->count != first->count ||
            (first->count > 0 &&
             memcmp(tree->items, first->items, first->count * sizeof(first->items[0])) != 0))
            return false;
    }
    return true;
}

/* ---- puppets ---- */

void cluster_vote(int64_t from, int64_t to, zk_server_state_t state, int64_t leader, int64_t zxid,
                  int64_t epoch)
{
    zk_notification_t notification = {
        .state = state, .vote = {leader, zxid, 1, epoch}, .config_text = zk_str("version=0")};
    zk_buffer_t frame = ZK_BUFFER_INIT;
    pending_t *event = add_event(to, ZK_ZAB_NOTIFICATION);

    zk_notification_encode(&notification, &frame);
    event->sid = from;
    event->bytes = zk_blob_copy(frame.data, frame.length);
    zk_buffer_free(&frame);
    cluster_settle();
}

uint64_t cluster_open(int64_t puppet, int64_t to)
{
    uint64_t link = open_link(puppet, to);

    add_event(to, ZK_ZAB_OPENED)->link = link;
    cluster_settle();
    return link;
}

void cluster_send(uint64_t link, int64_t puppet, int32_t type, int64_t zxid, zk_str_t data)
{
    zk_buffer_t packet = ZK_BUFFER_INIT;
    pending_t *event;

    if (!world.links[link].is_open)
        return;
    zk_write_int(&packet, type);
    zk_write_long(&packet, zxid);
    zk_write_str(&packet, data);
    zk_write_int(&packet, -1);
    event = add_event(other_end(link, puppet), ZK_ZAB_PACKET);
    event->link = link;
    event->sid = puppet;
    event->bytes = zk_blob_copy(packet.data, packet.length);
    zk_buffer_free(&packet);
    cluster_settle();
}

void cluster_send_stream(uint64_t link, int64_t puppet)
{
    pending_t *event = add_event(other_end(link, puppet), STREAM);

    event->link = link;
    copy_txns(&event->stream, &cluster_servers[puppet].tree);
    cluster_settle();
}

size_t cluster_count(int64_t from, int64_t to, int32_t type)
{
    size_t i, count = 0;

    for (i = 0; i < cluster_traced; i++)
        count += cluster_trace[i].from == from && cluster_trace[i].to == to &&
                 cluster_trace[i].type == type;
    return count;
}

size_t cluster_find(size_t at, int64_t from, int64_t to, int32_t type, int64_t zxid)
{
    size_t i;

    for (i = at; i < cluster_traced; i++)
        if (cluster_trace[i].from == from && cluster_trace[i].to == to &&
            cluster_trace[i].type == type && (zxid == -2 || cluster_trace[i].zxid == zxid))
            return i;
    return SIZE_MAX;
}
