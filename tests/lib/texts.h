/* texts.h -- whole texts that a test writes and reads: files, streams, buffers, and the log.
 *
 * All that is returned lives in zk_test_pool().  What fails ends the test, for nothing that follows
 * would mean anything. */
#ifndef ZK_TEST_TEXTS_H
#define ZK_TEST_TEXTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/log.h"

/* ---- files ---- */

/* Path of NAME in zk_test_dir(). */
const char *zk_test_path(const char *name);

/* Whether there is a file or directory PATH. */
bool zk_test_exists(const char *path);

/* Size of file PATH; -1 when there is none. */
int64_t zk_test_size(const char *path);

/* Make file PATH, or make it anew, with the SIZE bytes at BYTES, or with TEXT. */
void zk_test_write(const char *path, const void *bytes, size_t size);
void zk_test_write_text(const char *path, const char *text);

/* The bytes of file PATH, which must be there, and how many in *SIZE; a zero follows them. */
uint8_t *zk_test_read(const char *path, size_t *size);
char *zk_test_read_text(const char *path);

/* ---- streams and buffers ---- */

/* A new empty file NAME in zk_test_dir(), open for code that prints to a FILE. */
FILE *zk_test_open_stream(const char *name);

/* All that STREAM holds; it is closed. */
const char *zk_test_take_stream(FILE *stream);

/* All that BUFFER holds; take: it is freed. */
const char *zk_test_buffer_text(const zk_buffer_t *buffer);
const char *zk_test_take_buffer(zk_buffer_t *buffer);

/* ---- the log ---- */

/* From now on keep what is logged at LEVEL and above, to be looked at instead of printed: until
 * zk_test_end_log or the end of the test. */
void zk_test_begin_log(zk_log_level_t level);

/* What was logged since zk_test_begin_log. */
const char *zk_test_logged(void);

/* The same; and the log goes where it went before. */
const char *zk_test_end_log(void);

#endif
