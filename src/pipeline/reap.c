/* reap.c -- containers and TTL znodes whose time has come go, a few at a time.
 *
 * A round begins at each check interval.  Deletions keep to the rate of container.maxPerMinute by
 * the time that has passed since the last tick, so a large round spreads over many ticks.
 *
 * Facts: upstream ContainerManager.java. */
#include "pipeline/mind.h"

#include "tree/reaper.h"

enum { BATCH_MAX = 256, MINUTE_MS = 60000 };

typedef struct batch {
    zk_replica_t *replica;
    zk_str_t paths[BATCH_MAX];
    int32_t count;
} batch_t;

static void note(void *baton, const zk_znode_t *znode)
{
    batch_t *batch = baton;
    zk_buffer_t *text = &batch->replica->text;
    size_t size;

    ZK_ASSERT(batch->count < BATCH_MAX);
    zk_buffer_clear(text);
    zk_znode_path(znode, text);
    size = zk_buffer_size(text);
    batch->paths[batch->count++] =
        zk_str_n(zk_arena_copy(batch->replica->arena, zk_buffer_bytes(text), size), size);
}

/* How many deletions the time since the last tick allows. */
static int32_t allowance(zk_replica_t *replica, int64_t elapsed_ms)
{
    int64_t per_minute = replica->options.container_max_per_minute;
    int64_t count;

    if (per_minute <= 0)
        return BATCH_MAX;
    replica->reap_allowance_ms += elapsed_ms > MINUTE_MS ? MINUTE_MS : elapsed_ms;
    count = replica->reap_allowance_ms * per_minute / MINUTE_MS;
    if (count > BATCH_MAX)
        count = BATCH_MAX;
    replica->reap_allowance_ms -= count * MINUTE_MS / per_minute;
    return (int32_t)count;
}

void zk_reap_tick(zk_replica_t *replica)
{
    zk_reaper_limits_t limits = {replica->options.container_never_used_ms};
    int64_t elapsed_ms = replica->mono_ms - replica->reap_last_ms;
    batch_t batch;
    int32_t max;
    int32_t i;

    replica->reap_last_ms = replica->mono_ms;
    if (!replica->reap_running) {
        if (replica->options.container_check_ms <= 0 || replica->mono_ms < replica->reap_next_ms)
            return;
        replica->reap_next_ms = replica->mono_ms + replica->options.container_check_ms;
        replica->reap_running = true;
        replica->reap_allowance_ms = 0;
        replica->reap_cursor = 0;
    }
    max = allowance(replica, elapsed_ms);
    if (max == 0)
        return;
    batch.replica = replica;
    batch.count = 0;
    zk_reaper_candidates(replica->tree, &limits, replica->wall_ms, &replica->reap_cursor, max, note,
                         &batch);
    for (i = 0; i < batch.count; i++)
        zk_prepare_delete_container(replica, batch.paths[i]);
    replica->reap_running = replica->reap_cursor != 0;
}
