/* requests.h -- one blocking call per operation, on top of submit and step.
 *
 * Paths are relative to the chroot, in arguments and results.  Each call returns the server's code
 * (ZK_CODE_OK, NO_NODE,
 * ...), ZK_CODE_CONNECTION_LOSS and the like where no answer will come, or
 * ZK_CODE_MARSHALLING_ERROR where the answer does not decode.  Results are views into ARENA, good
 * until it is reset; result pointers may be NULL.  Paths are to be checked before (client/path.h).
 */
#ifndef ZK_CLIENT_REQUESTS_H
#define ZK_CLIENT_REQUESTS_H

#include "base/arena.h"
#include "client/client.h"

/* The ACL that allows everything to everyone. */
zk_acl_vector_t zk_client_acl_open(void);

/* FLAGS are ZK_CREATE_*; TTL_MS counts for the TTL modes only.  *CREATED is the path with its
 * sequence number. */
int32_t zk_client_create_node(zk_client_t *client, zk_str_t path, zk_str_t data,
                              zk_acl_vector_t acl, int32_t flags, int64_t ttl_ms, zk_str_t *created,
                              zk_arena_t *arena);
int32_t zk_client_delete(zk_client_t *client, zk_str_t path, int32_t version, zk_arena_t *arena);
int32_t zk_client_exists(zk_client_t *client, zk_str_t path, bool watch, zk_stat_t *stat,
                         zk_arena_t *arena);
int32_t zk_client_get_data(zk_client_t *client, zk_str_t path, bool watch, zk_str_t *data,
                           zk_stat_t *stat, zk_arena_t *arena);
int32_t zk_client_set_data(zk_client_t *client, zk_str_t path, zk_str_t data, int32_t version,
                           zk_stat_t *stat, zk_arena_t *arena);
int32_t zk_client_get_children(zk_client_t *client, zk_str_t path, bool watch,
                               zk_str_vector_t *children, zk_stat_t *stat, zk_arena_t *arena);
int32_t zk_client_get_acl(zk_client_t *client, zk_str_t path, zk_acl_vector_t *acl, zk_stat_t *stat,
                          zk_arena_t *arena);
int32_t zk_client_set_acl(zk_client_t *client, zk_str_t path, zk_acl_vector_t acl, int32_t version,
                          zk_stat_t *stat, zk_arena_t *arena);
int32_t zk_client_sync(zk_client_t *client, zk_str_t path, zk_arena_t *arena);

/* MODE is ZK_ADD_WATCH_*. */
int32_t zk_client_add_watch(zk_client_t *client, zk_str_t path, int32_t mode, zk_arena_t *arena);

/* All descendants of PATH. */
int32_t zk_client_count_descendants(zk_client_t *client, zk_str_t path, int32_t *count,
                                    zk_arena_t *arena);

/* This session's ephemerals whose path begins with PREFIX. */
int32_t zk_client_get_ephemerals(zk_client_t *client, zk_str_t prefix, zk_str_vector_t *paths,
                                 zk_arena_t *arena);
int32_t zk_client_whoami(zk_client_t *client, zk_client_info_vector_t *identities,
                         zk_arena_t *arena);

/* Remove the watches of TYPE (ZK_WATCHER_*) on PATH; events tell of what was removed.  LOCAL: also
 * where the server cannot be asked.  NO_WATCHER when there was none. */
int32_t zk_client_remove_watches(zk_client_t *client, zk_str_t path, int32_t type, bool local,
                                 zk_arena_t *arena);

/* Delete COUNT PATHS in their order, whatever their versions, all or none. */
int32_t zk_client_delete_all(zk_client_t *client, const zk_str_t *paths, int32_t count,
                             zk_arena_t *arena);

/* The membership of the ensemble as text; the chroot does not apply to it. */
int32_t zk_client_get_config(zk_client_t *client, bool watch, zk_str_t *data, zk_stat_t *stat,
                             zk_arena_t *arena);

/* Change the membership: JOINING and LEAVING, or MEMBERS, the others null; only from configuration
 * VERSION unless that is -1.  *CONFIG is the new membership. */
int32_t zk_client_reconfig(zk_client_t *client, zk_str_t joining, zk_str_t leaving,
                           zk_str_t members, int64_t version, zk_str_t *config, zk_stat_t *stat,
                           zk_arena_t *arena);

/* Add a credential and wait until the server has judged it, or every server was tried in vain; the
 * state tells how. */
void zk_client_authenticate(zk_client_t *client, const char *scheme, zk_str_t auth);

/* Wait until there is a session, TIMEOUT_MS have passed, or the client is no longer alive; true
 * when connected. */
bool zk_client_wait_connected(zk_client_t *client, int64_t timeout_ms);

#endif
