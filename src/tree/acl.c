/* acl.c -- interned ACL lists and the permission check.
 *
 * Lists sit in an array of slots; a hash of the content finds an equal one.  Slots are reused, ids
 * are not: an id is what a snapshot calls a list, and a snapshot being written may still name a
 * list that no znode holds any more.  Ids of a snapshot that is read are translated at once and
 * forgotten, so a table never has two lists for one id, nor an id that means nothing (upstream's
 * ZOOKEEPER-4689, -4846).
 *
 * Invariants
 *   1. Slot 0 is the open list (id -1); it is never freed and not counted.
 *   2. Known lists of equal content are one list, found by hash.  Unknown lists are in no chain, so
 *      that nobody who asks for a list of his own gets one of them.
 *   3. ids ascend in the order of creation and are never given twice.
 *
 * Facts: upstream ReferenceCountedACLCache.java, ZooKeeperServer.java (checkACL). */
#include "tree/acl.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "wire/opcode.h"

#define BUCKETS_FIRST 64
/* Entries from which a list remembers its last answer: one request may ask thousands of times for
 * the same znode, and a list can have tens of thousands of entries. */
#define LONG_LIST 32

struct zk_acl_table {
    zk_acl_list_t **slots; /* NULL where free */
    uint32_t slots_used;   /* slots ever used, the free ones included */
    uint32_t slots_capacity;
    uint32_t *free_slots; /* stack of free ones */
    uint32_t free_count;
    uint32_t free_capacity;
    zk_acl_list_t **buckets;
    uint32_t bucket_mask;
    uint32_t count; /* lists in use, without the open one */
    int64_t last_id;
    zk_map64_t by_loaded_id;
    zk_acl_list_t open;
    zk_acl_t open_entry;
};

/* ---- content ---- */

static uint32_t hash_acl(const zk_acl_vector_t *acl)
{
    uint64_t hash = 0;
    int32_t i;

    for (i = 0; i < acl->count; i++) {
        const zk_acl_t *entry = &acl->items[i];

        hash = zk_hash_u64(hash + (uint32_t)entry->perms);
        hash = zk_hash_bytes(entry->id.scheme.data, zk_str_size(entry->id.scheme), hash);
        hash = zk_hash_bytes(entry->id.id.data, zk_str_size(entry->id.id), hash);
    }
    return (uint32_t)(hash ^ hash >> 32);
}

static bool acl_equal(const zk_acl_vector_t *a, const zk_acl_vector_t *b)
{
    int32_t i;

    if (a->count != b->count)
        return false;
    for (i = 0; i < a->count; i++) {
        const zk_acl_t *x = &a->items[i];
        const zk_acl_t *y = &b->items[i];

        if (x->perms != y->perms || !zk_str_equal(x->id.scheme, y->id.scheme) ||
            !zk_str_equal(x->id.id, y->id.id))
            return false;
    }
    return true;
}

static zk_str_t copy_str(char **at, zk_str_t str)
{
    zk_str_t copy = {*at, str.length};

    if (zk_str_is_null(str))
        return ZK_STR_NULL;
    memcpy(*at, str.length > 0 ? str.data : "", zk_str_size(str));
    *at += zk_str_size(str);
    return copy;
}

/* A list with a copy of ACL: entries, then the text, in one piece of memory. */
static zk_acl_list_t *create_list(const zk_acl_vector_t *acl, uint32_t hash)
{
    size_t entries = (size_t)acl->count * sizeof(zk_acl_t);
    size_t text = 0;
    zk_acl_list_t *list = zk_calloc(1, sizeof(*list));
    char *at;
    int32_t i;

    for (i = 0; i < acl->count; i++)
        text += zk_str_size(acl->items[i].id.scheme) + zk_str_size(acl->items[i].id.id);
    list->hash = hash;
    list->acl.count = acl->count;
    list->acl.items = zk_malloc(entries + text + 1);
    at = (char *)list->acl.items + entries;
    for (i = 0; i < acl->count; i++) {
        list->acl.items[i].perms = acl->items[i].perms;
        list->acl.items[i].id.scheme = copy_str(&at, acl->items[i].id.scheme);
        list->acl.items[i].id.id = copy_str(&at, acl->items[i].id.id);
    }
    return list;
}

/* ---- the table ---- */

zk_acl_table_t *zk_acl_table_create(void)
{
    zk_acl_table_t *table = zk_calloc(1, sizeof(*table));

    table->open_entry.perms = ZK_PERM_ALL;
    table->open_entry.id.scheme = zk_str("world");
    table->open_entry.id.id = zk_str("anyone");
    table->open.id = -1;
    table->open.acl.count = 1;
    table->open.acl.items = &table->open_entry;
    table->bucket_mask = BUCKETS_FIRST - 1;
    table->buckets = zk_calloc(BUCKETS_FIRST, sizeof(*table->buckets));
    table->slots_capacity = 16;
    table->slots = zk_calloc(table->slots_capacity, sizeof(*table->slots));
    table->slots[ZK_ACL_SLOT_OPEN] = &table->open;
    table->slots_used = 1;
    return table;
}

static void free_list(zk_acl_list_t *list)
{
    zk_identities_release(list->asked_by);
    zk_free(list->acl.items);
    zk_free(list);
}

void zk_acl_table_destroy(zk_acl_table_t *table)
{
    uint32_t i;

    if (table == NULL)
        return;
    for (i = 1; i < table->slots_used; i++)
        if (table->slots[i] != NULL)
            free_list(table->slots[i]);
    zk_map64_free(&table->by_loaded_id);
    zk_free(table->slots);
    zk_free(table->free_slots);
    zk_free(table->buckets);
    zk_free(table);
}

static void grow_buckets(zk_acl_table_t *table)
{
    uint32_t mask = table->bucket_mask * 2 + 1;
    zk_acl_list_t **buckets = zk_calloc((size_t)mask + 1, sizeof(*buckets));
    uint32_t i;

    for (i = 0; i <= table->bucket_mask; i++) {
        zk_acl_list_t *list = table->buckets[i];

        while (list != NULL) {
            zk_acl_list_t *next = list->next;

            list->next = buckets[list->hash & mask];
            buckets[list->hash & mask] = list;
            list = next;
        }
    }
    zk_free(table->buckets);
    table->buckets = buckets;
    table->bucket_mask = mask;
}

static void take_slot(zk_acl_table_t *table, zk_acl_list_t *list)
{
    if (table->free_count > 0) {
        list->slot = table->free_slots[--table->free_count];
    } else {
        if (table->slots_used == table->slots_capacity) {
            table->slots_capacity *= 2;
            table->slots =
                zk_realloc(table->slots, (size_t)table->slots_capacity * sizeof(*table->slots));
        }
        list->slot = table->slots_used++;
    }
    table->slots[list->slot] = list;
    list->id = ++table->last_id;
    list->references = 1;
    table->count++;
}

static void give_slot(zk_acl_table_t *table, uint32_t slot)
{
    if (table->free_count == table->free_capacity) {
        table->free_capacity = table->free_capacity == 0 ? 16 : table->free_capacity * 2;
        table->free_slots =
            zk_realloc(table->free_slots, (size_t)table->free_capacity * sizeof(uint32_t));
    }
    table->slots[slot] = NULL;
    table->free_slots[table->free_count++] = slot;
    table->count--;
}

zk_acl_list_t *zk_acl_at(const zk_acl_table_t *table, uint32_t slot)
{
    ZK_ASSERT(slot < table->slots_used && table->slots[slot] != NULL);
    return table->slots[slot];
}

zk_acl_list_t *zk_acl_intern(zk_acl_table_t *table, const zk_acl_vector_t *acl)
{
    zk_acl_list_t *list;
    uint32_t hash;

    if (acl->count < 0 || acl_equal(acl, &table->open.acl))
        return &table->open;
    hash = hash_acl(acl);
    for (list = table->buckets[hash & table->bucket_mask]; list != NULL; list = list->next)
        if (list->hash == hash && acl_equal(&list->acl, acl))
            return zk_acl_hold(list);
    if (table->count > table->bucket_mask)
        grow_buckets(table);
    list = create_list(acl, hash);
    take_slot(table, list);
    list->next = table->buckets[hash & table->bucket_mask];
    table->buckets[hash & table->bucket_mask] = list;
    return list;
}

zk_acl_list_t *zk_acl_hold(zk_acl_list_t *list)
{
    if (list->id != -1) {
        ZK_ASSERT(list->references > 0 && list->references < UINT32_MAX);
        list->references++;
    }
    return list;
}

void zk_acl_release(zk_acl_table_t *table, zk_acl_list_t *list)
{
    zk_acl_list_t **link;

    if (list->id == -1)
        return;
    ZK_ASSERT(list->references > 0 && table->slots[list->slot] == list);
    if (--list->references > 0)
        return;
    if (!list->unknown) {
        link = &table->buckets[list->hash & table->bucket_mask];
        while (*link != list) {
            ZK_ASSERT(*link != NULL);
            link = &(*link)->next;
        }
        *link = list->next;
    }
    give_slot(table, list->slot);
    free_list(list);
}

/* ---- loading ---- */

/* The map holds one reference per id, which zk_acl_load_end gives back. */
void zk_acl_load(zk_acl_table_t *table, int64_t id, const zk_acl_vector_t *acl)
{
    zk_acl_list_t *old =
        zk_map64_set(&table->by_loaded_id, (uint64_t)id, zk_acl_intern(table, acl));

    if (old != NULL)
        zk_acl_release(table, old);
}

static zk_acl_list_t *create_unknown(zk_acl_table_t *table)
{
    zk_acl_t nothing = {0, {zk_str("world"), zk_str("anyone")}};
    zk_acl_vector_t acl = {1, &nothing};
    zk_acl_list_t *list = create_list(&acl, 0);

    list->unknown = true;
    take_slot(table, list);
    return list;
}

zk_acl_list_t *zk_acl_by_id(zk_acl_table_t *table, int64_t id)
{
    zk_acl_list_t *list;

    if (id == -1)
        return &table->open;
    list = zk_map64_get(&table->by_loaded_id, (uint64_t)id);
    if (list == NULL) {
        list = create_unknown(table);
        (void)zk_map64_set(&table->by_loaded_id, (uint64_t)id, list);
    }
    return zk_acl_hold(list);
}

void zk_acl_load_end(zk_acl_table_t *table)
{
    uint32_t cursor = 0;
    zk_map64_entry_t *entry;

    while ((entry = zk_map64_next(&table->by_loaded_id, &cursor)) != NULL)
        zk_acl_release(table, entry->value);
    zk_map64_free(&table->by_loaded_id);
    table->by_loaded_id = ZK_MAP64_INIT;
}

/* ---- writing ---- */

static int compare_ids(const void *a, const void *b)
{
    int64_t x = (*(const zk_acl_list_t *const *)a)->id;
    int64_t y = (*(const zk_acl_list_t *const *)b)->id;

    return (x > y) - (x < y);
}

static void encode_list(const zk_acl_list_t *list, zk_buffer_t *buffer)
{
    int32_t i;

    zk_write_long(buffer, list->id);
    zk_write_int(buffer, list->acl.count);
    for (i = 0; i < list->acl.count; i++) {
        zk_write_int(buffer, list->acl.items[i].perms);
        zk_write_str(buffer, list->acl.items[i].id.scheme);
        zk_write_str(buffer, list->acl.items[i].id.id);
    }
}

void zk_acl_table_encode(const zk_acl_table_t *table, zk_buffer_t *buffer)
{
    zk_acl_list_t **lists = zk_malloc(((size_t)table->count + 1) * sizeof(zk_acl_list_t *));
    uint32_t count = 0;
    uint32_t i;

    for (i = 1; i < table->slots_used; i++)
        if (table->slots[i] != NULL)
            lists[count++] = table->slots[i];
    ZK_ASSERT(count == table->count);
    qsort(lists, count, sizeof(zk_acl_list_t *), compare_ids);
    zk_write_int(buffer, (int32_t)count);
    for (i = 0; i < count; i++)
        encode_list(lists[i], buffer);
    zk_free(lists);
}

int32_t zk_acl_table_count(const zk_acl_table_t *table)
{
    return (int32_t)table->count;
}

uint64_t zk_acl_references(const zk_acl_table_t *table)
{
    uint64_t sum = 0;
    uint32_t i;

    for (i = 1; i < table->slots_used; i++)
        sum += table->slots[i] != NULL ? table->slots[i]->references : 0;
    return sum;
}

int32_t zk_acl_unknown_count(const zk_acl_table_t *table)
{
    int32_t count = 0;
    uint32_t i;

    for (i = 1; i < table->slots_used; i++)
        count += table->slots[i] != NULL && table->slots[i]->unknown;
    return count;
}

/* ---- permission ---- */

/* Every entry against every identity. */
static bool compare_all(const zk_auth_config_t *config, const zk_acl_list_t *list, int32_t perm,
                        const zk_identities_t *identities)
{
    int32_t i;

    for (i = 0; i < list->acl.count; i++) {
        const zk_acl_t *entry = &list->acl.items[i];

        if ((entry->perms & perm) != 0 && zk_auth_matches(config, &entry->id, identities))
            return true;
    }
    return false;
}

bool zk_acl_allows(const zk_auth_config_t *config, const zk_acl_list_t *list, int32_t perm,
                   const zk_identities_t *identities)
{
    zk_acl_list_t *asked = (zk_acl_list_t *)list;

    if (list->id == -1 || config->skip_acl || list->acl.count <= 0)
        return true;
    if (zk_identities_is_super(identities))
        return true;
    if (list->acl.count < LONG_LIST)
        return compare_all(config, list, perm, identities);
    if (asked->asked_by != identities || asked->asked_perm != perm) {
        zk_identities_release(asked->asked_by);
        asked->asked_by = zk_identities_hold((zk_identities_t *)identities);
        asked->asked_perm = perm;
        asked->allowed = compare_all(config, list, perm, identities);
    }
    return asked->allowed;
}
