/* script.h -- a server of one connection at a time on a thread of its own, for tests of the
 * library.
 *
 * It greets, answers pings and setWatches, and asks the test what to do with all else. */
#ifndef ZK_TESTS_UNIT_LIBPADDOCK_SCRIPT_H
#define ZK_TESTS_UNIT_LIBPADDOCK_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"

typedef enum script_verdict {
    SCRIPT_ANSWER, /* with *CODE and what was put into BODY */
    SCRIPT_SILENT, /* never answer */
    SCRIPT_DROP    /* close the connection */
} script_verdict_t;

/* What to do with a request.  Called on the server's thread. */
typedef script_verdict_t script_handler_t(int32_t opcode, zk_reader_t *request, int32_t *code,
                                          zk_buffer_t *body);

typedef struct script_seen {
    int connections;
    int requests; /* handed to the handler, or answered by the default */
    int auths;
    int watch_frames;          /* setWatches, of both kinds */
    int watch_paths;           /* in all of them */
    int32_t watch_frame_bytes; /* the longest */
    int32_t last_opcode;
    int64_t session_asked; /* of the last handshake */
} script_seen_t;

typedef struct script_options {
    script_handler_t *handler; /* NULL: answer OK without a body */
    bool is_read_only;
    int refuse_from; /* connections from this one on are told that the session has expired; 0: none
                      */
    int32_t auth_code;
} script_options_t;

/* Start; the port it listens on. */
int script_start(const script_options_t *options);

/* What has been seen so far. */
script_seen_t script_seen(void);

/* Send an event of TYPE for PATH on the connection of now. */
void script_event(int32_t type, const char *path);

/* Close the connection of now, if any. */
void script_drop(void);

void script_stop(void);

/* Wait until CONDITION (called again and again) holds; false after some seconds. */
bool script_wait(bool (*condition)(void));

#endif
