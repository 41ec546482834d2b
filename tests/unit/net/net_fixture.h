/* net_fixture.h -- a zk_net_t on loopback that writes down all it hears, and clients made of plain
 * sockets.
 *
 * Everything runs in the test's thread: clients connect and write into the kernel's buffers, then
 * the test pumps passes until what it waits for has come (bounded: a test that would wait for ever
 * fails instead). */
#ifndef NET_FIXTURE_H
#define NET_FIXTURE_H

#include "net/net.h"

#include <apr_network_io.h>

#include "base/buffer.h"
#include "lib/zk_test.h"

#define FIXTURE_CLIENTS_MAX 4096

typedef struct net_fixture {
    zk_net_t *net;
    uint16_t port;
    zk_net_options_t options;
    zk_buffer_t heard; /* "frame;frame;" in order, when `keep` */
    bool keep;
    int64_t frames;
    int64_t frame_bytes;
    int opened, gone;
    int gone_by[4]; /* by zk_net_gone_t */
    uint64_t last_opened, last_gone;
    char address[64]; /* of the last one opened */
    uint16_t peer_port;
    size_t echo_bytes; /* answer each frame with this many bytes; 0: none */
    bool pause_each;   /* pause after each frame */
    bool close_each;   /* answer "bye" and close after each frame */
    int words;         /* calls of the word handler that took the word */
    char argument[16];
} net_fixture_t;

extern net_fixture_t fixture;

/* Set options to permissive defaults; a test may change them before fixture_start. */
void fixture_setup(void);
void fixture_start(void);
void fixture_teardown(void);

/* Run passes until *VALUE >= WANTED; false when that does not happen. */
bool pump_until(const int *value, int wanted);
bool pump_until_frames(int64_t wanted);
/* Run COUNT passes that do not wait for long. */
void pump(int count);

/* A connected client socket (blocking, with a time limit). */
apr_socket_t *client_connect(void);
void client_write(apr_socket_t *client, const void *bytes, size_t size);
/* One frame: length prefix and TEXT. */
void client_write_frame(apr_socket_t *client, const char *text);
/* Read SIZE bytes, pumping meanwhile; false at an earlier end. */
bool client_read(apr_socket_t *client, void *bytes, size_t size);
/* What the next read says, pumping meanwhile: APR_EOF at an orderly end. */
apr_status_t client_read_end(apr_socket_t *client);

const char *heard_text(void);

#endif
