/* trio.c -- see trio.h. */
#include "trio_guest.h"

#include <stdio.h>

#include "base/random.h"

enum {
    EVENTS_MAX = 4096,
    LINKS_MAX = 512,
    GUESTS_MAX = 32,
    RECORDS_MAX = 8192,
    PARTS_MAX = 8,
    STEPS_MAX = 200000
};

/* ---- what there is ---- */

typedef struct mail {
    zk_event_t event;
    uint8_t *bytes; /* owned */
    zk_zab_log_part_t part;
} mail_t;

typedef struct record {
    int64_t zxid;
    zk_blob_t *payload;
} record_t;

typedef struct member {
    bool up;
    bool isolated, listens, disk_held, drained;
    int64_t dials; /* sid of the leader it tries to reach; 0: none */
    int64_t dial_until_ms;
    zk_replica_t *replica;
    zk_actions_t actions;
    mail_t box[EVENTS_MAX];
    size_t box_head, box_tail;
    /* disk */
    record_t log[RECORDS_MAX];
    size_t logged, synced, told;
    int64_t snapshot_zxid;
    zk_buffer_t snapshot; /* a whole body; empty: none */
    zk_buffer_t writing;
    int64_t writing_zxid;
    bool writing_received;
    bool done_waits; /* SNAPSHOT_DONE, for the disk */
    int64_t accepted, current;
    bool has_epochs;
    int received, aborted;
} member_t;

typedef struct link {
    int from, to; /* members; `from` dialled */
    bool open;
} link_t;

/* A part of a stream that is on its way. */
typedef struct part {
    int from;
    uint64_t link; /* 0: none */
    int64_t due_ms;
    zk_buffer_t bytes;
} part_t;

static struct {
    int count, observers;
    zk_replica_options_t options;
    member_t *members;
    link_t links[LINKS_MAX];
    int links_count;
    guest_t guests[GUESTS_MAX];
    int guests_count;
    int64_t now_ms;
    bool streams_held; /* no part of a stream behind the first comes */
    int64_t part_ms;   /* each part takes so long */
    part_t parts[PARTS_MAX];
    void (*tamper)(uint8_t *packet, size_t size);
    zk_arena_t *arena;
} trio;

static member_t *at(int number)
{
    return &trio.members[number];
}

zk_replica_t *trio_replica(int number)
{
    return at(number)->replica;
}

bool trio_is_up(int number)
{
    return at(number)->up;
}

zk_replica_options_t *trio_options(void)
{
    return &trio.options;
}

/* ---- mail ---- */

static mail_t *post(int number, zk_event_type_t type, const void *bytes, size_t size)
{
    member_t *member = at(number);
    mail_t *mail = &member->box[member->box_tail++ % EVENTS_MAX];

    CU_ASSERT_TRUE_FATAL(member->box_tail - member->box_head < EVENTS_MAX);
    memset(mail, 0, sizeof(*mail));
    mail->event.type = type;
    mail->bytes = zk_malloc(size + 1);
    if (size > 0)
        memcpy(mail->bytes, bytes, size);
    mail->event.bytes = zk_str_n((const char *)mail->bytes, size);
    return mail;
}

static void free_mail(mail_t *mail)
{
    zk_free(mail->bytes);
    zk_free((void *)(uintptr_t)mail->part.zxids);
    zk_free((void *)(uintptr_t)mail->part.payloads);
}

/* ---- links ---- */

static int other_end(const link_t *link, int number)
{
    return link->from == number ? link->to : link->from;
}

static void cut(uint64_t id)
{
    link_t *link = &trio.links[id - 1];

    if (!link->open)
        return;
    link->open = false;
    if (at(link->from)->up)
        post(link->from, ZK_EVENT_PEER_GONE, "", 0)->event.link = id;
    if (at(link->to)->up)
        post(link->to, ZK_EVENT_PEER_GONE, "", 0)->event.link = id;
}

static void cut_all(int number)
{
    int i;

    for (i = 0; i < trio.links_count; i++)
        if (trio.links[i].from == number || trio.links[i].to == number)
            cut((uint64_t)i + 1);
}

/* Go on with the try to reach a leader. */
static bool dial(int number)
{
    member_t *member = at(number);
    int to = (int)member->dials - 1;
    uint64_t id;

    if (member->dials == 0)
        return false;
    if (!at(to)->up || !at(to)->listens || at(to)->isolated || member->isolated) {
        if (trio.now_ms < member->dial_until_ms)
            return false;
        member->dials = 0;
        post(number, ZK_EVENT_PEER_CONNECT_FAILED, "", 0);
        return true;
    }
    CU_ASSERT_TRUE_FATAL(trio.links_count < LINKS_MAX);
    member->dials = 0;
    id = (uint64_t)++trio.links_count;
    trio.links[id - 1] = (link_t){number, to, true};
    post(to, ZK_EVENT_PEER_OPENED, "127.0.0.1", 9)->event.link = id;
    post(number, ZK_EVENT_PEER_CONNECTED, "", 0)->event.link = id;
    return true;
}

static void deliver_part(int number, uint64_t id, const uint8_t *bytes, size_t size)
{
    static const uint8_t signature[] = "\0\0\0\nBenWasHere";
    link_t *link = &trio.links[id - 1];
    bool last = size >= 14 && memcmp(bytes + size - 14, signature, 14) == 0;
    mail_t *mail;

    if (!link->open)
        return;
    mail = post(other_end(link, number), ZK_EVENT_PEER_STREAM, bytes, last ? size - 14 : size);
    mail->event.link = id;
    mail->event.last = last;
    if (!trio.streams_held)
        post(number, ZK_EVENT_PEER_DRAINED, "", 0)->event.link = id;
}

static void send_part(int number, uint64_t id, const uint8_t *bytes, size_t size)
{
    int i;

    if (trio.part_ms == 0) {
        deliver_part(number, id, bytes, size);
        return;
    }
    for (i = 0; i < PARTS_MAX && trio.parts[i].link != 0; i++)
        continue;
    CU_ASSERT_TRUE_FATAL(i < PARTS_MAX);
    trio.parts[i] = (part_t){number, id, trio.now_ms + trio.part_ms, ZK_BUFFER_INIT};
    zk_buffer_append(&trio.parts[i].bytes, bytes, size);
}

/* Parts whose time has come. */
static bool parts_arrive(void)
{
    bool any = false;
    int i;

    for (i = 0; i < PARTS_MAX; i++) {
        part_t part = trio.parts[i];

        if (part.link == 0 || trio.now_ms < part.due_ms)
            continue;
        trio.parts[i] = (part_t){.link = 0};
        deliver_part(part.from, part.link, zk_buffer_bytes(&part.bytes),
                     zk_buffer_size(&part.bytes));
        zk_buffer_free(&part.bytes);
        any = true;
    }
    return any;
}

/* SIZE bytes of whole packets, or a part of a stream. */
static void transmit(int number, const zk_action_t *action, const uint8_t *bytes)
{
    size_t size = action->length;
    link_t *link = &trio.links[action->link - 1];
    size_t used = 0;

    if (!link->open)
        return;
    if (action->tells_drained) {
        send_part(number, action->link, bytes, size);
        return;
    }
    while (used < size) {
        zk_reader_t reader = zk_reader(bytes + used, size - used);
        zk_quorum_packet_t packet;
        mail_t *mail;
        size_t length;

        CU_ASSERT_TRUE_FATAL(
            zk_record_decode(&zk_record_quorum_packet, &packet, &reader, trio.arena));
        length = size - used - zk_reader_left(&reader);
        mail = post(other_end(link, number), ZK_EVENT_PEER_PACKET, bytes + used, length);
        mail->event.link = action->link;
        if (trio.tamper != NULL)
            trio.tamper(mail->bytes, length);
        used += length;
    }
}

static void notify(int number, const zk_action_t *action, const uint8_t *bytes)
{
    int to = (int)action->sid - 1;

    if (to < 0 || to >= trio.count || to == number || !at(to)->up || at(to)->isolated ||
        at(number)->isolated)
        return;
    post(to, ZK_EVENT_PEER_NOTIFICATION, bytes, action->length)->event.sid = number + 1;
}

/* ---- disk ---- */

static void drop_records(member_t *member, size_t from)
{
    while (member->logged > from)
        zk_blob_release(member->log[--member->logged].payload);
    if (member->synced > from)
        member->synced = from;
    if (member->told > from)
        member->told = from;
}

static bool load_body(void *baton, zk_reader_t *reader)
{
    zk_replica_t *replica = baton;
    int32_t count = zk_read_int(reader);
    int32_t i;

    for (i = 0; i < count; i++) {
        int64_t id = zk_read_long(reader);

        if (!zk_replica_load_session(replica, id, zk_read_int(reader)))
            return false;
    }
    count = zk_read_int(reader);
    for (i = 0; i < count; i++) {
        int64_t id = zk_read_long(reader);
        zk_set_acl_request_t acl; /* path, acl, version: only its list is wanted */
        zk_acl_vector_t list;
        int32_t entries = zk_read_int(reader);
        int32_t j;

        (void)acl;
        list.count = entries;
        list.items = zk_arena_calloc(trio.arena, (size_t)entries + 1, sizeof(*list.items));
        for (j = 0; j < entries; j++)
            if (!zk_record_decode(&zk_record_acl, &list.items[j], reader, trio.arena))
                return false;
        if (!zk_replica_load_acl(replica, id, &list))
            return false;
    }
    for (;;) {
        zk_str_t path = zk_read_str(reader);
        zk_str_t data;
        int64_t acl_id;
        zk_stat_persisted_t stat;

        if (reader->failed)
            return false;
        if (zk_str_equal_c(path, "/"))
            return true;
        data = zk_read_str(reader);
        acl_id = zk_read_long(reader);
        if (!zk_record_decode(&zk_record_stat_persisted, &stat, reader, trio.arena) ||
            !zk_replica_load_znode(replica, path, data, acl_id, &stat))
            return false;
    }
}

/* Load what is durable; returns the last zxid. */
static int64_t load(member_t *member)
{
    int64_t last = member->snapshot_zxid;
    bool digest_ok;
    size_t i;

    zk_replica_load_begin(member->replica, member->snapshot_zxid);
    if (zk_buffer_size(&member->snapshot) > 0) {
        zk_reader_t reader =
            zk_reader(zk_buffer_bytes(&member->snapshot), zk_buffer_size(&member->snapshot));

        CU_ASSERT_TRUE_FATAL(load_body(member->replica, &reader));
        CU_ASSERT_TRUE_FATAL(zk_replica_load_snapshot_end(member->replica, member->snapshot_zxid, 0,
                                                          0, 0, &digest_ok));
    }
    for (i = 0; i < member->synced; i++) {
        zk_blob_t *payload = member->log[i].payload;
        zk_txn_decoded_t txn;

        if (member->log[i].zxid <= member->snapshot_zxid)
            continue;
        CU_ASSERT_TRUE_FATAL(zk_txn_decode(&txn, payload->bytes, payload->size, trio.arena));
        zk_replica_load_txn(member->replica, &txn,
                            zk_str_n((const char *)payload->bytes, payload->size));
        last = member->log[i].zxid;
    }
    return last;
}

static void snapshot_done(int number, int64_t zxid, bool failed)
{
    mail_t *mail = post(number, ZK_EVENT_SNAPSHOT_DONE, "", 0);

    mail->event.zxid = zxid;
    mail->event.failed = failed;
}

static void sync_disk(int number)
{
    member_t *member = at(number);

    if (member->disk_held)
        return;
    if (member->done_waits)
        snapshot_done(number, member->writing_zxid, false);
    member->done_waits = false;
    member->synced = member->logged;
    if (member->told == member->synced)
        return;
    member->told = member->synced;
    post(number, ZK_EVENT_LOG_SYNCED, "", 0)->event.zxid = member->log[member->synced - 1].zxid;
}

static void save_epoch(int number, const zk_action_t *action)
{
    mail_t *mail = post(number, ZK_EVENT_EPOCH_SAVED, "", 0);

    *(action->is_current ? &at(number)->current : &at(number)->accepted) = action->epoch;
    mail->event.epoch = action->epoch;
    mail->event.is_current = action->is_current;
}

static void reloaded(int number)
{
    int64_t last = load(at(number));

    post(number, ZK_EVENT_RELOADED, "", 0)->event.zxid = last;
}

static void truncate_log(int number, int64_t zxid)
{
    member_t *member = at(number);
    size_t keep = member->logged;

    while (keep > 0 && member->log[keep - 1].zxid > zxid)
        keep--;
    drop_records(member, keep);
    reloaded(number);
}

static void read_log(int number, const zk_action_t *action)
{
    mail_t *mail = post(number, ZK_EVENT_LOG_READ, "", 0);

    mail->event.link = action->link;
    mail->part.usable = false;
}

static void finish_snapshot(int number)
{
    member_t *member = at(number);

    zk_buffer_clear(&member->snapshot);
    zk_buffer_append(&member->snapshot, zk_buffer_bytes(&member->writing),
                     zk_buffer_size(&member->writing));
    member->snapshot_zxid = member->writing_zxid;
    member->received += member->writing_received ? 1 : 0;
    if (member->disk_held)
        member->done_waits = true;
    else
        snapshot_done(number, member->writing_zxid, false);
}

/* ---- actions ---- */

static guest_t *guest_of(uint64_t handle)
{
    return &trio.guests[handle - 1];
}

static void carry_out_disk(int number, zk_action_t *action)
{
    member_t *member = at(number);

    switch (action->type) {
    case ZK_ACTION_APPEND_LOG:
        CU_ASSERT_TRUE_FATAL(member->logged < RECORDS_MAX);
        CU_ASSERT_TRUE(member->logged == 0 || member->log[member->logged - 1].zxid < action->zxid);
        member->log[member->logged++] = (record_t){action->zxid, action->blob};
        action->blob = NULL;
        break;
    case ZK_ACTION_SNAPSHOT_BEGIN:
        zk_buffer_clear(&member->writing);
        member->writing_zxid = action->zxid;
        member->writing_received = action->is_received;
        break;
    case ZK_ACTION_SNAPSHOT_CHUNK:
        zk_buffer_append(&member->writing, action->blob->bytes, action->blob->size);
        break;
    case ZK_ACTION_SNAPSHOT_END:
        finish_snapshot(number);
        break;
    case ZK_ACTION_SNAPSHOT_ABORT:
        member->aborted++;
        member->done_waits = false;
        snapshot_done(number, action->zxid, true);
        break;
    case ZK_ACTION_SAVE_EPOCH:
        save_epoch(number, action);
        break;
    case ZK_ACTION_TRUNCATE_LOG:
        truncate_log(number, action->zxid);
        break;
    case ZK_ACTION_INSTALL_SNAPSHOT:
        CU_ASSERT_EQUAL(action->zxid, member->snapshot_zxid);
        drop_records(member, 0);
        reloaded(number);
        break;
    case ZK_ACTION_READ_LOG:
        read_log(number, action);
        break;
    default:
        break;
    }
}

static void carry_out(int number, zk_action_t *action)
{
    member_t *member = at(number);
    const uint8_t *bytes = zk_buffer_bytes(&member->actions.bytes) + action->offset;

    switch (action->type) {
    case ZK_ACTION_SEND:
        CU_ASSERT_FALSE(guest_of(action->client)->closed || guest_of(action->client)->gone);
        zk_buffer_append(&guest_of(action->client)->inbox, bytes, action->length);
        break;
    case ZK_ACTION_CLOSE:
        guest_of(action->client)->closed = true;
        break;
    case ZK_ACTION_NOTIFY:
        notify(number, action, bytes);
        break;
    case ZK_ACTION_DRAINED:
        CU_ASSERT_FALSE(member->drained);
        CU_ASSERT_EQUAL(member->synced, member->logged);
        member->drained = true;
        break;
    case ZK_ACTION_LISTEN:
        member->listens = true;
        break;
    case ZK_ACTION_UNLISTEN:
        member->listens = false;
        break;
    case ZK_ACTION_CONNECT_LEADER:
        member->dials = action->sid;
        member->dial_until_ms = trio.now_ms + 500;
        break;
    case ZK_ACTION_PEER_SEND:
        transmit(number, action, bytes);
        break;
    case ZK_ACTION_PEER_CLOSE:
        if (action->link != 0)
            cut(action->link);
        else
            member->dials = 0;
        break;
    default:
        carry_out_disk(number, action);
        break;
    }
}

static void carry_out_all(int number)
{
    member_t *member = at(number);
    char text[256];
    const char *fault;
    size_t i;

    for (i = 0; i < member->actions.count; i++)
        carry_out(number, &member->actions.items[i]);
    zk_actions_clear(&member->actions);
    fault = zk_replica_check(member->replica, text, sizeof(text));
    if (fault != NULL)
        fprintf(stderr, "member %d: %s\n", number, fault);
    CU_ASSERT_PTR_NULL_FATAL(fault);
}

void trio_step(int number, zk_event_t *event)
{
    event->wall_ms = 1700000000000 + trio.now_ms;
    event->mono_ms = trio.now_ms;
    zk_replica_step(at(number)->replica, event, &at(number)->actions);
    carry_out_all(number);
}

/* ---- life ---- */

static void default_options(void)
{
    zk_replica_options_t *options = &trio.options;
    int i;

    memset(options, 0, sizeof(*options));
    options->tick_ms = 1000;
    options->session_timeout_min_ms = 2000;
    options->session_timeout_max_ms = 20000;
    options->snap_count = 100000;
    options->extended_types_enabled = true;
    options->digest_enabled = true;
    options->outstanding_max = 1000;
    options->record_bytes_max = 1024 * 1024;
    options->large_request_threshold = -1;
    options->container_check_ms = 60000;
    options->auth.digest_enabled = true;
    options->auth.digest_algorithm = "SHA1";
    options->in_ensemble = true;
    options->leader_serves = true;
    options->zab.tick_ms = options->tick_ms;
    options->zab.init_limit = 10;
    options->zab.sync_limit = 5;
    options->zab.notification_min_ms = 200;
    options->zab.notification_max_ms = 5000;
    options->zab.observer_logs = true;
    options->zab.config_text = zk_str("version=0");
    {
        int64_t sids[TRIO_MAX];

        for (i = 0; i < trio.count - trio.observers; i++)
            sids[i] = i + 1;
        zk_quorum_set(&options->zab.voters, sids, trio.count - trio.observers);
    }
}

void trio_begin(int count, int observers)
{
    memset(&trio, 0, sizeof(trio));
    trio.count = count;
    trio.observers = observers;
    trio.now_ms = 100000;
    trio.arena = zk_arena_create();
    trio.members = zk_calloc((size_t)count, sizeof(*trio.members));
    default_options();
}

void trio_begin_three(void)
{
    trio_begin(3, 0);
}

void trio_start(int number)
{
    member_t *member = at(number);
    zk_replica_options_t options = trio.options;

    CU_ASSERT_FALSE_FATAL(member->up);
    options.zab.self = number + 1;
    options.zab.is_observer = number >= trio.count - trio.observers;
    options.random_seed = (uint64_t)number + 7;
    options.zab.random_seed = (uint64_t)number + 70;
    member->replica = zk_replica_create(&options);
    zk_actions_init(&member->actions);
    member->up = true;
    member->drained = false;
    load(member);
    zk_replica_join(member->replica, member->accepted, member->current, true,
                    1700000000000 + trio.now_ms, trio.now_ms, &member->actions);
    carry_out_all(number);
}

static void empty_box(member_t *member)
{
    for (; member->box_head != member->box_tail; member->box_head++)
        free_mail(&member->box[member->box_head % EVENTS_MAX]);
}

void trio_stop(int number)
{
    member_t *member = at(number);
    int i;

    member->up = false;
    member->listens = false;
    member->dials = 0;
    cut_all(number);
    empty_box(member);
    zk_replica_destroy(member->replica);
    zk_actions_free(&member->actions);
    member->replica = NULL;
    drop_records(member, member->synced);
    for (i = 0; i < trio.guests_count; i++)
        if (trio.guests[i].member == number)
            trio.guests[i].closed = trio.guests[i].gone = true;
}

void trio_wipe(int number)
{
    member_t *member = at(number);

    CU_ASSERT_FALSE_FATAL(member->up);
    drop_records(member, 0);
    zk_buffer_clear(&member->snapshot);
    member->snapshot_zxid = 0;
    member->accepted = member->current = 0;
}

void trio_shut_down(int number)
{
    zk_event_t event = {.type = ZK_EVENT_SHUTDOWN};

    trio_step(number, &event);
}

bool trio_is_drained(int number)
{
    return at(number)->drained;
}

void trio_end(void)
{
    int i;

    for (i = 0; i < trio.count; i++) {
        member_t *member = at(i);

        if (member->up)
            trio_stop(i);
        drop_records(member, 0);
        zk_buffer_free(&member->snapshot);
        zk_buffer_free(&member->writing);
    }
    for (i = 0; i < trio.guests_count; i++)
        zk_buffer_free(&trio.guests[i].inbox);
    for (i = 0; i < PARTS_MAX; i++)
        zk_buffer_free(&trio.parts[i].bytes);
    zk_free(trio.members);
    zk_arena_destroy(trio.arena);
}

void trio_isolate(int number)
{
    at(number)->isolated = true;
    cut_all(number);
}

void trio_reconnect(int number)
{
    at(number)->isolated = false;
}

void trio_hold_disk(int number, bool on)
{
    at(number)->disk_held = on;
}

void trio_hold_streams(bool on)
{
    trio.streams_held = on;
}

void trio_slow_streams(int64_t ms)
{
    trio.part_ms = ms;
}

void trio_tamper(void (*hook)(uint8_t *packet, size_t size))
{
    trio.tamper = hook;
}

int trio_snapshots_aborted(int number)
{
    return at(number)->aborted;
}

int trio_snapshots_received(int number)
{
    return at(number)->received;
}

/* ---- movement ---- */

/* One event of MEMBER's box, or its disk. */
static bool turn(int number)
{
    member_t *member = at(number);
    mail_t mail;

    if (!member->up)
        return false;
    if (member->box_head == member->box_tail)
        sync_disk(number);
    if (member->box_head == member->box_tail)
        return false;
    mail = member->box[member->box_head++ % EVENTS_MAX];
    if (mail.event.type == ZK_EVENT_LOG_READ)
        mail.event.log = &mail.part;
    trio_step(number, &mail.event);
    free_mail(&mail);
    return true;
}

/* Clients that were told to close do so. */
static void hang_up(void)
{
    int i;

    for (i = 0; i < trio.guests_count; i++) {
        guest_t *guest = &trio.guests[i];
        zk_event_t event = {.type = ZK_EVENT_CLIENT_GONE, .client = guest->handle};

        if (!guest->closed || guest->gone)
            continue;
        guest->gone = true;
        trio_step(guest->member, &event);
    }
}

void trio_move(void)
{
    bool moved = true;
    int steps = 0;
    int i;

    while (moved) {
        moved = parts_arrive();
        for (i = 0; i < trio.count; i++)
            if (at(i)->up) {
                bool dialled = dial(i);

                moved = turn(i) || dialled || moved;
            }
        hang_up();
        CU_ASSERT_TRUE_FATAL(++steps < STEPS_MAX);
    }
    zk_arena_reset(trio.arena);
}

void trio_run(int64_t ms)
{
    int64_t end_ms = trio.now_ms + ms;
    int i;

    while (trio.now_ms < end_ms) {
        trio.now_ms += 50;
        for (i = 0; i < trio.count; i++) {
            zk_event_t event = {.type = ZK_EVENT_TICK};

            if (at(i)->up)
                trio_step(i, &event);
        }
        trio_move();
    }
}

int trio_leader(void)
{
    int i;

    for (i = 0; i < trio.count; i++)
        if (at(i)->up && zk_replica_is_serving(at(i)->replica) &&
            zk_zab_state(zk_replica_zab(at(i)->replica)) == ZK_SERVER_LEADING)
            return i;
    return -1;
}

int trio_follower(int number)
{
    int i;

    for (i = 0; i < trio.count; i++)
        if (at(i)->up && zk_replica_is_serving(at(i)->replica) &&
            !zk_replica_is_read_only(at(i)->replica) &&
            zk_zab_state(zk_replica_zab(at(i)->replica)) != ZK_SERVER_LEADING && number-- == 0)
            return i;
    return -1;
}

bool trio_settle(int count)
{
    int64_t end_ms = trio.now_ms + 60000;
    int serving;
    int i;

    do {
        trio_run(50);
        serving = 0;
        for (i = 0; i < trio.count; i++)
            serving += at(i)->up && zk_zab_is_serving(zk_replica_zab(at(i)->replica)) ? 1 : 0;
    } while (serving != count && trio.now_ms < end_ms);
    return serving == count;
}

void trio_start_all(void)
{
    int i;

    for (i = 0; i < trio.count; i++)
        trio_start(i);
    CU_ASSERT_TRUE_FATAL(trio_settle(trio.count));
}

bool trio_has(int number, const char *path)
{
    return zk_tree_find(zk_replica_tree(trio_replica(number)), zk_str(path)) != NULL;
}

bool trio_all_have(const char *path)
{
    int i;

    for (i = 0; i < trio.count; i++)
        if (!trio_has(i, path))
            return false;
    return true;
}

guest_t *trio_new_guest(int number)
{
    guest_t *guest;

    CU_ASSERT_TRUE_FATAL(trio.guests_count < GUESTS_MAX);
    guest = &trio.guests[trio.guests_count++];
    memset(guest, 0, sizeof(*guest));
    guest->member = number;
    guest->handle = (uint64_t)trio.guests_count;
    return guest;
}
