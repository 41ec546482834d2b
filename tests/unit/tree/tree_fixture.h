/* tree_fixture.h -- what the tests of the room tree share: a tree, txns in one call, heard events,
 * expectations. */
#ifndef TREE_FIXTURE_H
#define TREE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/random.h"
#include "lib/zk_test.h"
#include "tree/tree.h"
#include "tree/walk.h"
#include "wire/opcode.h"

/* Before and after each test.  The teardown proves the invariants of the fixture's tree a last
 * time. */
void tree_setup(void);
void tree_teardown(void);

zk_tree_t *fixture_tree(void);
zk_arena_t *fixture_arena(void);
zk_random_t *fixture_random(void);

/* The zxid and time (1000 + zxid) of the last txn; the next has one more. */
int64_t fixture_zxid(void);
void fixture_set_zxid(int64_t zxid);
void fixture_set_session(int64_t session_id);

/* Txns, each with a zxid of its own; the result of zk_tree_apply. */
zk_code_t fixture_create(const char *path, const char *data);
zk_code_t fixture_create_ephemeral(const char *path);
zk_code_t fixture_create_container(const char *path);
zk_code_t fixture_create_ttl(const char *path, int64_t ttl_ms);
/* As fixture_create, of any type, with everything said. */
zk_code_t fixture_create_full(int32_t type, const char *path, const char *data,
                              const zk_acl_vector_t *acl, int32_t parent_cversion);
zk_code_t fixture_delete(const char *path);
zk_code_t fixture_set(const char *path, const char *data, int32_t version);
zk_code_t fixture_set_acl(const char *path, const zk_acl_vector_t *acl, int32_t version);
/* PATHS ended by NULL; NULL itself for a record without a body. */
zk_code_t fixture_close_session(const char *const *paths);
zk_code_t fixture_apply(const zk_txn_header_t *header, const zk_txn_body_t *body);
/* The header the next txn of TYPE would have; takes its zxid. */
zk_txn_header_t fixture_header(int32_t type);

/* A vector with one entry, in the arena. */
const zk_acl_vector_t *fixture_acl(int32_t perms, const char *scheme, const char *id);
/* An unset vector. */
const zk_acl_vector_t *fixture_open_acl(void);

bool fixture_exists(const char *path);
bool fixture_data_is(const char *path, const char *data);
zk_stat_t fixture_stat(const char *path);
zk_stat_persisted_t fixture_stored(const char *path);
int64_t fixture_acl_id(const char *path);

/* What the listener heard since the last call: "created /a; children /; ", in the arena. */
const char *fixture_heard(void);

/* NULL when all invariants hold, else the sentence. */
const char *fixture_check(void);

/* ---- snapshots ---- */

/* Append a whole walk of TREE to BUFFER, STEP znodes at a time. */
void fixture_walk(zk_tree_t *tree, zk_buffer_t *buffer, size_t step);

/* Load the body that zk_walk_step writes (ACL table, znodes, end) into a new tree; NULL when it
 * does not parse. */
zk_tree_t *fixture_load(const void *bytes, size_t size, int64_t zxid);

/* All znodes of TREE sorted by path, one line each with stat, ACL and data: equal trees give equal
 * text. */
void fixture_print(zk_tree_t *tree, zk_buffer_t *buffer);

/* Do A and B hold the same znodes? */
bool fixture_same(zk_tree_t *a, zk_tree_t *b);

#endif
