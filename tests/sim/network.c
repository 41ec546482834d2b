/* network.c -- connections as TCP makes them, and the election port's frames.
 *
 * A connection is two FIFOs.  Nothing in one is lost, doubled or overtaken; it is late, it is held
 * back as long as the way is blocked, and it ends.  Different connections overtake each other
 * freely.  Who sends to a side that has forgotten the connection hears of its end, as after a
 * reset.
 *
 * Election frames go by directed pair in order, but may be lost, doubled, and replaced by a newer
 * one while they wait for a blocked way. */
#include "sim/sim.h"

#include "sim/packets.h"

static bool is_place_up(const sim_t *sim, int place)
{
    return place >= SIM_SERVERS_MAX || sim->servers[place].up;
}

int64_t sim_delay(sim_t *sim)
{
    int64_t delay = (int64_t)sim_between(&sim->net_random, (uint64_t)sim->config.net_min_us,
                                         (uint64_t)sim->config.net_max_us);

    if (sim_percent(&sim->net_random, 2))
        delay *= 10;
    return sim->slow_net > 0 ? delay * 50 : delay;
}

bool sim_is_blocked(const sim_t *sim, int from, int to)
{
    return sim->blocked[from][to] > 0;
}

/* ---- connections ---- */

static void deliver(sim_t *sim, void *object, uint64_t side_number, uint64_t b);

static void schedule(sim_t *sim, sim_conn_t *conn, int side)
{
    sim_direction_t *direction = &conn->toward[side];

    if (direction->scheduled || direction->first == NULL || !conn->reads[side] ||
        sim_is_blocked(sim, conn->end[1 - side], conn->end[side]))
        return;
    direction->scheduled = true;
    sim_at(sim, direction->first->ready_us, deliver, conn, (uint64_t)side, 0);
}

static void drop_messages(sim_direction_t *direction)
{
    sim_message_t *message;

    while ((message = direction->first) != NULL) {
        direction->first = message->next;
        zk_blob_release(message->bytes);
        zk_free(message);
    }
    direction->last = NULL;
}

static void push(sim_t *sim, sim_conn_t *conn, int side, sim_message_kind_t kind, zk_blob_t *bytes)
{
    sim_direction_t *direction = &conn->toward[side];
    sim_message_t *message = zk_calloc(1, sizeof(*message));

    message->kind = kind;
    message->bytes = bytes;
    message->ready_us = sim->now_us + sim_delay(sim);
    if (message->ready_us < direction->last_ready_us)
        message->ready_us = direction->last_ready_us;
    direction->last_ready_us = message->ready_us;
    if (direction->last == NULL)
        direction->first = message;
    else
        direction->last->next = message;
    direction->last = message;
    schedule(sim, conn, side);
}

/* The side is gone: whoever still sends there is told. */
static void answer_with_reset(sim_t *sim, sim_conn_t *conn, int side)
{
    drop_messages(&conn->toward[side]);
    if (conn->open[1 - side])
        push(sim, conn, 1 - side, SIM_MESSAGE_END, NULL);
}

static void hand_over(sim_t *sim, sim_conn_t *conn, int side, const sim_message_t *message)
{
    int place = conn->end[side];

    if (place < SIM_SERVERS_MAX)
        sim_server_receive(sim, &sim->servers[place], conn, side, message);
    else
        sim_client_receive(sim, &sim->clients[place - SIM_SERVERS_MAX], conn, message);
}

static void deliver(sim_t *sim, void *object, uint64_t side_number, uint64_t b)
{
    sim_conn_t *conn = object;
    int side = (int)side_number;
    sim_direction_t *direction = &conn->toward[side];
    sim_message_t *message = direction->first;
    int place = conn->end[side];

    (void)b;
    direction->scheduled = false;
    if (message == NULL || !conn->reads[side] ||
        sim_is_blocked(sim, conn->end[1 - side], conn->end[side]))
        return;
    if (place < SIM_SERVERS_MAX && sim_server_is_paused(sim, &sim->servers[place])) {
        direction->scheduled = true;
        sim_at(sim, sim->servers[place].paused_until_us, deliver, conn, side_number, 0);
        return;
    }
    if (!is_place_up(sim, place) || (!conn->open[side] && message->kind != SIM_MESSAGE_OPEN)) {
        if (message->kind != SIM_MESSAGE_END)
            answer_with_reset(sim, conn, side);
        else
            drop_messages(direction);
        return;
    }
    direction->first = message->next;
    if (direction->first == NULL)
        direction->last = NULL;
    hand_over(sim, conn, side, message);
    zk_blob_release(message->bytes);
    zk_free(message);
    schedule(sim, conn, side);
}

sim_conn_t *sim_connect(sim_t *sim, sim_conn_kind_t kind, int from, int to)
{
    sim_conn_t *conn = zk_calloc(1, sizeof(*conn));

    if (sim->conns_count == sim->conns_capacity) {
        sim->conns_capacity = sim->conns_capacity == 0 ? 64 : sim->conns_capacity * 2;
        sim->conns = zk_realloc(sim->conns, sim->conns_capacity * sizeof(sim_conn_t *));
    }
    sim->conns[sim->conns_count++] = conn;
    conn->id = sim->conns_count;
    conn->kind = kind;
    conn->end[0] = from;
    conn->end[1] = to;
    conn->open[0] = true;
    conn->reads[0] = conn->reads[1] = true;
    push(sim, conn, 1, SIM_MESSAGE_OPEN, NULL);
    return conn;
}

void sim_conn_send(sim_t *sim, sim_conn_t *conn, int side, sim_message_kind_t kind,
                   zk_blob_t *bytes)
{
    if (!conn->open[side]) {
        zk_blob_release(bytes);
        return;
    }
    push(sim, conn, 1 - side, kind, bytes);
}

void sim_conn_close(sim_t *sim, sim_conn_t *conn, int side, bool silent)
{
    if (!conn->open[side])
        return;
    conn->open[side] = false;
    drop_messages(&conn->toward[side]);
    if (!silent && (conn->open[1 - side] || conn->toward[1 - side].first != NULL))
        push(sim, conn, 1 - side, SIM_MESSAGE_END, NULL);
}

void sim_conn_read(sim_t *sim, sim_conn_t *conn, int side, bool on)
{
    conn->reads[side] = on;
    schedule(sim, conn, side);
}

void sim_network_place_gone(sim_t *sim, int place, bool silent)
{
    size_t i;

    for (i = sim->conns_live_from; i < sim->conns_count; i++) {
        sim_conn_t *conn = sim->conns[i];
        int side;

        for (side = 0; side < 2; side++)
            if (conn->end[side] == place)
                sim_conn_close(sim, conn, side, silent);
        if (i == sim->conns_live_from && !conn->open[0] && !conn->open[1] &&
            conn->toward[0].first == NULL && conn->toward[1].first == NULL &&
            !conn->toward[0].scheduled && !conn->toward[1].scheduled)
            sim->conns_live_from++;
    }
}

/* ---- ways ---- */

static void reopen(sim_t *sim, int from, int to)
{
    size_t i;

    for (i = sim->conns_live_from; i < sim->conns_count; i++) {
        sim_conn_t *conn = sim->conns[i];
        int side;

        for (side = 0; side < 2; side++)
            if (conn->end[1 - side] == from && conn->end[side] == to)
                schedule(sim, conn, side);
    }
    if (from < SIM_SERVERS_MAX && to < SIM_SERVERS_MAX && sim->votes[from][to] != NULL) {
        zk_blob_t *vote = sim->votes[from][to];

        sim->votes[from][to] = NULL;
        sim_notify(sim, from, to, vote);
    }
}

void sim_block(sim_t *sim, int from, int to, bool on)
{
    if (from == to)
        return;
    sim->blocked[from][to] += on ? 1 : -1;
    ZK_ASSERT(sim->blocked[from][to] >= 0);
    if (sim->blocked[from][to] == 0)
        reopen(sim, from, to);
}

/* ---- election frames ---- */

static void vote_arrives(sim_t *sim, void *object, uint64_t from, uint64_t to)
{
    zk_blob_t *bytes = object;
    sim_server_t *server = &sim->servers[to];

    if (sim_is_blocked(sim, (int)from, (int)to)) {
        zk_blob_release(
            sim->votes[from][to]); /* the newest is kept, as the sender's queue of one does */
        sim->votes[from][to] = bytes;
        return;
    }
    if (server->up && sim_server_is_paused(sim, server)) {
        sim_at(sim, server->paused_until_us, vote_arrives, bytes, from, to);
        return;
    }
    if (server->up)
        sim_server_notified(sim, server, (int)from, bytes);
    zk_blob_release(bytes);
}

void sim_notify(sim_t *sim, int from, int to, zk_blob_t *bytes)
{
    int64_t *ready = &sim->votes_ready_us[from][to];
    int64_t at_us = sim->now_us + sim_delay(sim);

    if (!sim->calm && sim_percent(&sim->net_random, sim->config.election_loss_percent)) {
        zk_blob_release(bytes);
        return;
    }
    if (at_us < *ready)
        at_us = *ready;
    *ready = at_us;
    if (!sim->calm && sim_percent(&sim->net_random, sim->config.election_copy_percent))
        sim_at(sim, at_us, vote_arrives, zk_blob_hold(bytes), (uint64_t)from, (uint64_t)to);
    sim_at(sim, at_us, vote_arrives, bytes, (uint64_t)from, (uint64_t)to);
}

void sim_network_init(sim_t *sim)
{
    sim->conns_live_from = 0;
}

void sim_network_free(sim_t *sim)
{
    size_t i;
    int from, to;

    for (i = 0; i < sim->conns_count; i++) {
        drop_messages(&sim->conns[i]->toward[0]);
        drop_messages(&sim->conns[i]->toward[1]);
        sim_packets_free(sim->conns[i]);
        zk_free(sim->conns[i]);
    }
    zk_free(sim->conns);
    for (from = 0; from < SIM_SERVERS_MAX; from++)
        for (to = 0; to < SIM_SERVERS_MAX; to++)
            zk_blob_release(sim->votes[from][to]);
    for (i = 0; i < sim->jobs_count; i++)
        if (sim->jobs[i].run == vote_arrives)
            zk_blob_release(sim->jobs[i].object);
}
