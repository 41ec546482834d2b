/* probe.h -- while a read-only server has us, is there one that writes?
 *
 * A client that takes what it gets (zk_client_options_t.read_only) asks the other servers of its
 * list, one after the other, until one answers that it writes; then it moves there.  Facts:
 * upstream ClientCnxn.java pingRwServer; the four-letter word isro, which says rw or ro. */
#ifndef ZK_CLIENT_PROBE_H
#define ZK_CLIENT_PROBE_H

#include "client/handle.h"

/* Do what is due of asking.  READY: the socket of the question is. */
void zk_probe_step(zk_client_t *client, bool ready);

/* Give up the question under way, if any, and begin anew with the shortest pause. */
void zk_probe_reset(zk_client_t *client);

/* When zk_probe_step is due; INT64_MAX: never. */
int64_t zk_probe_due_ms(const zk_client_t *client);

#endif
