/* promises.c -- I2 to I7: what a server says to another may rest only on what its disk would give
 * back now.
 *
 *   LEADERINFO(e)   acceptedEpoch >= e is durable                            (I2)
 *   ACKEPOCH        acceptedEpoch is durable, the zxid is of a durable record (I2)
 *   ACK(e, 0)       the whole initial history and currentEpoch >= e are      (I3)
 *   ACK(z)          z and everything before it                               (I4)
 *   a commit        a quorum holds it                                        (I5)
 *   a vote          its zxid and epoch are durable                           (I7)
 *
 * What was promised so is on the disk at the next start, unless a leader took it back by TRUNC or
 * SNAP, or the disk was found damaged, which costs the vote. */
#include "sim/sim.h"

enum { PACKET_ACK = 3, PACKET_LEADERINFO = 17, PACKET_ACKEPOCH = 18 };

static void check_ack(sim_t *sim, sim_server_t *server, int64_t zxid)
{
    sim_disk_t *disk = &server->disk;
    const sim_snapshot_t *newest = sim_disk_newest(disk);

    if (server->is_observer)
        return;
    if ((uint32_t)zxid != 0) {
        if (!sim_disk_holds(disk, zxid))
            sim_fail(sim, "I4: server %" PRId64 " acks 0x%" PRIx64 ", durable is 0x%" PRIx64,
                     server->sid, (uint64_t)zxid, (uint64_t)sim_disk_durable(disk));
        sim_disk_promise(disk, zxid);
        return;
    }
    if (newest != NULL && newest->unsynced)
        sim_fail(sim,
                 "I3: server %" PRId64 " acks epoch %" PRId64 " before the snapshot of 0x%" PRIx64
                 " is durable",
                 server->sid, zxid >> 32, (uint64_t)newest->zxid);
    if (disk->current_epoch < zxid >> 32)
        sim_fail(sim, "I3: server %" PRId64 " acks epoch %" PRId64 ", its currentEpoch is %" PRId64,
                 server->sid, zxid >> 32, disk->current_epoch);
    if (!sim_server_serves(sim, server) && disk->synced < disk->count)
        sim_fail(sim, "I3: server %" PRId64 " acks epoch %" PRId64 " before its history is durable",
                 server->sid, zxid >> 32);
    sim_disk_promise(disk, sim_disk_durable(disk));
}

void sim_check_packet(sim_t *sim, sim_server_t *server, const uint8_t *bytes, size_t size)
{
    const sim_disk_t *disk = &server->disk;
    int32_t type = (int32_t)zk_get_u32(bytes);
    int64_t zxid = (int64_t)zk_get_u64(bytes + 4);

    (void)size;
    switch (type) {
    case PACKET_LEADERINFO:
        if (disk->accepted_epoch < zxid >> 32)
            sim_fail(sim,
                     "I2: server %" PRId64 " offers epoch %" PRId64
                     ", durably accepted is %" PRId64,
                     server->sid, zxid >> 32, disk->accepted_epoch);
        break;
    case PACKET_ACKEPOCH:
        if (server->is_observer && !sim->config.observer_logs)
            break;
        if (disk->accepted_epoch < zk_zab_accepted_epoch(zk_replica_zab(server->replica)))
            sim_fail(sim, "I2: server %" PRId64 " acks an epoch that it has not durably accepted",
                     server->sid);
        if (zxid > sim_disk_durable(disk))
            sim_fail(sim, "I7: server %" PRId64 " claims 0x%" PRIx64 ", durable is 0x%" PRIx64,
                     server->sid, (uint64_t)zxid, (uint64_t)sim_disk_durable(disk));
        break;
    case PACKET_ACK:
        check_ack(sim, server, zxid);
        break;
    default:
        break;
    }
}

void sim_check_promised(sim_t *sim, const sim_server_t *server)
{
    if (sim_server_delivered(server) < server->disk.promised_zxid)
        sim_fail(sim,
                 "I4, I7: server %" PRId64 " comes back at 0x%" PRIx64
                 ", others rely on its 0x%" PRIx64,
                 server->sid, (uint64_t)sim_server_delivered(server),
                 (uint64_t)server->disk.promised_zxid);
}

void sim_check_vote(sim_t *sim, sim_server_t *server, const uint8_t *bytes, size_t size)
{
    zk_reader_t reader = zk_reader(bytes, size);
    int32_t state = zk_read_int(&reader);
    int64_t leader = zk_read_long(&reader);
    int64_t zxid = zk_read_long(&reader);
    int64_t epoch;

    zk_read_long(&reader);
    epoch = zk_read_long(&reader);
    if (reader.failed || state != ZK_SERVER_LOOKING || leader != server->sid || server->is_observer)
        return;
    if (server->disk.synced < server->disk.count &&
        zk_zab_phase(zk_replica_zab(server->replica)) == ZK_ZAB_ELECTION)
        sim_fail(sim, "I18: server %" PRId64 " looks for a leader while its log is being written",
                 server->sid);
    sim_disk_promise(&server->disk, zxid);
    if (zxid > sim_disk_durable(&server->disk) || epoch > server->disk.current_epoch)
        sim_fail(sim,
                 "I7: server %" PRId64 " stands with 0x%" PRIx64 " of epoch %" PRId64
                 ", durable are 0x%" PRIx64 " and %" PRId64,
                 server->sid, (uint64_t)zxid, epoch, (uint64_t)sim_disk_durable(&server->disk),
                 server->disk.current_epoch);
}

void sim_check_durable(sim_t *sim, const sim_server_t *server, int64_t zxid)
{
    bool holds[ZK_QUORUM_VOTERS_MAX] = {false};
    zk_replica_options_t options;
    int count = 0, i;

    sim_ensemble_voters(sim, &options.zab.voters);
    for (i = 0; i < sim->config.voters; i++) {
        const sim_disk_t *disk = &sim->servers[i].disk;

        /* What it acked before it lost all counts: it has no vote until it has it again. */
        holds[i] = sim_disk_holds(disk, zxid) || (disk->lost && zxid <= disk->lost_zxid);
        count += holds[i];
    }
    if (!zk_quorum_reached(&options.zab.voters, holds))
        sim_fail(sim,
                 "I5: server %" PRId64 " takes 0x%" PRIx64 " for committed, which %d voters hold",
                 server->sid, (uint64_t)zxid, count);
}
