/* watch_list.c -- the table of watches looked at and not changed: counts, listings for operators,
 * and the proof of its invariants, which are those of watch.c. */
#include "tree/watch_internal.h"

#include <stdio.h>

/* ---- counts and listings ---- */

int64_t zk_watch_count(const zk_watch_table_t *table)
{
    return table->data_count + table->child_count;
}

int64_t zk_watch_data_count(const zk_watch_table_t *table)
{
    return table->data_count;
}

int64_t zk_watch_data_paths(const zk_watch_table_t *table)
{
    return table->data_paths;
}

int64_t zk_watch_data_clients(const zk_watch_table_t *table)
{
    return table->data_clients;
}

void zk_watch_visit_by_client(const zk_watch_table_t *table,
                              void (*visit)(void *baton, uint32_t client, zk_str_t path),
                              void *baton)
{
    uint32_t cursor = 0;
    zk_map64_entry_t *entry;

    while ((entry = zk_map64_next(&table->clients, &cursor)) != NULL) {
        const client_t *client = entry->value;
        uint32_t i;

        for (i = 0; i < client->size; i++) {
            const record_t *record;

            if (client->places[i] == 0)
                continue;
            record = record_at(table, client->places[i]);
            if ((modes_of(record) & MODES_DATA) != 0)
                visit(baton, client->number, text_of(path_at(table, path_of(record))));
        }
    }
}

void zk_watch_visit_by_path(const zk_watch_table_t *table,
                            void (*visit)(void *baton, uint32_t client, zk_str_t path), void *baton)
{
    uint32_t i;

    for (i = 1; i < table->paths.used; i++) {
        const path_t *path = path_at(table, i);
        uint32_t number = path->text == NULL ? 0 : path->first;

        for (; number != 0; number = record_at(table, number)->next)
            if ((modes_of(record_at(table, number)) & MODES_DATA) != 0)
                visit(baton, record_at(table, number)->client, text_of(path));
    }
}

/* ---- proof ---- */

typedef struct watch_sums {
    int64_t records, data, child, recursive, data_paths, data_clients, paths;
} watch_sums_t;

static const char *check_path(const zk_watch_table_t *table, uint32_t number, watch_sums_t *sums)
{
    const path_t *path = path_at(table, number);
    uint32_t at = path->first;
    uint32_t before = 0;
    uint32_t data = 0;

    if (zk_watch_find_path(table, text_of(path)) != number)
        return "a watched path is not found";
    if (at == 0)
        return "a watched path has no watch";
    for (; at != 0; before = at, at = record_at(table, at)->next) {
        const record_t *record = record_at(table, at);
        unsigned modes = modes_of(record);
        const client_t *client = zk_watch_find_client(table, record->client);

        if (record->prev != before || path_of(record) != number)
            return "the list of a path's watches is torn";
        if (modes == 0)
            return "a watch has no mode";
        if (client == NULL || client->places[zk_watch_place_of(table, client, number)] != at)
            return "a watch is not in its client's hash";
        data += (modes & MODES_DATA) != 0;
        sums->child += (modes & MODES_CHILD) != 0;
        sums->recursive += (modes & ZK_WATCH_RECURSIVE) != 0;
        sums->records++;
    }
    sums->paths++;
    sums->data += data;
    sums->data_paths += data > 0;
    return path->data_count != data || path->last != before ? "a path's counts are wrong" : NULL;
}

static const char *check_client(const zk_watch_table_t *table, const client_t *client,
                                watch_sums_t *sums)
{
    uint32_t count = 0;
    uint32_t data = 0;
    uint32_t i;

    for (i = 0; i < client->size; i++) {
        if (client->places[i] == 0)
            continue;
        count++;
        data += (modes_of(record_at(table, client->places[i])) & MODES_DATA) != 0;
    }
    sums->records -= count;
    sums->data_clients += data > 0;
    return count == 0 || count != client->count || data != client->data_count
               ? "a client's counts are wrong"
               : NULL;
}

const char *zk_watch_check(const zk_watch_table_t *table, char *text, size_t size)
{
    watch_sums_t sums = {0};
    const char *broken = NULL;
    uint32_t cursor = 0;
    zk_map64_entry_t *entry;
    uint32_t i;

    for (i = 1; i < table->paths.used && broken == NULL; i++)
        if (path_at(table, i)->text != NULL)
            broken = check_path(table, i, &sums);
    while (broken == NULL && (entry = zk_map64_next(&table->clients, &cursor)) != NULL)
        broken = check_client(table, entry->value, &sums);
    if (broken == NULL &&
        (sums.records != 0 || sums.data != table->data_count || sums.child != table->child_count ||
         sums.recursive != table->recursive_count || sums.data_paths != table->data_paths ||
         sums.data_clients != table->data_clients || sums.paths != table->paths_count))
        broken = "the table's counts are wrong";
    if (broken == NULL)
        return NULL;
    snprintf(text, size, "%s", broken);
    return text;
}
