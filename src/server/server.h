/* server.h -- one running server: wires brain and hands together and carries out what the brain
 * says.
 *
 * Threads: the one that calls zk_server_run owns the brain and polls the sockets itself; the disk
 * thread makes records durable; the snapshot thread writes snapshots and purges.  They meet at
 * bounded queues. */
#ifndef ZK_SERVER_SERVER_H
#define ZK_SERVER_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "base/status.h"
#include "config/config.h"

typedef struct zk_server zk_server_t;

/* Exit codes of upstream's ExitCode.java, as far as there is a cause for them. */
enum {
    ZK_EXIT_OK = 0,
    ZK_EXIT_UNEXPECTED = 1,
    ZK_EXIT_CONFIG = 2,
    ZK_EXIT_DATA_DIR = 3,
    ZK_EXIT_SNAPSHOT = 10,
    ZK_EXIT_ELECTION_PORT = 14
};

/* Bind the client port, open the data directory, load it and start the threads.  CONFIG stays the
 * caller's and must outlive the server.  On failure *EXIT_CODE is the code the process should end
 * with and NOTE the reason. */
apr_status_t zk_server_create(zk_server_t **server, const zk_config_t *config, int *exit_code,
                              apr_pool_t *pool, zk_note_t *note);

/* Port the clients use (for port 0). */
uint16_t zk_server_port(const zk_server_t *server);

/* Serve until zk_server_stop or a fatal error; returns the exit code.  What was accepted before the
 * stop is durable and answered when this returns. */
int zk_server_run(zk_server_t *server);

/* Ask it to stop, from any thread.  REASON is static text for the log. */
void zk_server_stop(zk_server_t *server, const char *reason);

#endif
