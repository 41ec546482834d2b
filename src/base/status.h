/* status.h -- our error numbers, and the sentence that goes with a failure.
 *
 * apr_status_t is for what broke: a file, a socket, damaged bytes.  A ZooKeeper result such as
 * NoNode is an answer and has its own type, zk_code_t (wire/code.h).  No function returns a
 * mixture.
 *
 * A failing function writes one sentence into the note its caller gave; whoever handles the failure
 * logs it, once.  The note is a fixed buffer of the caller's, so the failing path never allocates.
 */
#ifndef ZK_BASE_STATUS_H
#define ZK_BASE_STATUS_H

#include <inttypes.h> /* PRId64 and its kin, for sentences */
#include <stddef.h>
#include <apr_errno.h>

/* Failures that APR has no number for. */
#define ZK_STATUS_TABLE(X)                                                                         \
    X(ZK_E_CORRUPT, 1, "stored data is damaged")                                                   \
    X(ZK_E_MALFORMED, 2, "bytes do not decode")                                                    \
    X(ZK_E_TOO_LARGE, 3, "a size is above its limit")                                              \
    X(ZK_E_CONFIG, 4, "configuration is not valid")                                                \
    X(ZK_E_LOCKED, 5, "already in use by another process")                                         \
    X(ZK_E_FULL, 6, "a bounded queue is full")                                                     \
    X(ZK_E_CLOSED, 7, "already closed")                                                            \
    X(ZK_E_NO_SNAPSHOT, 8, "no usable snapshot")                                                   \
    X(ZK_E_UNSUPPORTED, 9, "not supported")                                                        \
    X(ZK_E_USAGE, 10, "wrong arguments")                                                           \
    X(ZK_E_NOT_FOUND, 11, "not there")

enum {
#define ZK_STATUS_ENUM(name, number, text) name = APR_OS_START_USERERR + 700 + (number),
    ZK_STATUS_TABLE(ZK_STATUS_ENUM)
#undef ZK_STATUS_ENUM
};

#define ZK_NOTE_BYTES 1024

/* The sentence of one failure: a fragment without capital and full stop, names quoted. */
typedef struct zk_note {
    char text[ZK_NOTE_BYTES];
} zk_note_t;

/* mingw knows two printf dialects; its own macro names the one that this build's stdio speaks. */
#if defined(__MINGW_PRINTF_FORMAT)
#define ZK_PRINTF(format_index, first_index)                                                       \
    __attribute__((format(__MINGW_PRINTF_FORMAT, format_index, first_index)))
#elif defined(__GNUC__)
#define ZK_PRINTF(format_index, first_index)                                                       \
    __attribute__((format(printf, format_index, first_index)))
#else
#define ZK_PRINTF(format_index, first_index)
#endif

/* Write the sentence FORMAT into NOTE (which may be NULL), followed by ": " and the text of RV
 * unless RV is APR_SUCCESS or the sentence is complete without it (our own statuses add nothing).
 * Returns RV, so that a failing function can end with `return zk_note(...)`. */
apr_status_t zk_note(zk_note_t *note, apr_status_t rv, const char *format, ...) ZK_PRINTF(3, 4);

/* Put "FORMAT: " before the sentence already in NOTE (outer context).  Returns RV. */
apr_status_t zk_note_prefix(zk_note_t *note, apr_status_t rv, const char *format, ...)
    ZK_PRINTF(3, 4);

/* Text of RV, ours or APR's, in BUFFER.  Returns BUFFER. */
const char *zk_status_text(apr_status_t rv, char *buffer, size_t size);

/* An assertion that stays on in releases: for our own mistakes, never for input.  Prints file, line
 * and condition to stderr and aborts. */
#define ZK_ASSERT(condition)                                                                       \
    ((condition) ? (void)0 : zk_assert_failed(#condition, __FILE__, __LINE__))

#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void zk_assert_failed(const char *condition, const char *file, int line);

/* malloc and its kin for things that follow traffic; out of memory ends the process with a message,
 * so results are never NULL.  zk_realloc and zk_free accept NULL. */
void *zk_malloc(size_t size);
void *zk_calloc(size_t count, size_t size);
void *zk_realloc(void *memory, size_t size);
void zk_free(void *memory);

/* Abort function for apr_pool_create_ex: out of memory stops the process. */
int zk_pool_abort(int rv);

#endif
