/* manager.c -- see manager.h.
 *
 * Invariants
 *   1. A text is told when it has changed, and no more often than once per second: a role that
 *      flickers is not worth a datagram each time.
 *   2. A sign of life goes out at a third of the interval that the manager allows, so that two may
 *      be lost. */
#include "server/manager.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <apr_file_info.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "base/plat_service.h"

enum {
    TELL_EVERY_MS = 1000,
    /* What a load may need until the next report of its progress, and a stop in all. */
    LOAD_STEP_MS = 60000,
    STOP_MS = 60000,
    /* So many items of a load between looks at the clock. */
    LOOK_EVERY = 1024,
    /* Bytes of a znode in a snapshot beside its path and data: two lengths, ACL number, stat. */
    ZNODE_FIXED_BYTES = 76
};

static void tell(zk_manager_t *manager, int64_t mono_ms, const char *text)
{
    snprintf(manager->told, sizeof(manager->told), "%s", text);
    manager->next_tell_ms = mono_ms + TELL_EVERY_MS;
    plat_service_tell(manager->told);
}

void zk_manager_ready(zk_manager_t *manager, int64_t mono_ms, const char *text)
{
    /* The platform names half of what the manager allows; two thirds of that are a third. */
    manager->alive_every_ms = plat_service_watchdog_ms() * 2 / 3;
    manager->next_alive_ms = mono_ms;
    tell(manager, mono_ms, text);
    plat_service_ready();
}

void zk_manager_alive(zk_manager_t *manager, int64_t mono_ms)
{
    if (manager->alive_every_ms == 0 || mono_ms < manager->next_alive_ms)
        return;
    manager->next_alive_ms = mono_ms + manager->alive_every_ms;
    plat_service_alive();
}

bool zk_manager_may_tell(const zk_manager_t *manager, int64_t mono_ms)
{
    return mono_ms >= manager->next_tell_ms;
}

void zk_manager_tell(zk_manager_t *manager, int64_t mono_ms, const char *text)
{
    if (!zk_manager_may_tell(manager, mono_ms))
        return;
    if (strncmp(manager->told, text, sizeof(manager->told) - 1) != 0)
        tell(manager, mono_ms, text);
    else
        manager->next_tell_ms = mono_ms + TELL_EVERY_MS;
}

void zk_manager_stopping(zk_manager_t *manager)
{
    manager->next_tell_ms = INT64_MAX; /* the role is no news any more */
    plat_service_stopping(STOP_MS);
}

void zk_manager_loaded(zk_manager_t *manager)
{
    manager->told[0] = '\0';
}

const char *zk_manager_quorum(zk_manager_t *manager, bool has_quorum)
{
    bool is_news = manager->had_quorum && has_quorum != manager->has_quorum;

    manager->has_quorum = has_quorum;
    manager->had_quorum |= has_quorum;
    if (!is_news)
        return NULL;
    return has_quorum ? "regained" : "lost";
}

bool zk_manager_describe_damage(const zk_store_loaded_t *loaded, char *text, size_t size)
{
    if (!loaded->torn_tail && !loaded->damaged_snapshot)
        return false;
    snprintf(text, size, "%s%s%s",
             loaded->damaged_snapshot
                 ? "a snapshot, for which an older one and the logs above it were taken"
                 : "",
             loaded->torn_tail && loaded->damaged_snapshot ? "; " : "",
             loaded->torn_tail ? "the end of the log, an unfinished transaction, which was cut off"
                               : "");
    return true;
}

/* ---- loading ---- */

void zk_progress_begin(zk_progress_t *progress, const zk_store_t *store, int64_t zxid,
                       apr_pool_t *scratch)
{
    apr_finfo_t info;
    const char *path;

    memset(progress, 0, sizeof(*progress));
    snprintf(progress->name, sizeof(progress->name), "snapshot.%" PRIx64, (uint64_t)zxid);
    path = apr_pstrcat(scratch, zk_store_snapshot_dir(store), "/", progress->name, NULL);
    if (apr_stat(&info, path, APR_FINFO_SIZE, scratch) == APR_SUCCESS)
        progress->bytes_total = info.size;
}

void zk_progress_describe(const zk_progress_t *progress, char *text, size_t size)
{
    if (progress->txns > 0)
        snprintf(text, size, "loading the log above %s (%" PRId64 " transactions)", progress->name,
                 progress->txns);
    else if (progress->bytes_total > 0)
        snprintf(text, size, "loading %s (%d %%)", progress->name,
                 progress->bytes < progress->bytes_total
                     ? (int)(100 * progress->bytes / progress->bytes_total)
                     : 100);
    else
        snprintf(text, size, "loading %s (%" PRId64 " znodes)", progress->name, progress->znodes);
}

static void report_progress(zk_progress_t *progress)
{
    int64_t now_ms = plat_monotonic_ms();
    char text[ZK_MANAGER_TEXT_BYTES];

    if (now_ms < progress->next_ms)
        return;
    progress->next_ms = now_ms + TELL_EVERY_MS;
    zk_progress_describe(progress, text, sizeof(text));
    plat_service_starting(LOAD_STEP_MS, text);
    plat_service_alive(); /* a running member loads anew when its leader says so */
}

void zk_progress_znode(zk_progress_t *progress, int64_t bytes)
{
    progress->bytes += bytes + ZNODE_FIXED_BYTES;
    if (progress->znodes++ % LOOK_EVERY == 0)
        report_progress(progress);
}

void zk_progress_txn(zk_progress_t *progress)
{
    if (progress->txns++ % LOOK_EVERY == 0)
        report_progress(progress);
}
