/* sim.h -- a whole ensemble in one thread, every fault decided by one seed.
 *
 * Real servers' minds (zk_replica_t) are stepped by a body made of arrays (server.c); around it lie
 * a network that delays, cuts and holds back (network.c), disks that lose, tear and damage
 * (disk.c), clocks that drift and jump (clock.c), clients with real frames (client.c,
 * client_check.c) and faults out of a schedule (faults.c).  What must hold is in checkers/, one
 * small file each.
 *
 * Invariants
 *   1. Nothing here depends on an address, a hash order, the real time or another process: the same
 * seed gives the same trace hash.
 *   2. Jobs run in order of (time, order of creation).
 *   3. A server that is down or paused is never stepped.
 *   4. The fault schedule is made from the seed before the run; elements can be left out without
 * changing the others, which is how failing schedules shrink. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "base/status.h"
#include "base/blob.h"
#include "base/buffer.h"
#include "base/map.h"
#include "pipeline/replica.h"

enum {
    SIM_SERVERS_MAX = 7,
    SIM_CLIENTS_MAX = 8,
    SIM_PLACES_MAX = SIM_SERVERS_MAX + SIM_CLIENTS_MAX
};

#define SIM_MS INT64_C(1000)
#define SIM_SECOND INT64_C(1000000)

typedef struct sim sim_t;
typedef struct sim_server sim_server_t;
typedef struct sim_client sim_client_t;
typedef struct sim_conn sim_conn_t;

/* ---- what one seed decides before the run ---- */

typedef struct sim_config {
    bool in_ensemble;
    int voters, observers;
    bool is_hierarchical;
    int32_t tick_ms, init_limit, sync_limit;
    int32_t snap_count, history_count_max;
    int64_t link_bytes_max;
    int32_t notification_max_ms, epoch_wait_max_ms;
    bool observer_logs, trunc_peers, force_snapshot_sync, leader_serves;
    int64_t first_zxid;    /* what all disks begin with; 0: nothing */
    int64_t first_counter; /* of every epoch; 0: 1 */
    int clients;
    int32_t session_timeout_ms;
    int64_t think_us; /* mean pause of a client between requests */
    int32_t outstanding_max;
    int op_weights[16];
    int64_t net_min_us, net_max_us;
    int64_t sync_min_us, sync_max_us;
    int32_t election_loss_percent, election_copy_percent;
    int64_t chaos_us, calm_us; /* how long faults come, how long the rest may take */
    int faults;
    int fault_weights[32];
} sim_config_t;

/* ---- faults ---- */

typedef enum sim_fault_kind {
    SIM_FAULT_CRASH,        /* the process ends; the page cache survives */
    SIM_FAULT_POWER,        /* the machine ends; what was not synced is lost, torn or damaged */
    SIM_FAULT_POWER_ALL,    /* all machines at once */
    SIM_FAULT_CRASH_AT,     /* at the nth action or disk operation from now on */
    SIM_FAULT_LEADER_POWER, /* whoever leads then */
    SIM_FAULT_LEADER_CUT,   /* the leader is alone */
    SIM_FAULT_LEADER_PAUSE,
    SIM_FAULT_PARTITION, /* two groups */
    SIM_FAULT_ONE_WAY,   /* nothing gets from one place to another */
    SIM_FAULT_ISOLATE,   /* a server is alone, its clients stay with it */
    SIM_FAULT_BRIDGE,    /* two groups with one server that reaches both */
    SIM_FAULT_RESET,     /* all connections between two servers, or of a server's clients */
    SIM_FAULT_HALF_OPEN, /* one side forgets a connection, the other does not hear of it */
    SIM_FAULT_PAUSE,
    SIM_FAULT_SLOW_DISK,
    SIM_FAULT_SYNC_FAILS,
    SIM_FAULT_DISK_FULL,
    SIM_FAULT_ROT_RECORD,
    SIM_FAULT_ROT_SNAPSHOT,
    SIM_FAULT_CLOCK_JUMP, /* of the wall clock */
    SIM_FAULT_DRIFT,
    SIM_FAULT_SLOW_NET,
    SIM_FAULT_CLIENT_RESET,
    SIM_FAULT_ROLLING, /* every server in turn */
    SIM_FAULT_KINDS
} sim_fault_kind_t;

typedef struct sim_fault {
    int64_t at_us, lasts_us;
    sim_fault_kind_t kind;
    uint64_t a, b; /* meaning by kind, reduced to what exists */
    bool left_out; /* by shrinking */
} sim_fault_t;

extern const char *const sim_fault_names[SIM_FAULT_KINDS];

/* ---- jobs ---- */

typedef void sim_run_t(sim_t *sim, void *object, uint64_t a, uint64_t b);

typedef struct sim_job {
    int64_t at_us;
    uint64_t order;
    sim_run_t *run;
    void *object;
    uint64_t a, b;
} sim_job_t;

/* RUN(OBJECT, A, B) at AT_US, not before now. */
void sim_at(sim_t *sim, int64_t at_us, sim_run_t *run, void *object, uint64_t a, uint64_t b);
/* Run the next job; false when there is none before UNTIL_US. */
bool sim_next(sim_t *sim, int64_t until_us);
void sim_jobs_free(sim_t *sim);

/* ---- clocks ---- */

typedef struct sim_clock {
    int64_t base_true_us, base_mono_us; /* mono = base_mono + (true - base_true) * rate */
    int64_t rate_ppm;                   /* 1000000: as the true time */
    int64_t wall_offset_us;             /* wall = mono + offset */
} sim_clock_t;

void sim_clock_init(sim_clock_t *clock, int64_t mono_us, int64_t wall_us);
void sim_clock_set_rate(sim_clock_t *clock, int64_t now_us, int64_t rate_ppm);
int64_t sim_clock_mono_ms(const sim_clock_t *clock, int64_t now_us);
int64_t sim_clock_wall_ms(const sim_clock_t *clock, int64_t now_us);

/* ---- disk ---- */

typedef struct sim_record {
    int64_t zxid;
    zk_blob_t *blob;
    bool damaged;
} sim_record_t;

typedef struct sim_snapshot {
    int64_t zxid;
    uint64_t digest;
    zk_blob_t *body;
    bool damaged;
    bool came;     /* from a leader */
    bool unsynced; /* has its name, and would be torn by a power cut */
} sim_snapshot_t;

enum { SIM_SNAPSHOTS_MAX = 4 };

typedef enum sim_disk_op_kind {
    SIM_DISK_SYNC,       /* everything appended before it */
    SIM_DISK_SAVE_EPOCH, /* a: epoch, b: is current */
    SIM_DISK_TRUNCATE,   /* a: zxid */
    SIM_DISK_SNAPSHOT,   /* a finished snapshot gets its name */
    SIM_DISK_INSTALL,    /* a snapshot that came; everything else is put aside */
    SIM_DISK_READ_LOG    /* a: zxid, b: link */
} sim_disk_op_kind_t;

typedef struct sim_disk_op {
    sim_disk_op_kind_t kind;
    size_t covers; /* SYNC: records that were appended when it began */
    int64_t zxid, epoch;
    bool is_current;
    uint64_t link, digest;
    zk_blob_t *body;
} sim_disk_op_t;

enum { SIM_DISK_OPS_MAX = 64 };

/* What is worked at in order, the first one is under way.  Different files do not wait for each
 * other. */
typedef enum sim_lane_kind {
    SIM_LANE_LOG,
    SIM_LANE_EPOCHS,
    SIM_LANE_SNAPSHOTS,
    SIM_LANES
} sim_lane_kind_t;

typedef struct sim_lane {
    sim_disk_op_t ops[SIM_DISK_OPS_MAX];
    int first, count;
} sim_lane_t;

typedef struct sim_disk {
    sim_record_t *records;
    size_t count, synced, capacity;
    sim_snapshot_t snapshots[SIM_SNAPSHOTS_MAX]; /* ascending zxid */
    int snapshots_count;
    sim_snapshot_t received;               /* from a leader, not installed; body NULL: none */
    int64_t accepted_epoch, current_epoch; /* durable */
    bool has_epochs;
    sim_lane_t lanes[SIM_LANES];
    int64_t slow_until_us;
    int slow_factor;
    bool fails_next, full; /* the next sync fails */
    int64_t lost_zxid;     /* what it held when that was put aside */
    bool lost;             /* damaged or set aside since the last full synchronisation */
    int64_t promised_zxid; /* what it has told others that it holds, unless a leader took it back */
} sim_disk_t;

/* What the sink of a recovery says. */
typedef enum sim_recovery {
    SIM_RECOVERED,
    SIM_RECOVERY_FRESH,
    SIM_RECOVERY_DAMAGED
} sim_recovery_t;

void sim_disk_free(sim_disk_t *disk);
void sim_disk_append(sim_disk_t *disk, int64_t zxid, zk_blob_t *blob); /* takes the reference */
/* What survives: the process's end keeps what was written, the machine's end only what was synced,
 * and leaves a torn or damaged end. */
void sim_disk_crash(sim_t *sim, sim_disk_t *disk, bool power);
/* Load snapshot and log into REPLICA. */
sim_recovery_t sim_disk_recover(sim_t *sim, sim_disk_t *disk, zk_replica_t *replica);
/* Zxid up to which everything would survive a power cut now. */
int64_t sim_disk_durable(const sim_disk_t *disk);
bool sim_disk_holds(const sim_disk_t *disk, int64_t zxid); /* durably */
const sim_record_t *sim_disk_find(const sim_disk_t *disk, int64_t zxid);
size_t sim_disk_above(const sim_disk_t *disk, int64_t zxid); /* place of the first record above */
void sim_disk_truncate(sim_disk_t *disk, int64_t zxid);
void sim_disk_add_snapshot(sim_disk_t *disk, sim_snapshot_t snapshot); /* takes the body */
/* A snapshot of the leader's, which counts for nothing before it is installed; takes the body. */
void sim_disk_receive(sim_disk_t *disk, sim_snapshot_t snapshot);
void sim_disk_wipe(sim_disk_t *disk); /* nothing is left */
void sim_disk_put_aside(sim_disk_t *disk);
void sim_disk_install(sim_disk_t *disk); /* what was received is the only state */
const sim_snapshot_t *sim_disk_newest(const sim_disk_t *disk); /* NULL: none */
/* The directory would give back everything up to ZXID, and others may rest on that. */
void sim_disk_promise(sim_disk_t *disk, int64_t zxid);
bool sim_disk_is_sound(const sim_disk_t *disk); /* nothing rotten in it, nothing lost */
bool sim_disk_rot_record(sim_disk_t *disk, uint64_t choice);
bool sim_disk_rot_snapshot(sim_disk_t *disk, uint64_t choice);

/* ---- network ---- */

typedef enum sim_conn_kind { SIM_CONN_CLIENT, SIM_CONN_LEARNER } sim_conn_kind_t;

typedef enum sim_message_kind {
    SIM_MESSAGE_OPEN,   /* someone connects */
    SIM_MESSAGE_OPENED, /* and was accepted */
    SIM_MESSAGE_BYTES,
    SIM_MESSAGE_END /* closed or reset */
} sim_message_kind_t;

typedef struct sim_message {
    struct sim_message *next;
    int64_t ready_us;
    sim_message_kind_t kind;
    zk_blob_t *bytes; /* NULL without any */
} sim_message_t;

typedef struct sim_direction {
    sim_message_t *first, *last;
    int64_t last_ready_us;
    bool scheduled;
} sim_direction_t;

/* end[0] is who connected.  toward[i] is what travels to end[i]. */
struct sim_conn {
    uint64_t id;
    sim_conn_kind_t kind;
    int end[2]; /* places */
    bool open[2];
    bool reads[2]; /* false: that side does not read now */
    sim_direction_t toward[2];
    uint64_t slot[2]; /* the owners' use */
    /* learners' links: bytes not cut yet, the snapshot that is coming, its end until the signature
     * is there */
    zk_buffer_t inbox[2], held[2];
    struct zk_snapshot_body *stream[2];
    bool sends_stream[2];
};

void sim_network_init(sim_t *sim);
void sim_network_free(sim_t *sim);
sim_conn_t *sim_connect(sim_t *sim, sim_conn_kind_t kind, int from, int to);
void sim_conn_send(sim_t *sim, sim_conn_t *conn, int side, sim_message_kind_t kind,
                   zk_blob_t *bytes);
/* SIDE closes; the other hears of it, unless SILENT. */
void sim_conn_close(sim_t *sim, sim_conn_t *conn, int side, bool silent);
void sim_conn_read(sim_t *sim, sim_conn_t *conn, int side, bool on);
void sim_block(sim_t *sim, int from, int to, bool on); /* counted */
bool sim_is_blocked(const sim_t *sim, int from, int to);
/* The election port: a frame replaces one that still waits. */
void sim_notify(sim_t *sim, int from, int to, zk_blob_t *bytes);
/* PLACE is gone: its side of all connections closes. */
void sim_network_place_gone(sim_t *sim, int place, bool silent);
int64_t sim_delay(sim_t *sim);

/* ---- servers ---- */

enum { SIM_SLOTS_MAX = 64 };

struct sim_server {
    int index;
    int64_t sid;
    bool is_observer;
    bool up;
    uint64_t life; /* one more per start; jobs of an old life do nothing */
    zk_replica_t *replica;
    zk_actions_t actions;
    sim_clock_t clock;
    sim_disk_t disk;
    int64_t paused_until_us;
    int64_t down_until_us;
    int64_t crash_in; /* actions and disk operations to go; < 0: off */
    bool crash_power;
    int64_t crash_lasts_us;
    sim_conn_t *slots[SIM_SLOTS_MAX];
    uint32_t generations[SIM_SLOTS_MAX];
    bool listens;
    sim_conn_t *dialled; /* the try to connect that is under way */
    int64_t dial_sid;
    int dial_tries;
    uint64_t dial_number;
    bool tick_scheduled, more_scheduled;
    /* the snapshot being written */
    zk_buffer_t snapshot;
    bool snapshot_open, snapshot_room_scheduled, snapshot_is_received;
    int64_t snapshot_zxid;
    /* for the checkers */
    int64_t delivered; /* as of the last step */
    bool was_serving;
    int served; /* how often it began to serve in this life */
    int64_t role_epoch;
    /* stories: acks the last proposal it has got once more, before NEWLEADER, as other learners do
     */
    bool acks_early;
};

void sim_server_create(sim_t *sim, int index);
void sim_server_free(sim_server_t *server);
void sim_server_start(sim_t *sim, sim_server_t *server);
/* Write what it has in memory as the snapshot of AT_ZXID. */
void sim_server_first_snapshot(sim_server_t *server, int64_t at_zxid);
/* End its process now; a new one starts LASTS_US later. */
void sim_server_crash(sim_t *sim, sim_server_t *server, bool power, int64_t lasts_us);
void sim_server_step(sim_t *sim, sim_server_t *server, zk_event_t *event);
void sim_server_pause(sim_t *sim, sim_server_t *server, int64_t lasts_us);
bool sim_server_is_paused(const sim_t *sim, const sim_server_t *server);
/* A message came on CONN's SIDE. */
void sim_server_receive(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side,
                        const sim_message_t *message);
void sim_server_notified(sim_t *sim, sim_server_t *server, int from, zk_blob_t *bytes);
bool sim_server_leads(const sim_t *sim, const sim_server_t *server); /* established */
bool sim_server_serves(const sim_t *sim, const sim_server_t *server);
int64_t sim_server_delivered(const sim_server_t *server);
/* One action or disk operation begins: true when the server has crashed at it. */
bool sim_server_crash_point(sim_t *sim, sim_server_t *server);
/* A job of an earlier life; or of a paused process, which gets it later. */
bool sim_server_is_not_now(sim_t *sim, sim_server_t *server, uint64_t life, sim_run_t *run,
                           uint64_t b);
/* Carry out what lies in its actions. */
void sim_server_carry_out(sim_t *sim, sim_server_t *server);
void sim_server_disk_op(sim_t *sim, sim_server_t *server, const sim_disk_op_t *op);

/* ---- clients ---- */

typedef enum sim_op_kind {
    SIM_OP_CREATE,
    SIM_OP_SET, /* the version last seen: a compare and set */
    SIM_OP_SET_ANY,
    SIM_OP_DELETE,
    SIM_OP_GET,
    SIM_OP_EXISTS,
    SIM_OP_CHILDREN,
    SIM_OP_SEQUENTIAL,
    SIM_OP_EPHEMERAL,
    SIM_OP_DELETE_OWN, /* a sequential or ephemeral one it made */
    SIM_OP_MULTI,
    SIM_OP_SYNC, /* a read follows */
    SIM_OP_ADD_WATCH,
    SIM_OP_MOVE,  /* to another server, session kept */
    SIM_OP_CLOSE, /* the session */
    SIM_OP_KINDS
} sim_op_kind_t;

enum { SIM_PATH_BYTES = 48, SIM_OPS_MAX = 16, SIM_WATCHES_MAX = 40, SIM_OWN_MAX = 12 };

typedef struct sim_op {
    sim_op_kind_t kind;
    int32_t xid;
    char path[SIM_PATH_BYTES], path2[SIM_PATH_BYTES];
    bool watch;
    int32_t mode;
    int64_t
        floor_zxid; /* the answer must be of this zxid at least: acknowledged before it was asked */
    int64_t asked_us;
} sim_op_t;

typedef enum sim_watch_kind {
    SIM_WATCH_DATA,
    SIM_WATCH_EXISTS,
    SIM_WATCH_CHILD,
    SIM_WATCH_PERSISTENT,
    SIM_WATCH_RECURSIVE
} sim_watch_kind_t;

typedef struct sim_watch {
    sim_watch_kind_t kind;
    char path[SIM_PATH_BYTES];
    int64_t zxid; /* seen up to here */
} sim_watch_t;

typedef enum sim_client_state {
    SIM_CLIENT_IDLE,
    SIM_CLIENT_CONNECTING,
    SIM_CLIENT_CONNECTED
} sim_client_state_t;

struct sim_client {
    int index;
    sim_client_state_t state;
    sim_conn_t *conn;
    int server;
    int64_t session_id;
    uint8_t password[16];
    int32_t timeout_ms;
    int64_t last_zxid, last_txn_zxid, heard_us, sent_us;
    int64_t ping_us, touched_us; /* the newest request that was answered had been sent then */
    int32_t next_xid;
    sim_op_t ops[SIM_OPS_MAX];
    int ops_count;
    sim_watch_t watches[SIM_WATCHES_MAX];
    int watches_count;
    bool watches_settled; /* set again after the last reconnection */
    char own[SIM_OWN_MAX][SIM_PATH_BYTES];
    int own_count;
    int32_t versions[8];  /* last seen, by register */
    int64_t synced_floor; /* reads from here on are of at least this zxid; -1: no sync yet */
    zk_buffer_t inbox;
    int64_t values;  /* written so far */
    bool stopping;   /* asks no more */
    bool only_reads; /* and syncs before them */
    int avoids;      /* index + 1 of the server that it does not go to; 0: none */
    int64_t write_answers, answers;
    uint64_t life;
};

void sim_client_create(sim_t *sim, int index);
void sim_client_free(sim_client_t *client);
void sim_client_receive(sim_t *sim, sim_client_t *client, sim_conn_t *conn,
                        const sim_message_t *message);
void sim_client_drop(sim_t *sim, sim_client_t *client, bool silent);
/* A register's path. */
void sim_register_path(char *path, int number);
int sim_register_of(zk_str_t path); /* -1: none */
enum { SIM_REGISTERS = 6 };

/* ---- what is known to be true ---- */

typedef struct sim_txn {
    int64_t zxid, client_id;
    int32_t cxid, type, err;
    uint64_t hash;
    uint64_t digest;
    bool has_digest;
} sim_txn_t;

/* One change that watchers of a path hear of, and the state behind it. */
typedef struct sim_change {
    int64_t zxid;
    int type; /* of the event */
    bool exists;
    int32_t version;
    int64_t mzxid;
    uint64_t data_hash, children_hash;
} sim_change_t;

typedef struct sim_changes {
    sim_change_t *items;
    size_t count, capacity;
} sim_changes_t;

typedef struct sim_session {
    int64_t created_zxid, closed_zxid; /* 0: not */
    int32_t last_cxid;                 /* of its latest request */
    bool told_expired;
} sim_session_t;

typedef struct sim_proposal {
    uint64_t hash;
    zk_blob_t *blob;
} sim_proposal_t;

typedef struct sim_history {
    sim_txn_t *txns; /* committed, ascending */
    size_t count, capacity;
    zk_tree_t *tree; /* after the last of them */
    int64_t base_zxid;
    zk_map_str_t changes; /* path -> sim_changes_t */
    zk_map64_t sessions;  /* id -> sim_session_t */
    zk_map64_t proposals; /* zxid + 1 -> sim_proposal_t */
    zk_map64_t leaders;   /* epoch + 1 -> sid + 1 */
    zk_map64_t begins;    /* epoch + 1 -> zxid of the last transaction that its leader began with */
    zk_map64_t digests;   /* zxid + 1 -> digest + 1 of states without a txn of their own */
    int64_t acknowledged; /* largest zxid whose success a client has read */
    sim_t *sim;
} sim_history_t;

void sim_history_init(sim_t *sim);
void sim_history_free(sim_history_t *history);
const sim_txn_t *sim_history_find(const sim_history_t *history, int64_t zxid);
int64_t sim_history_last(const sim_history_t *history);
/* What PATH was after ZXID; NULL: it had never been touched. */
const sim_change_t *sim_history_at(const sim_history_t *history, const char *path, int64_t zxid,
                                   bool children);
/* The first change of PATH above ZXID that a watch of KIND hears of; NULL: none. */
const sim_change_t *sim_history_after(const sim_history_t *history, const char *path, int64_t zxid,
                                      sim_watch_kind_t kind);
/* SERVER has a proposal in its log. */
void sim_history_proposed(sim_t *sim, sim_server_t *server, int64_t zxid, zk_blob_t *blob);
/* The leader of EPOCH begins with a history that ends at ZXID. */
void sim_history_began(sim_t *sim, int64_t epoch, int64_t zxid);
/* SERVER begins to lead with a state that came as a snapshot: what in it was logged by others and
 * not yet known to be committed, is now. */
void sim_history_catch_up(sim_t *sim, sim_server_t *server, int64_t delivered);
/* RECORD is committed. */
void sim_history_commit(sim_t *sim, sim_server_t *server, const sim_record_t *record);

/* ---- checkers ---- */

/* After every step of SERVER. */
void sim_check_step(sim_t *sim, sim_server_t *server);
void sim_check_leadership(sim_t *sim, sim_server_t *server);
void sim_check_agreement(sim_t *sim, sim_server_t *server);
void sim_check_digest(sim_t *sim, sim_server_t *server);
void sim_check_ephemerals(sim_t *sim, sim_server_t *server);
/* Before SERVER says something to a peer. */
void sim_check_packet(sim_t *sim, sim_server_t *server, const uint8_t *bytes, size_t size);
void sim_check_vote(sim_t *sim, sim_server_t *server, const uint8_t *bytes, size_t size);
/* ZXID has just become known to be committed. */
void sim_ensemble_voters(const sim_t *sim, zk_quorum_t *voters);
void sim_ensemble_name_members(sim_t *sim);
void sim_check_durable(sim_t *sim, const sim_server_t *server, int64_t zxid);
void sim_check_expiry(sim_t *sim, int64_t session_id);
void sim_check_promised(sim_t *sim, const sim_server_t *server);
void sim_check_recovered(sim_t *sim, sim_server_t *server);
/* Do all serve, and have all that was committed up to ZXID? */
bool sim_is_settled(const sim_t *sim, int64_t zxid);
void sim_check_end(sim_t *sim, int64_t zxid);

/* ---- the whole ---- */

typedef struct sim_stats {
    int64_t steps, jobs, sim_us;
    int64_t faults[SIM_FAULT_KINDS];
    int64_t commits, answers, elections, crashes, truncations, snapshots_received, snapshots,
        log_reads, damaged_starts, expired, events;
} sim_stats_t;

struct sim {
    sim_config_t config;
    int64_t now_us;
    sim_job_t *jobs; /* a heap */
    size_t jobs_count, jobs_capacity;
    uint64_t jobs_made;
    zk_random_t net_random, disk_random, client_random, server_random;
    sim_server_t servers[SIM_SERVERS_MAX];
    int servers_count;
    sim_client_t clients[SIM_CLIENTS_MAX];
    int clients_count;
    sim_conn_t **conns; /* by id - 1 */
    size_t conns_count, conns_capacity;
    size_t conns_live_from; /* all before are closed on both sides */
    int blocked[SIM_PLACES_MAX][SIM_PLACES_MAX];
    zk_blob_t *votes[SIM_SERVERS_MAX][SIM_SERVERS_MAX]; /* waiting for a blocked way */
    int64_t votes_ready_us[SIM_SERVERS_MAX][SIM_SERVERS_MAX];
    int slow_net;
    sim_fault_t *faults;
    int faults_count;
    bool calm;
    int64_t calm_since_us;
    int lost_disks_max;
    char config_text[1024];
    sim_history_t history;
    sim_stats_t stats;
    uint64_t trace_hash;
    bool trace;
    bool failed;
    char failure[512];
    zk_arena_t *arena;
};

static inline int sim_client_place(int client)
{
    return SIM_SERVERS_MAX + client;
}

/* May ZXID be the first of its epoch? */
static inline bool sim_begins_epoch(const sim_t *sim, int64_t zxid)
{
    return (zxid & 0xffffffff) == 1 || (zxid & 0xffffffff) == sim->config.first_counter;
}

/* Draw the parameters from the seed. */
void sim_config_draw(sim_config_t *config, uint64_t seed);
void sim_config_print(const sim_config_t *config, char *text, size_t size);
/* Make the schedule. */
void sim_faults_draw(sim_t *sim);
void sim_faults_start(sim_t *sim);
void sim_faults_end(sim_t *sim);

sim_t *sim_create(const sim_config_t *config, uint64_t seed);
/* Run to the end, or to the first failure. */
void sim_run(sim_t *sim);
/* Go on until UNTIL_US (scenarios). */
void sim_run_until(sim_t *sim, int64_t until_us);
void sim_destroy(sim_t *sim);

void sim_fail(sim_t *sim, const char *format, ...) ZK_PRINTF(2, 3);
void sim_trace(sim_t *sim, const char *format, ...) ZK_PRINTF(2, 3);
void sim_mix(sim_t *sim, uint64_t value); /* into the trace's hash */

static inline uint64_t sim_between(zk_random_t *random, uint64_t low, uint64_t high)
{
    return low + zk_random_below(random, high - low + 1);
}

static inline bool sim_percent(zk_random_t *random, int percent)
{
    return (int)zk_random_below(random, 100) < percent;
}

#endif
