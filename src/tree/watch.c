/* watch.c -- who waits for which path.
 *
 * One record per (client, path), 16 bytes, in chunks and named by 32-bit numbers.  A path has the
 * list of its records in order of registration; a client has a small open hash of its records by
 * path (4 bytes each, loaded to between 7/12 and 7/8), which answers "has this client a watch
 * here" and is what goes through when the client leaves.  Paths are found by a hash that grows one
 * bucket at a time, so a registration never waits for a rehash.
 *
 * Both of upstream's tables are in the mode bits of a record: data (DATA, PERSISTENT_DATA,
 * RECURSIVE) and child (CHILD, PERSISTENT_CHILD); so "deleted" reaches a client once without
 * remembering who was told.
 *
 * Invariants
 *   1. A record has at least one mode; a path at least one record; a client at least one record.
 *   2. A record is in exactly one path's list and in exactly one client's hash.
 *   3. The counts equal what a count over all records gives.
 *
 * Facts: upstream WatchManager.java, WatchStats.java, PathParentIterator.java at 3.9.5. */
#include "tree/watch_internal.h"

#include "base/status.h"
#include "wire/opcode.h"

#define BUCKETS_FIRST 64u
#define CLIENT_PLACES_FIRST 4u

/* ---- records and paths in chunks ---- */

/* A number of KIND that was never given out, in chunks of PER_CHUNK things of SIZE bytes. */
static uint32_t next_number(numbered_t *kind, uint32_t per_chunk, size_t size)
{
    uint32_t number = kind->used;
    uint32_t chunk = number / per_chunk;

    if (kind->chunks == NULL || number % per_chunk == 0) {
        kind->chunks = zk_realloc(kind->chunks, ((size_t)chunk + 1) * sizeof(*kind->chunks));
        kind->chunks[chunk] = zk_malloc(per_chunk * size);
    }
    kind->used++;
    return number;
}

static void free_chunks(numbered_t *kind, uint32_t per_chunk)
{
    uint32_t i;

    for (i = 0; kind->chunks != NULL && i <= (kind->used - 1) / per_chunk; i++)
        zk_free(kind->chunks[i]);
    zk_free(kind->chunks);
}

static uint32_t take_record(zk_watch_table_t *table)
{
    uint32_t number = table->records.free;

    if (number == 0) {
        ZK_ASSERT(table->records.used < UINT32_MAX);
        return next_number(&table->records, RECORDS_PER_CHUNK, sizeof(record_t));
    }
    table->records.free = record_at(table, number)->next;
    return number;
}

static uint32_t take_path(zk_watch_table_t *table)
{
    uint32_t number = table->paths.free;

    if (number == 0) {
        ZK_ASSERT(table->paths.used < PATHS_MAX);
        return next_number(&table->paths, PATHS_PER_CHUNK, sizeof(path_t));
    }
    table->paths.free = path_at(table, number)->hash_next;
    return number;
}

/* ---- life ---- */

zk_watch_table_t *zk_watch_create(void)
{
    zk_watch_table_t *table = zk_calloc(1, sizeof(*table));

    table->records.used = 1;
    table->paths.used = 1;
    table->buckets_capacity = BUCKETS_FIRST;
    table->buckets = zk_calloc(BUCKETS_FIRST, sizeof(uint32_t));
    table->mask = BUCKETS_FIRST - 1;
    return table;
}

void zk_watch_seed(zk_watch_table_t *table, uint64_t seed)
{
    ZK_ASSERT(table->paths_count == 0);
    table->seed = seed;
}

static void free_text(zk_watch_table_t *table, path_t *path)
{
    zk_cells_free(&table->texts, path->text, (size_t)path->length);
}

static void free_client(client_t *client)
{
    zk_free(client->places);
    zk_free(client);
}

void zk_watch_destroy(zk_watch_table_t *table)
{
    uint32_t cursor = 0;
    zk_map64_entry_t *entry;
    uint32_t i;

    if (table == NULL)
        return;
    while ((entry = zk_map64_next(&table->clients, &cursor)) != NULL)
        free_client(entry->value);
    zk_map64_free(&table->clients);
    for (i = 1; i < table->paths.used; i++)
        free_text(table, path_at(table, i));
    zk_cells_clear(&table->texts);
    free_chunks(&table->paths, PATHS_PER_CHUNK);
    free_chunks(&table->records, RECORDS_PER_CHUNK);
    zk_free(table->buckets);
    zk_free(table);
}

/* ---- paths by text ---- */

static uint32_t hash_text(const zk_watch_table_t *table, zk_str_t text)
{
    uint64_t hash = zk_hash_bytes(text.data, zk_str_size(text), table->seed);

    return (uint32_t)(hash ^ hash >> 32);
}

static uint32_t *bucket_of(const zk_watch_table_t *table, uint32_t hash)
{
    uint32_t bucket = hash & table->mask;

    if (bucket < table->split)
        bucket = hash & (table->mask * 2 + 1);
    return &table->buckets[bucket];
}

/* Number of the path TEXT, or 0. */
uint32_t zk_watch_find_path(const zk_watch_table_t *table, zk_str_t text)
{
    uint32_t hash = hash_text(table, text);
    uint32_t number = *bucket_of(table, hash);

    while (number != 0) {
        const path_t *path = path_at(table, number);

        if (path->hash == hash && zk_str_equal(text_of(path), text))
            return number;
        number = path->hash_next;
    }
    return 0;
}

static void split_bucket(zk_watch_table_t *table)
{
    uint32_t from = table->split;
    uint32_t to = from + table->mask + 1;
    uint32_t number = table->buckets[from];

    if (to == table->buckets_capacity) {
        table->buckets_capacity *= 2;
        table->buckets =
            zk_realloc(table->buckets, (size_t)table->buckets_capacity * sizeof(uint32_t));
    }
    table->buckets[from] = 0;
    table->buckets[to] = 0;
    while (number != 0) {
        path_t *path = path_at(table, number);
        uint32_t next = path->hash_next;
        uint32_t *bucket = &table->buckets[path->hash & (table->mask * 2 + 1)];

        path->hash_next = *bucket;
        *bucket = number;
        number = next;
    }
    if (++table->split > table->mask) {
        table->mask = table->mask * 2 + 1;
        table->split = 0;
    }
}

static uint32_t add_path(zk_watch_table_t *table, zk_str_t text)
{
    uint32_t number = take_path(table);
    path_t *path = path_at(table, number);
    uint32_t *bucket;

    if (table->paths_count > table->mask + table->split)
        split_bucket(table);
    memset(path, 0, sizeof(*path));
    path->text = zk_cells_alloc(&table->texts, zk_str_size(text));
    if (zk_str_size(text) > 0)
        memcpy(path->text, text.data, zk_str_size(text));
    path->length = (int32_t)zk_str_size(text);
    path->hash = hash_text(table, text);
    bucket = bucket_of(table, path->hash);
    path->hash_next = *bucket;
    *bucket = number;
    table->paths_count++;
    return number;
}

static void remove_path(zk_watch_table_t *table, uint32_t number)
{
    path_t *path = path_at(table, number);
    uint32_t *link = bucket_of(table, path->hash);

    while (*link != number) {
        ZK_ASSERT(*link != 0);
        link = &path_at(table, *link)->hash_next;
    }
    *link = path->hash_next;
    free_text(table, path);
    path->text = NULL;
    path->hash_next = table->paths.free;
    table->paths.free = number;
    table->paths_count--;
}

/* ---- records of a client by path ---- */

/* No two clients order paths alike.  A client that goes gives its path numbers back in the order of
 * its places; the next one, which takes them in that order, would fill its own from one end and
 * probe through all of them. */
static uint32_t home_of(const client_t *client, uint32_t path)
{
    return (uint32_t)((zk_hash_u64(path ^ client->salt) >> 32) * client->size >> 32);
}

static uint32_t place_after(const client_t *client, uint32_t at)
{
    return at + 1 == client->size ? 0 : at + 1;
}

/* Steps from FROM to TO, around the end. */
static uint32_t distance(const client_t *client, uint32_t from, uint32_t to)
{
    return to >= from ? to - from : to + client->size - from;
}

/* The place where CLIENT's record for PATH is, or the empty one where it would go. */
uint32_t zk_watch_place_of(const zk_watch_table_t *table, const client_t *client, uint32_t path)
{
    uint32_t at = home_of(client, path);

    while (client->places[at] != 0 && path_of(record_at(table, client->places[at])) != path)
        at = place_after(client, at);
    return at;
}

static void resize_places(const zk_watch_table_t *table, client_t *client, uint32_t size)
{
    uint32_t *old = client->places;
    uint32_t old_size = client->size;
    uint32_t i;

    client->places = zk_calloc(size, sizeof(uint32_t));
    client->size = size;
    for (i = 0; i < old_size; i++)
        if (old[i] != 0)
            client->places[zk_watch_place_of(table, client, path_of(record_at(table, old[i])))] =
                old[i];
    zk_free(old);
}

/* Empty the place AT and close the gap, so that every probe still finds its record. */
static void empty_place(const zk_watch_table_t *table, client_t *client, uint32_t at)
{
    uint32_t probe = at;

    for (;;) {
        uint32_t home;

        probe = place_after(client, probe);
        if (client->places[probe] == 0)
            break;
        home = home_of(client, path_of(record_at(table, client->places[probe])));
        if (distance(client, home, probe) >= distance(client, at, probe)) {
            client->places[at] = client->places[probe];
            at = probe;
        }
    }
    client->places[at] = 0;
}

client_t *zk_watch_find_client(const zk_watch_table_t *table, uint32_t number)
{
    return zk_map64_get(&table->clients, number);
}

static client_t *ensure_client(zk_watch_table_t *table, uint32_t number)
{
    client_t *client = zk_watch_find_client(table, number);

    if (client != NULL)
        return client;
    client = zk_calloc(1, sizeof(*client));
    client->number = number;
    client->salt = zk_hash_u64(table->seed + ++table->clients_ever);
    resize_places(table, client, CLIENT_PLACES_FIRST);
    zk_map64_set(&table->clients, number, client);
    return client;
}

/* ---- counts ---- */

static int64_t change_of(unsigned old, unsigned modes, unsigned mask)
{
    return ((modes & mask) != 0) - ((old & mask) != 0);
}

/* RECORD of CLIENT gets MODES: all counts follow. */
static void set_modes(zk_watch_table_t *table, client_t *client, record_t *record, unsigned modes)
{
    unsigned old = modes_of(record);
    path_t *path = path_at(table, path_of(record));
    int64_t data = change_of(old, modes, MODES_DATA);

    table->data_count += data;
    table->child_count += change_of(old, modes, MODES_CHILD);
    table->recursive_count += change_of(old, modes, ZK_WATCH_RECURSIVE);
    if (data > 0) {
        table->data_paths += path->data_count++ == 0;
        table->data_clients += client->data_count++ == 0;
    } else if (data < 0) {
        table->data_paths -= --path->data_count == 0;
        table->data_clients -= --client->data_count == 0;
    }
    record->path_modes = path_of(record) << MODE_BITS | modes;
}

/* ---- adding and removing ---- */

static void append_to_path(zk_watch_table_t *table, path_t *path, uint32_t number)
{
    record_t *record = record_at(table, number);

    record->next = 0;
    record->prev = path->last;
    if (path->last != 0)
        record_at(table, path->last)->next = number;
    else
        path->first = number;
    path->last = number;
}

static void take_from_path(zk_watch_table_t *table, path_t *path, const record_t *record)
{
    if (record->prev != 0)
        record_at(table, record->prev)->next = record->next;
    else
        path->first = record->next;
    if (record->next != 0)
        record_at(table, record->next)->prev = record->prev;
    else
        path->last = record->prev;
}

void zk_watch_add(zk_watch_table_t *table, uint32_t client_number, zk_str_t text, unsigned modes)
{
    client_t *client;
    uint32_t path;
    uint32_t at;

    ZK_ASSERT((modes & ~MODES_ALL) == 0);
    if (modes == 0)
        return;
    client = ensure_client(table, client_number);
    path = zk_watch_find_path(table, text);
    if (path == 0)
        path = add_path(table, text);
    at = zk_watch_place_of(table, client, path);
    if (client->places[at] == 0) {
        uint32_t number = take_record(table);
        record_t *record = record_at(table, number);

        record->path_modes = path << MODE_BITS;
        record->client = client_number;
        append_to_path(table, path_at(table, path), number);
        client->places[at] = number;
        set_modes(table, client, record, modes);
        if (++client->count > client->size - client->size / 8 - 1)
            resize_places(table, client, client->size + client->size / 2);
        return;
    }
    set_modes(table, client, record_at(table, client->places[at]),
              modes_of(record_at(table, client->places[at])) | modes);
}

/* The record, without modes by now, leaves its path; the path goes with its last record. */
static void free_record(zk_watch_table_t *table, uint32_t number)
{
    record_t *record = record_at(table, number);
    uint32_t path_number = path_of(record);
    path_t *path = path_at(table, path_number);

    take_from_path(table, path, record);
    if (path->first == 0)
        remove_path(table, path_number);
    record->next = table->records.free;
    table->records.free = number;
}

static void drop_record(zk_watch_table_t *table, client_t *client, uint32_t number)
{
    empty_place(table, client, zk_watch_place_of(table, client, path_of(record_at(table, number))));
    free_record(table, number);
    if (--client->count == 0) {
        zk_map64_remove(&table->clients, client->number);
        free_client(client);
    } else if (client->size > CLIENT_PLACES_FIRST && client->count < client->size / 8) {
        resize_places(table, client, client->size / 2);
    }
}

/* Take MODES from the record; it goes when none is left. */
static void take_modes(zk_watch_table_t *table, client_t *client, uint32_t number, unsigned modes)
{
    record_t *record = record_at(table, number);

    set_modes(table, client, record, modes_of(record) & ~modes);
    if (modes_of(record) == 0)
        drop_record(table, client, number);
}

/* Number of CLIENT's record for the path TEXT, or 0. */
static uint32_t find_record(const zk_watch_table_t *table, const client_t *client, zk_str_t text)
{
    uint32_t path = client == NULL ? 0 : zk_watch_find_path(table, text);

    return path == 0 ? 0 : client->places[zk_watch_place_of(table, client, path)];
}

unsigned zk_watch_remove(zk_watch_table_t *table, uint32_t client_number, zk_str_t text,
                         unsigned modes)
{
    client_t *client = zk_watch_find_client(table, client_number);
    uint32_t number = find_record(table, client, text);
    unsigned removed;

    if (number == 0)
        return 0;
    removed = modes_of(record_at(table, number)) & modes;
    take_modes(table, client, number, removed);
    return removed;
}

unsigned zk_watch_modes(const zk_watch_table_t *table, uint32_t client_number, zk_str_t text)
{
    uint32_t number = find_record(table, zk_watch_find_client(table, client_number), text);

    return number == 0 ? 0 : modes_of(record_at(table, number));
}

void zk_watch_remove_client(zk_watch_table_t *table, uint32_t client_number)
{
    client_t *client = zk_watch_find_client(table, client_number);
    uint32_t i;

    if (client == NULL)
        return;
    for (i = 0; i < client->size; i++) {
        if (client->places[i] == 0)
            continue;
        set_modes(table, client, record_at(table, client->places[i]), 0);
        free_record(table, client->places[i]);
    }
    zk_map64_remove(&table->clients, client_number);
    free_client(client);
}

/* ---- triggering ---- */

typedef struct trigger {
    zk_watch_table_t *table;
    unsigned matching; /* modes that hear it on the path itself */
    unsigned consumed; /* of these, the one-shot ones */
    bool mark;         /* a client may match more than once: remember who was told */
    int32_t told;
    void (*fired)(void *baton, uint32_t client);
    void *baton;
} trigger_t;

static void tell(trigger_t *trigger, client_t *client)
{
    if (trigger->mark) {
        if (client->told == trigger->table->trigger)
            return;
        client->told = trigger->table->trigger;
    }
    trigger->told++;
    if (trigger->fired != NULL)
        trigger->fired(trigger->baton, client->number);
}

static void trigger_path(trigger_t *trigger, uint32_t path, unsigned matching, unsigned consumed)
{
    zk_watch_table_t *table = trigger->table;
    uint32_t number = path_at(table, path)->first;

    while (number != 0) {
        const record_t *record = record_at(table, number);
        uint32_t next = record->next;
        unsigned modes = modes_of(record);
        client_t *client;

        if ((modes & matching) != 0) {
            client = zk_watch_find_client(table, record->client);
            ZK_ASSERT(client != NULL);
            tell(trigger, client);
            if ((modes & consumed) != 0)
                take_modes(table, client, number, consumed);
        }
        number = next;
    }
}

/* Recursive watches on the ancestors of TEXT, nearest first. */
static void trigger_ancestors(trigger_t *trigger, zk_str_t text)
{
    while (text.length > 1 && trigger->table->recursive_count > 0) {
        uint32_t path;

        do
            text.length--;
        while (text.length > 0 && text.data[text.length] != '/');
        path = zk_watch_find_path(trigger->table, text.length > 0 ? text : zk_str("/"));
        if (path != 0)
            trigger_path(trigger, path, ZK_WATCH_RECURSIVE, 0);
    }
}

int32_t zk_watch_trigger(zk_watch_table_t *table, int event_type, zk_str_t text,
                         void (*fired)(void *baton, uint32_t client), void *baton)
{
    trigger_t trigger = {.table = table, .fired = fired, .baton = baton};
    uint32_t path;

    if (table->paths_count == 0)
        return 0;
    if (event_type != ZK_EVENT_TYPE_CHILDREN_CHANGED) {
        trigger.matching |= MODES_DATA;
        trigger.consumed |= ZK_WATCH_DATA;
    }
    if (event_type == ZK_EVENT_TYPE_CHILDREN_CHANGED || event_type == ZK_EVENT_TYPE_DELETED) {
        trigger.matching |= MODES_CHILD;
        trigger.consumed |= ZK_WATCH_CHILD;
    }
    trigger.mark = table->recursive_count > 0;
    table->trigger++;
    path = zk_watch_find_path(table, text);
    if (path != 0)
        trigger_path(&trigger, path, trigger.matching, trigger.consumed);
    if ((trigger.matching & ZK_WATCH_RECURSIVE) != 0)
        trigger_ancestors(&trigger, text);
    return trigger.told;
}
