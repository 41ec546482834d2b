/* acl.h -- interned ACL lists and the permission check.
 *
 * Most znodes share a handful of lists, so a znode names a counted list by its slot and the table
 * keeps each distinct list once.  Ids exist for the snapshot: they are never reused while the
 * process lives, and never shared with a list of unknown content. */
#ifndef ZK_TREE_ACL_H
#define ZK_TREE_ACL_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/scheme.h"
#include "base/buffer.h"
#include "wire/records.h"

typedef struct zk_acl_list {
    int64_t id;          /* as in our snapshots; -1 is world:anyone:cdrwa, not in the table */
    uint32_t references; /* the open list is not counted */
    uint32_t slot;       /* position in the table, which a znode remembers in 32 bits */
    bool unknown;        /* a snapshot named an id it did not define: denies all until replaced */
    zk_acl_vector_t acl; /* owned; an unknown list holds one entry that grants nothing */
    struct zk_acl_list *next; /* hash chain */
    uint32_t hash;
    /* Of a long list: who asked last, for what, and the answer.  The set is held, so its address is
     * nobody else's. */
    zk_identities_t *asked_by;
    int32_t asked_perm;
    bool allowed;
} zk_acl_list_t;

typedef struct zk_acl_table zk_acl_table_t;

zk_acl_table_t *zk_acl_table_create(void);
void zk_acl_table_destroy(zk_acl_table_t *table);

/* The list equal to ACL (order matters; null vector means open), with one reference more for the
 * caller. */
zk_acl_list_t *zk_acl_intern(zk_acl_table_t *table, const zk_acl_vector_t *acl);
zk_acl_list_t *zk_acl_hold(zk_acl_list_t *list);
void zk_acl_release(zk_acl_table_t *table, zk_acl_list_t *list);

/* Loading: define ID of the snapshot being read; the list with ID (one reference more), an unknown
 * one where ID was not defined.  The ids of a foreign snapshot mean something during its load only:
 * a list keeps the id this table gave it. */
void zk_acl_load(zk_acl_table_t *table, int64_t id, const zk_acl_vector_t *acl);
zk_acl_list_t *zk_acl_by_id(zk_acl_table_t *table, int64_t id);

/* Loading is over (or begins anew): forget the snapshot's ids, drop lists that nothing uses. */
void zk_acl_load_end(zk_acl_table_t *table);

/* The list in SLOT, which must be in use. */
zk_acl_list_t *zk_acl_at(const zk_acl_table_t *table, uint32_t slot);
#define ZK_ACL_SLOT_OPEN 0

/* Append the table in snapshot form: int count, then {long id, vector acl}; only lists in use, ids
 * ascending. */
void zk_acl_table_encode(const zk_acl_table_t *table, zk_buffer_t *buffer);
int32_t zk_acl_table_count(const zk_acl_table_t *table);

/* Sum of the references to all lists in the table (zk_tree_check). */
uint64_t zk_acl_references(const zk_acl_table_t *table);

/* How many lists of unknown content are in use (worth a warning after recovery). */
int32_t zk_acl_unknown_count(const zk_acl_table_t *table);

/* May IDENTITIES do PERM (bits of ZK_PERM_*; one common bit suffices) under LIST? */
bool zk_acl_allows(const zk_auth_config_t *config, const zk_acl_list_t *list, int32_t perm,
                   const zk_identities_t *identities);

#endif
