/* pending.c -- the overlay of changes that are proposed and not yet applied.
 *
 * Entries are found by a hash of the path and die when the txn that touched them last is applied:
 * the tree then says the same.  Who touched what is a ring in zxid order.  The first edit of an
 * entry within a txn saves its image, so a failed multi costs as much to undo as it did.
 *
 * Rules of change are those of tree/apply.c; a digest that disagrees after applying would tell. */
#include "pipeline/pending.h"

#include <inttypes.h>
#include <stdio.h>

#include "tree/digest.h"
#include "tree/path.h"

enum { FIRST_BUCKETS = 256, SHORT_PATH_BYTES = 96 };

struct zk_change {
    zk_change_t *chain;
    zk_change_t *owner_next;
    zk_change_t *owner_prev;
    int64_t linked_owner; /* whose list it is in; 0: none */
    int64_t zxid;
    zk_prospect_t now; /* holds a reference on its ACL while it exists */
    uint32_t hash;
    int32_t path_length;
    int32_t path_capacity;
    char path[];
};

static zk_str_t canonical(zk_str_t path)
{
    return path.length == 1 && path.data[0] == '/' ? zk_str_n(path.data, 0) : path;
}

static zk_str_t change_path(const zk_change_t *change)
{
    return zk_str_n(change->path, (size_t)change->path_length);
}

/* ---- life ---- */

void zk_pending_init(zk_pending_t *pending, zk_tree_t *tree, bool digest_enabled)
{
    memset(pending, 0, sizeof(*pending));
    pending->tree = tree;
    pending->digest_enabled = digest_enabled;
    pending->digest = zk_tree_digest(tree);
    pending->buckets = zk_calloc(FIRST_BUCKETS, sizeof(zk_change_t *));
    pending->mask = FIRST_BUCKETS - 1;
    pending->owners = ZK_MAP64_INIT;
}

static void drop_acl(zk_pending_t *pending, zk_prospect_t *prospect)
{
    if (prospect->acl != NULL)
        zk_acl_release(zk_tree_acls(pending->tree), (zk_acl_list_t *)(uintptr_t)prospect->acl);
    prospect->acl = NULL;
}

static void hold_acl(const zk_prospect_t *prospect)
{
    if (prospect->acl != NULL)
        zk_acl_hold((zk_acl_list_t *)(uintptr_t)prospect->acl);
}

void zk_pending_free(zk_pending_t *pending)
{
    uint32_t i;

    if (pending->buckets == NULL)
        return;
    for (i = 0; i <= pending->mask; i++)
        while (pending->buckets[i] != NULL) {
            zk_change_t *change = pending->buckets[i];

            pending->buckets[i] = change->chain;
            drop_acl(pending, &change->now);
            zk_free(change);
        }
    while (pending->spare != NULL) {
        zk_change_t *change = pending->spare;

        pending->spare = change->chain;
        zk_free(change);
    }
    zk_free(pending->buckets);
    zk_free(pending->touches);
    zk_free(pending->undo);
    zk_map64_free(&pending->owners);
    memset(pending, 0, sizeof(*pending));
}

/* ---- finding ---- */

static uint32_t hash_path(zk_str_t path)
{
    return (uint32_t)zk_hash_bytes(path.data, zk_str_size(path), 0);
}

static zk_change_t *find_change(const zk_pending_t *pending, zk_str_t path, uint32_t hash)
{
    zk_change_t *change = pending->buckets[hash & pending->mask];

    while (change != NULL && (change->hash != hash || !zk_str_equal(change_path(change), path)))
        change = change->chain;
    return change;
}

static void look_in_tree(const zk_pending_t *pending, zk_str_t path, zk_prospect_t *prospect)
{
    const zk_znode_t *znode = zk_tree_find(pending->tree, path);

    prospect->exists = znode != NULL;
    prospect->acl = NULL;
    if (znode == NULL)
        return;
    prospect->num_children = zk_znode_num_children(znode);
    prospect->data_length = (int32_t)zk_str_size(zk_znode_data(znode));
    prospect->digest_base = zk_znode_digest_base(znode);
    zk_znode_stat_persisted(znode, &prospect->stat);
    prospect->acl = zk_znode_acl(znode);
}

bool zk_pending_look(const zk_pending_t *pending, zk_str_t path, zk_prospect_t *prospect)
{
    zk_str_t key = canonical(path);

    if (pending->count > 0) {
        const zk_change_t *change = find_change(pending, key, hash_path(key));

        if (change != NULL) {
            *prospect = change->now;
            return prospect->exists;
        }
    }
    look_in_tree(pending, key, prospect);
    return prospect->exists;
}

/* ---- lists of owners ---- */

static void unlink_owner(zk_pending_t *pending, zk_change_t *change)
{
    uint64_t key = (uint64_t)change->linked_owner;

    if (change->linked_owner == 0)
        return;
    if (change->owner_prev != NULL)
        change->owner_prev->owner_next = change->owner_next;
    else if (change->owner_next != NULL)
        zk_map64_set(&pending->owners, key, change->owner_next);
    else
        zk_map64_remove(&pending->owners, key);
    if (change->owner_next != NULL)
        change->owner_next->owner_prev = change->owner_prev;
    change->owner_next = NULL;
    change->owner_prev = NULL;
    change->linked_owner = 0;
}

/* Put CHANGE into the list that its present state asks for. */
static void relink_owner(zk_pending_t *pending, zk_change_t *change)
{
    int64_t owner = change->now.exists ? change->now.stat.ephemeral_owner : 0;
    zk_change_t *first;

    if (owner == change->linked_owner)
        return;
    unlink_owner(pending, change);
    if (owner == 0)
        return;
    first = zk_map64_get(&pending->owners, (uint64_t)owner);
    change->owner_next = first;
    if (first != NULL)
        first->owner_prev = change;
    zk_map64_set(&pending->owners, (uint64_t)owner, change);
    change->linked_owner = owner;
}

/* ---- entries ---- */

static zk_change_t *take_entry(zk_pending_t *pending, int32_t path_length)
{
    zk_change_t *change = pending->spare;
    int32_t capacity = path_length > SHORT_PATH_BYTES ? path_length : SHORT_PATH_BYTES;

    if (change != NULL && path_length <= SHORT_PATH_BYTES) {
        pending->spare = change->chain;
    } else {
        change = zk_malloc(sizeof(*change) + (size_t)capacity);
        change->path_capacity = capacity;
    }
    change->chain = NULL;
    change->owner_next = NULL;
    change->owner_prev = NULL;
    change->linked_owner = 0;
    change->zxid = 0;
    return change;
}

static void give_entry(zk_pending_t *pending, zk_change_t *change)
{
    if (change->path_capacity == SHORT_PATH_BYTES) {
        change->chain = pending->spare;
        pending->spare = change;
    } else {
        zk_free(change);
    }
}

static void grow_buckets(zk_pending_t *pending)
{
    uint32_t mask = pending->mask * 2 + 1;
    zk_change_t **buckets = zk_calloc((size_t)mask + 1, sizeof(zk_change_t *));
    uint32_t i;

    for (i = 0; i <= pending->mask; i++)
        while (pending->buckets[i] != NULL) {
            zk_change_t *change = pending->buckets[i];

            pending->buckets[i] = change->chain;
            change->chain = buckets[change->hash & mask];
            buckets[change->hash & mask] = change;
        }
    zk_free(pending->buckets);
    pending->buckets = buckets;
    pending->mask = mask;
}

static zk_change_t *add_entry(zk_pending_t *pending, zk_str_t path, uint32_t hash)
{
    zk_change_t *change = take_entry(pending, path.length);

    if (pending->count > pending->mask)
        grow_buckets(pending);
    change->hash = hash;
    change->path_length = path.length;
    memcpy(change->path, path.data, zk_str_size(path));
    change->chain = pending->buckets[hash & pending->mask];
    pending->buckets[hash & pending->mask] = change;
    pending->count++;
    return change;
}

static void remove_entry(zk_pending_t *pending, zk_change_t *change)
{
    zk_change_t **link = &pending->buckets[change->hash & pending->mask];

    while (*link != change)
        link = &(*link)->chain;
    *link = change->chain;
    pending->count--;
    unlink_owner(pending, change);
    drop_acl(pending, &change->now);
    give_entry(pending, change);
}

static void push_touch(zk_pending_t *pending, zk_change_t *change)
{
    size_t used = pending->touches_tail - pending->touches_head;

    if (used == pending->touches_capacity) {
        size_t capacity = used == 0 ? FIRST_BUCKETS : used * 2;
        zk_touch_t *ring = zk_malloc(capacity * sizeof(*ring));
        size_t i;

        for (i = 0; i < used; i++)
            ring[i] = pending->touches[(pending->touches_head + i) % pending->touches_capacity];
        zk_free(pending->touches);
        pending->touches = ring;
        pending->touches_capacity = capacity;
        pending->touches_head = 0;
        pending->touches_tail = used;
    }
    pending->touches[pending->touches_tail % pending->touches_capacity] =
        (zk_touch_t){change, pending->zxid};
    pending->touches_tail++;
}

static void save_undo(zk_pending_t *pending, zk_change_t *change, bool was_absent)
{
    zk_undo_t *undo;

    if (pending->undo_count == pending->undo_capacity) {
        pending->undo_capacity = pending->undo_capacity == 0 ? 32 : pending->undo_capacity * 2;
        pending->undo = zk_realloc(pending->undo, pending->undo_capacity * sizeof(*pending->undo));
    }
    undo = &pending->undo[pending->undo_count++];
    undo->change = change;
    undo->was_absent = was_absent;
    undo->zxid = change->zxid;
    undo->before = change->now;
    if (!was_absent)
        hold_acl(&undo->before);
}

/* The entry of PATH, to be changed by the txn begun; its image is saved on the first touch. */
static zk_change_t *edit(zk_pending_t *pending, zk_str_t path)
{
    zk_str_t key = canonical(path);
    uint32_t hash = hash_path(key);
    zk_change_t *change = find_change(pending, key, hash);
    bool was_absent = change == NULL;

    ZK_ASSERT(pending->zxid != 0);
    if (was_absent) {
        change = add_entry(pending, key, hash);
        look_in_tree(pending, key, &change->now);
        hold_acl(&change->now);
        relink_owner(pending, change);
    }
    if (change->zxid != pending->zxid) {
        save_undo(pending, change, was_absent);
        push_touch(pending, change);
        change->zxid = pending->zxid;
    }
    return change;
}

/* ---- the txn being prepared ---- */

void zk_pending_begin(zk_pending_t *pending, int64_t zxid, int64_t time_ms)
{
    ZK_ASSERT(pending->zxid == 0);
    ZK_ASSERT(zxid != 0);
    pending->zxid = zxid;
    pending->time_ms = time_ms;
    pending->digest_before = pending->digest;
    pending->undo_count = 0;
}

void zk_pending_keep(zk_pending_t *pending)
{
    size_t i;

    ZK_ASSERT(pending->zxid != 0);
    for (i = 0; i < pending->undo_count; i++)
        if (!pending->undo[i].was_absent)
            drop_acl(pending, &pending->undo[i].before);
    pending->undo_count = 0;
    pending->zxid = 0;
}

void zk_pending_rollback(zk_pending_t *pending)
{
    ZK_ASSERT(pending->zxid != 0);
    ZK_ASSERT(pending->touches_tail - pending->touches_head >= pending->undo_count);
    pending->touches_tail -= pending->undo_count;
    while (pending->undo_count > 0) {
        zk_undo_t *undo = &pending->undo[--pending->undo_count];
        zk_change_t *change = undo->change;

        if (undo->was_absent) {
            remove_entry(pending, change);
            continue;
        }
        drop_acl(pending, &change->now);
        change->now = undo->before;
        change->zxid = undo->zxid;
        relink_owner(pending, change);
    }
    pending->digest = pending->digest_before;
    pending->zxid = 0;
}

/* ---- edits ---- */

/* Take CHANGE's znode out of the digest before it changes, and put it back after. */
static void leave_digest(zk_pending_t *pending, const zk_change_t *change)
{
    if (pending->digest_enabled && change->now.exists && zk_digest_counts(change_path(change)))
        pending->digest -= zk_digest_znode(change->now.digest_base, &change->now.stat);
}

static void enter_digest(zk_pending_t *pending, const zk_change_t *change)
{
    if (pending->digest_enabled && change->now.exists && zk_digest_counts(change_path(change)))
        pending->digest += zk_digest_znode(change->now.digest_base, &change->now.stat);
}

void zk_pending_create(zk_pending_t *pending, zk_str_t path, zk_str_t data,
                       const zk_acl_vector_t *acl, int64_t owner, int32_t parent_cversion)
{
    zk_change_t *parent = edit(pending, zk_path_parent(path));
    zk_change_t *change;

    ZK_ASSERT(parent->now.exists);
    leave_digest(pending, parent);
    parent->now.num_children++;
    if (parent_cversion > parent->now.stat.cversion) {
        parent->now.stat.cversion = parent_cversion;
        parent->now.stat.pzxid = pending->zxid;
    }
    enter_digest(pending, parent);

    change = edit(pending, path);
    ZK_ASSERT(!change->now.exists);
    memset(&change->now, 0, sizeof(change->now));
    change->now.exists = true;
    change->now.data_length = (int32_t)zk_str_size(data);
    change->now.stat.czxid = pending->zxid;
    change->now.stat.mzxid = pending->zxid;
    change->now.stat.pzxid = pending->zxid;
    change->now.stat.ctime = pending->time_ms;
    change->now.stat.mtime = pending->time_ms;
    change->now.stat.ephemeral_owner = owner;
    change->now.acl = zk_acl_intern(zk_tree_acls(pending->tree), acl);
    if (pending->digest_enabled)
        change->now.digest_base = zk_digest_base(change_path(change), data);
    relink_owner(pending, change);
    enter_digest(pending, change);
}

void zk_pending_delete(zk_pending_t *pending, zk_str_t path)
{
    zk_change_t *parent = edit(pending, zk_path_parent(path));
    zk_change_t *change;

    ZK_ASSERT(parent->now.exists);
    leave_digest(pending, parent);
    parent->now.num_children--;
    if (pending->zxid > parent->now.stat.pzxid)
        parent->now.stat.pzxid = pending->zxid;
    enter_digest(pending, parent);

    change = edit(pending, path);
    ZK_ASSERT(change->now.exists);
    leave_digest(pending, change);
    drop_acl(pending, &change->now);
    change->now.exists = false;
    relink_owner(pending, change);
}

void zk_pending_set_data(zk_pending_t *pending, zk_str_t path, zk_str_t data, int32_t version)
{
    zk_change_t *change = edit(pending, path);

    ZK_ASSERT(change->now.exists);
    leave_digest(pending, change);
    change->now.data_length = (int32_t)zk_str_size(data);
    change->now.stat.version = version;
    change->now.stat.mzxid = pending->zxid;
    change->now.stat.mtime = pending->time_ms;
    if (pending->digest_enabled)
        change->now.digest_base = zk_digest_base(change_path(change), data);
    enter_digest(pending, change);
}

void zk_pending_set_acl(zk_pending_t *pending, zk_str_t path, const zk_acl_vector_t *acl,
                        int32_t aversion)
{
    zk_change_t *change = edit(pending, path);
    zk_acl_list_t *list = zk_acl_intern(zk_tree_acls(pending->tree), acl);

    ZK_ASSERT(change->now.exists);
    leave_digest(pending, change);
    drop_acl(pending, &change->now);
    change->now.acl = list;
    change->now.stat.aversion = aversion;
    enter_digest(pending, change);
}

/* ---- applied ---- */

void zk_pending_applied(zk_pending_t *pending, int64_t zxid)
{
    while (pending->touches_head != pending->touches_tail) {
        zk_touch_t *touch = &pending->touches[pending->touches_head % pending->touches_capacity];

        if (touch->zxid > zxid)
            return;
        pending->touches_head++;
        if (touch->change->zxid == touch->zxid)
            remove_entry(pending, touch->change);
    }
}

/* ---- ephemerals ---- */

typedef struct collector {
    const zk_pending_t *pending;
    zk_arena_t *arena;
    zk_buffer_t path;
    zk_str_vector_t *paths;
    int32_t capacity;
} collector_t;

static void collect(collector_t *collector, zk_str_t path)
{
    ZK_ASSERT(collector->paths->count < collector->capacity);
    collector->paths->items[collector->paths->count++] =
        zk_str_n(zk_arena_copy(collector->arena, path.data, zk_str_size(path)), zk_str_size(path));
}

static void collect_from_tree(void *baton, zk_znode_t *znode)
{
    collector_t *collector = baton;
    zk_str_t path;

    zk_buffer_clear(&collector->path);
    zk_znode_path(znode, &collector->path);
    path =
        zk_str_n((const char *)zk_buffer_bytes(&collector->path), zk_buffer_size(&collector->path));
    if (find_change(collector->pending, path, hash_path(path)) == NULL)
        collect(collector, path);
}

zk_str_vector_t zk_pending_ephemerals(const zk_pending_t *pending, int64_t session_id,
                                      zk_arena_t *arena)
{
    zk_str_vector_t paths = {0, NULL};
    collector_t collector = {pending, arena, ZK_BUFFER_INIT, &paths, 0};
    const zk_change_t *first = zk_map64_get(&pending->owners, (uint64_t)session_id);
    const zk_change_t *change;

    collector.capacity = zk_tree_session_ephemerals_count(pending->tree, session_id);
    for (change = first; change != NULL; change = change->owner_next)
        collector.capacity++;
    if (collector.capacity == 0)
        return paths;
    paths.items = zk_arena_calloc(arena, (size_t)collector.capacity, sizeof(*paths.items));
    zk_tree_visit_ephemerals(pending->tree, session_id, collect_from_tree, &collector);
    for (change = first; change != NULL; change = change->owner_next)
        collect(&collector, change_path(change));
    zk_buffer_free(&collector.path);
    return paths;
}

/* ---- proof ---- */

const char *zk_pending_check(const zk_pending_t *pending, char *text, size_t size)
{
    uint32_t seen = 0;
    uint32_t i;

    for (i = 0; i <= pending->mask; i++) {
        const zk_change_t *change;

        for (change = pending->buckets[i]; change != NULL; change = change->chain) {
            int64_t owner = change->now.exists ? change->now.stat.ephemeral_owner : 0;

            seen++;
            if (change->zxid <= zk_tree_last_zxid(pending->tree)) {
                snprintf(text, size, "pending change of 0x%" PRIx64 " is already applied",
                         (uint64_t)change->zxid);
                return text;
            }
            if (owner != change->linked_owner) {
                snprintf(text, size, "pending change of 0x%" PRIx64 " is in a wrong owner's list",
                         (uint64_t)change->zxid);
                return text;
            }
        }
    }
    if (seen != pending->count) {
        snprintf(text, size, "pending changes: %u counted, %u found", pending->count, seen);
        return text;
    }
    if (pending->count == 0 && pending->touches_head == pending->touches_tail &&
        pending->digest_enabled && pending->digest != zk_tree_digest(pending->tree)) {
        snprintf(text, size, "pending digest differs from the tree's with nothing in flight");
        return text;
    }
    return NULL;
}
