/* quota.c -- limits below /zookeeper/quota, and the usage kept beside them.
 *
 * A quota on P is active while /zookeeper/quota<P>/zookeeper_limits exists; the tree keeps the set
 * of active P.  Usage is the text of zookeeper_stats and is rewritten in place by every create,
 * delete and setData at or below P: no version, no zxid, no event, and those znodes are outside the
 * digest, so servers may differ in them.  Only the deepest P that covers a path is counted.  While
 * no quota is set the cost is one comparison.
 *
 * Usage that cannot be read is counted afresh, because a server must not end on what a client once
 * wrote.
 *
 * Facts: upstream Quotas.java, StatsTrack.java, PathTrie.java, DataTree.java (updateQuotaStat,
 * setupQuota), ZooKeeperServer.java (checkQuota). */
#include "tree/quota.h"

#include <inttypes.h>
#include <string.h>

#include "base/map.h"
#include "tree/digest.h"
#include "tree/path.h"
#include "tree/znode.h"

#define QUOTA_ROOT "/zookeeper/quota"
#define LIMITS_NAME "zookeeper_limits"
#define STATS_NAME "zookeeper_stats"

static char active; /* its address is the value of every entry in the set of active quotas */

/* ---- text ---- */

/* Java's Long.parseLong over ASCII digits. */
static bool parse_long(zk_str_t text, int64_t *value)
{
    bool negative = text.length > 0 && text.data[0] == '-';
    int32_t i = text.length > 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t sum = 0;

    if (i >= text.length)
        return false;
    for (; i < text.length; i++) {
        uint64_t digit = (uint64_t)(uint8_t)text.data[i] - '0';

        if (digit > 9 || sum > (limit - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

/* One `key=number` or `key==` (no number: -1); what follows a second '=' is ignored. */
static bool parse_pair(zk_quota_track_t *track, zk_str_t pair)
{
    const char *end = pair.data + pair.length;
    const char *equals = memchr(pair.data, '=', (size_t)pair.length);
    const char *stop;
    zk_str_t key;
    zk_str_t number;
    int64_t value = -1;

    if (equals == NULL)
        return false;
    key = zk_str_n(pair.data, (size_t)(equals - pair.data));
    for (stop = end; stop > equals && stop[-1] == '=';)
        stop--; /* Java's split drops empty parts at the end */
    if (stop <= equals)
        return false;
    number = zk_str_n(equals + 1, (size_t)(end - equals - 1));
    stop = memchr(number.data, '=', (size_t)number.length);
    if (stop != NULL)
        number.length = (int32_t)(stop - number.data);
    if (number.length > 0 && !parse_long(number, &value))
        return false;
    if (zk_str_equal_c(key, "count"))
        track->count = value;
    else if (zk_str_equal_c(key, "bytes"))
        track->bytes = value;
    else if (zk_str_equal_c(key, "countHardLimit"))
        track->count_hard = value;
    else if (zk_str_equal_c(key, "byteHardLimit"))
        track->bytes_hard = value;
    return true;
}

bool zk_quota_parse(zk_quota_track_t *track, zk_str_t text)
{
    int32_t begin = 0;
    int32_t at;

    *track = (zk_quota_track_t){-1, -1, -1, -1};
    if (zk_str_is_null(text))
        return false;
    while (begin < text.length) {
        for (at = begin; at < text.length && text.data[at] != ',' && text.data[at] != ';';)
            at++;
        if (at == begin) /* only a separator at the very beginning leaves an empty part */
            return false;
        if (!parse_pair(track, zk_str_n(text.data + begin, (size_t)(at - begin))))
            return false;
        while (at < text.length && (text.data[at] == ',' || text.data[at] == ';'))
            at++;
        begin = at;
    }
    return true;
}

void zk_quota_print(const zk_quota_track_t *track, zk_buffer_t *buffer)
{
    zk_buffer_printf(buffer, "count=%" PRId64 ",bytes=%" PRId64, track->count, track->bytes);
    if (track->bytes_hard != -1 || track->count_hard != -1)
        zk_buffer_printf(buffer, "=;byteHardLimit=%" PRId64 ";countHardLimit=%" PRId64,
                         track->bytes_hard, track->count_hard);
}

/* ---- paths ---- */

/* Is PATH /zookeeper/quota<TARGET>/<NAME>? */
static bool target_of(zk_str_t path, const char *name, zk_str_t *target)
{
    const size_t root = sizeof(QUOTA_ROOT) - 1;
    zk_str_t parent;

    if (!zk_str_starts_with(path, QUOTA_ROOT "/") || !zk_str_equal_c(zk_path_name(path), name))
        return false;
    parent = zk_path_parent(path);
    *target = zk_str_n(parent.data + root, zk_str_size(parent) - root);
    return true;
}

/* The znode /zookeeper/quota<TARGET>/<NAME>; its path is left in BUFFER. */
static zk_znode_t *find_beside(const zk_tree_t *tree, zk_str_t target, const char *name,
                               zk_buffer_t *buffer)
{
    zk_buffer_clear(buffer);
    zk_buffer_append(buffer, QUOTA_ROOT, sizeof(QUOTA_ROOT) - 1);
    zk_write_raw(buffer, target.data, zk_str_size(target));
    zk_buffer_append(buffer, "/", 1);
    zk_buffer_append(buffer, name, strlen(name));
    return zk_tree_find(tree, zk_str_n((const char *)buffer->data, zk_buffer_size(buffer)));
}

/* The deepest active quota that covers PATH, null when there is none. */
static zk_str_t deepest(const zk_tree_t *tree, zk_str_t path)
{
    if (zk_map_str_count(&tree->quotas) == 0)
        return ZK_STR_NULL;
    while (path.length > 1) {
        if (zk_map_str_get(&tree->quotas, path) != NULL)
            return path;
        path = zk_path_parent(path);
    }
    return ZK_STR_NULL;
}

/* ---- usage ---- */

static void recount(const zk_tree_t *tree, zk_str_t target, zk_quota_track_t *usage)
{
    const zk_znode_t *top = zk_tree_find(tree, target);
    const zk_znode_t *at = top;

    *usage = (zk_quota_track_t){0, 0, -1, -1};
    for (; at != NULL; at = zk_znode_preorder(tree, at, top, false)) {
        usage->count++;
        usage->bytes += at->data_length > 0 ? at->data_length : 0;
    }
}

/* Replace the data of the stats ZNODE at PATH, and nothing else of it. */
static void write_usage(zk_tree_t *tree, zk_znode_t *znode, zk_str_t path,
                        const zk_quota_track_t *usage)
{
    zk_buffer_t text = ZK_BUFFER_INIT;
    zk_str_t data;

    zk_quota_print(usage, &text);
    data = zk_str_n((const char *)text.data, zk_buffer_size(&text));
    zk_walk_before_change(tree, znode, false);
    tree->approximate_bytes += (int64_t)data.length - (int64_t)zk_str_size(zk_znode_data(znode));
    zk_znode_set_data(tree, znode, data);
    znode->digest_base = zk_digest_base(path, data);
    zk_buffer_free(&text);
}

static void update_usage(zk_tree_t *tree, zk_str_t target, int64_t count, int64_t bytes)
{
    zk_buffer_t path = ZK_BUFFER_INIT;
    zk_znode_t *znode = find_beside(tree, target, STATS_NAME, &path);
    zk_quota_track_t usage;

    if (znode != NULL) {
        if (zk_quota_parse(&usage, zk_znode_data(znode))) {
            usage.count = (int64_t)((uint64_t)usage.count + (uint64_t)count);
            usage.bytes = (int64_t)((uint64_t)usage.bytes + (uint64_t)bytes);
        } else {
            recount(tree, target, &usage);
        }
        write_usage(tree, znode, zk_str_n((const char *)path.data, zk_buffer_size(&path)), &usage);
    }
    zk_buffer_free(&path);
}

static void count_afresh(zk_tree_t *tree, zk_str_t target)
{
    zk_buffer_t path = ZK_BUFFER_INIT;
    zk_znode_t *znode = find_beside(tree, target, STATS_NAME, &path);
    zk_quota_track_t usage;

    if (znode != NULL) {
        recount(tree, target, &usage);
        write_usage(tree, znode, zk_str_n((const char *)path.data, zk_buffer_size(&path)), &usage);
    }
    zk_buffer_free(&path);
}

/* ---- called after changes ---- */

static void update_deepest(zk_tree_t *tree, zk_str_t path, int64_t count, int64_t bytes)
{
    zk_str_t target = deepest(tree, path);

    if (!zk_str_is_null(target))
        update_usage(tree, target, count, bytes);
}

void zk_quota_after_create(zk_tree_t *tree, zk_str_t path, int64_t bytes)
{
    zk_str_t target;

    if (target_of(path, LIMITS_NAME, &target) && target.length > 0)
        (void)zk_map_str_set(&tree->quotas, target, &active);
    else if (target_of(path, STATS_NAME, &target))
        count_afresh(tree, target);
    update_deepest(tree, path, 1, bytes);
}

void zk_quota_after_delete(zk_tree_t *tree, zk_str_t path, int64_t bytes)
{
    zk_str_t target;

    if (target_of(path, LIMITS_NAME, &target))
        (void)zk_map_str_remove(&tree->quotas, target);
    update_deepest(tree, path, -1, -bytes);
}

void zk_quota_after_set(zk_tree_t *tree, zk_str_t path, int64_t bytes_delta)
{
    update_deepest(tree, path, 0, bytes_delta);
}

void zk_quota_rebuild(zk_tree_t *tree)
{
    const zk_znode_t *top = zk_tree_find(tree, zk_str(QUOTA_ROOT));
    const zk_znode_t *at = top;
    zk_buffer_t path = ZK_BUFFER_INIT;
    zk_str_t target;

    for (; at != NULL; at = zk_znode_preorder(tree, at, top, false)) {
        if (at->first_child != 0 || !zk_str_equal_c(zk_znode_name(at), LIMITS_NAME))
            continue;
        zk_buffer_clear(&path);
        zk_znode_path(at, &path);
        if (!target_of(zk_str_n((const char *)path.data, zk_buffer_size(&path)), LIMITS_NAME,
                       &target) ||
            target.length == 0)
            continue;
        count_afresh(tree, target);
        (void)zk_map_str_set(&tree->quotas, target, &active);
    }
    zk_buffer_free(&path);
}

/* ---- questions ---- */

/* Is VALUE above the hard limit, or where there is none the soft limit?  Says so in MESSAGE; true
 * for the hard one. */
static bool breaks_hard(zk_str_t target, const char *what, int64_t value, int64_t soft,
                        int64_t hard, zk_buffer_t *message)
{
    bool is_hard = hard > -1;
    int64_t limit = is_hard ? hard : soft;

    if (value <= limit)
        return false;
    zk_buffer_printf(
        message, "%sQuota exceeded: %.*s [current %s=%" PRId64 ", %s%sLimit=%" PRId64 "]",
        zk_buffer_size(message) > 0 ? "; " : "", (int)target.length, target.data, what, value,
        is_hard ? "hard" : "soft", strcmp(what, "count") == 0 ? "Count" : "Byte", limit);
    return is_hard;
}

zk_code_t zk_quota_check(const zk_tree_t *tree, zk_str_t path, int64_t count_delta,
                         int64_t bytes_delta, bool enforce, zk_buffer_t *message)
{
    zk_str_t target = deepest(tree, path);
    zk_buffer_t scratch = ZK_BUFFER_INIT;
    zk_quota_track_t limits;
    zk_quota_track_t usage;
    const zk_znode_t *limits_znode;
    const zk_znode_t *stats_znode;
    bool broken = false;
    bool readable;

    if (zk_str_is_null(target))
        return ZK_CODE_OK;
    limits_znode = find_beside(tree, target, LIMITS_NAME, &scratch);
    stats_znode = find_beside(tree, target, STATS_NAME, &scratch);
    zk_buffer_free(&scratch);
    if (limits_znode == NULL || stats_znode == NULL)
        return ZK_CODE_OK;
    readable = zk_quota_parse(&limits, zk_znode_data(limits_znode)) &&
               zk_quota_parse(&usage, zk_znode_data(stats_znode));
    if (!readable)
        return enforce ? ZK_CODE_MARSHALLING_ERROR : ZK_CODE_OK;
    if (count_delta != 0 && (limits.count > -1 || limits.count_hard > -1))
        broken = breaks_hard(target, "count", usage.count + count_delta, limits.count,
                             limits.count_hard, message);
    if (!(broken && enforce) && bytes_delta != 0 && (limits.bytes > -1 || limits.bytes_hard > -1))
        broken |= breaks_hard(target, "bytes", usage.bytes + bytes_delta, limits.bytes,
                              limits.bytes_hard, message);
    return broken && enforce ? ZK_CODE_QUOTA_EXCEEDED : ZK_CODE_OK;
}

void zk_quota_visit(const zk_tree_t *tree,
                    void (*visit)(void *baton, zk_str_t path, const zk_quota_track_t *limits,
                                  const zk_quota_track_t *usage),
                    void *baton)
{
    zk_buffer_t scratch = ZK_BUFFER_INIT;
    uint32_t cursor = 0;
    zk_map_str_entry_t *entry;

    while ((entry = zk_map_str_next(&tree->quotas, &cursor)) != NULL) {
        zk_str_t target = {entry->key, entry->key_length};
        const zk_znode_t *limits_znode = find_beside(tree, target, LIMITS_NAME, &scratch);
        const zk_znode_t *stats_znode = find_beside(tree, target, STATS_NAME, &scratch);
        zk_quota_track_t limits;
        zk_quota_track_t usage;

        if (limits_znode != NULL && stats_znode != NULL &&
            zk_quota_parse(&limits, zk_znode_data(limits_znode)) &&
            zk_quota_parse(&usage, zk_znode_data(stats_znode)))
            visit(baton, target, &limits, &usage);
    }
    zk_buffer_free(&scratch);
}

bool zk_quota_refuses(zk_str_t path, zk_str_t data, bool is_create)
{
    zk_quota_track_t track;
    zk_str_t target;

    if (target_of(path, LIMITS_NAME, &target))
        return (is_create && target.length == 0) || !zk_quota_parse(&track, data);
    /* What a create writes into the stats is replaced at once. */
    return !is_create && target_of(path, STATS_NAME, &target) && !zk_quota_parse(&track, data);
}
