/* build.h -- what the calls of the API are put together from. */
#ifndef ZK_LIBPADDOCK_BUILD_H
#define ZK_LIBPADDOCK_BUILD_H

#include "libpaddock/session.h"

/* LENGTH bytes at DATA as they are sent: null where LENGTH is negative or DATA is missing. */
zk_str_t zk_build_bytes(const char *data, int length);

/* A request whose body is PATH, with the chroot before it: sync, get ACL and the like. */
int zk_build_path(zhandle_t *zh, int32_t opcode, zk_reply_kind_t kind, const char *path,
                  zk_request_t **made);

/* A request whose body is PATH and whether to watch it: WATCHER does, as KIND_OF_WATCH, unless its
 * fn is NULL. */
int zk_build_watched(zhandle_t *zh, int32_t opcode, zk_reply_kind_t kind, const char *path,
                     zk_watch_kind_t kind_of_watch, zk_watcher_t watcher, zk_request_t **made);

/* Append the record of a create of TYPE (ZOO_CREATE_OP or one of its kin) to BODY. */
int zk_build_create_record(zhandle_t *zh, zk_buffer_t *body, int type, const char *path,
                           const char *data, int length, const struct ACL_vector *acl, int mode,
                           int64_t ttl);

/* Append ACL as a vector of the wire; NULL is an empty one. */
void zk_build_acl(zk_buffer_t *body, const struct ACL_vector *acl);

/* The handle's own watcher where WATCH is not 0, else none. */
zk_watcher_t zk_build_own_watcher(zhandle_t *zh, int watch);

/* Call REQUEST, decode its answer into ANSWER, free it.  ARENA may be NULL where the answer is void
 * or that of a multi.  Returns the code. */
int zk_build_call(zhandle_t *zh, zk_request_t *request, zk_answer_t *answer, zk_arena_t *arena);

/* Call REQUEST, whose answer is data and a stat: *BUFFER_LEN is the room in BUFFER and becomes what
 * was put there, -1 for null data.  STAT may be NULL. */
int zk_build_call_data(zhandle_t *zh, zk_request_t *request, char *buffer, int *buffer_len,
                       struct Stat *stat);

#endif
