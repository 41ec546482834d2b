/* path.h -- what a client checks of a path before it sends anything, and the chroot.
 *
 * Facts: upstream PathUtils.java; the sentences are those its users know. */
#ifndef ZK_CLIENT_PATH_H
#define ZK_CLIENT_PATH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

/* True when PATH may be sent.  For a sequential create (IS_SEQUENTIAL) the digits to come are
 * thought of as there, so
 * "/q/" is fine.  Else false with the sentence in NOTE; positions count UTF-16 units. */
bool zk_client_path_check(zk_str_t path, bool is_sequential, zk_note_t *note);

/* PATH as the server knows it: CHROOT put before it, in ARENA where they must be joined. */
zk_str_t zk_client_path_absolute(const char *chroot, zk_str_t path, zk_arena_t *arena);

/* PATH as the client knows it: without CHROOT.  A path outside CHROOT is returned as it is. */
zk_str_t zk_client_path_relative(const char *chroot, zk_str_t path);

#endif
