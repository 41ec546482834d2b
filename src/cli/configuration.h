/* configuration.h -- the file of -client-configuration: what of it counts here.
 *
 * The properties are those of upstream's ZKClientConfig. zkcli speaks plain TCP and asks for what
 * it is told to, so few of them mean anything to it; those that a user would miss are said to be
 * without effect, and a wish for TLS is refused rather than passed over: nobody shall send in the
 * clear what was meant to be encrypted. */
#ifndef ZK_CLI_CONFIGURATION_H
#define ZK_CLI_CONFIGURATION_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "base/buffer.h"
#include "base/status.h"

typedef struct zk_cli_configuration {
    int32_t frame_bytes_max; /* jute.maxbuffer; 0: as usual */
} zk_cli_configuration_t;

/* Read file NAME.  False with a sentence in NOTE when it cannot be read or asks for what must not
 * be passed over; what has no effect is named in COMPLAINTS. */
bool zk_cli_read_configuration(zk_cli_configuration_t *configuration, const char *name,
                               zk_buffer_t *complaints, apr_pool_t *pool, zk_note_t *note);

#endif
