/* print.h -- the texts that scripts and tutorials know: stat blocks, lists, ACLs, events, errors.
 *
 * Everything is appended to a buffer, so that tests compare text and the shell writes each answer
 * at once. Facts: upstream StatPrinter.java, CliWrapperException.java, AclParser.java,
 * WatchedEvent.java, KeeperException.java. */
#ifndef ZK_CLI_PRINT_H
#define ZK_CLI_PRINT_H

#include <stdint.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "cli/dialect.h"
#include "client/client.h"
#include "wire/records.h"

/* The eleven lines of a stat block, dates in local time. */
void zk_cli_print_stat(zk_buffer_t *out, const zk_stat_t *stat);

/* TIME_MS since 1970 as `Sun Nov 22 18:22:03 CST 2026`. */
void zk_cli_print_date(zk_buffer_t *out, int64_t time_ms);

/* Append `[a, b, c]` and a line end, after sorting ITEMS. */
void zk_cli_print_list(zk_buffer_t *out, zk_str_vector_t *items);

/* The same in the order in which the hash set of Java 8 walks them, which is how servers and
 * clients of ZooKeeper 3.4 listed children. */
void zk_cli_print_list_java(zk_buffer_t *out, zk_str_vector_t *items);

/* One `'scheme,'id` and one `: perms` line per entry. */
void zk_cli_print_acl(zk_buffer_t *out, const zk_acl_vector_t *acl);

/* PERMS as letters, in the order in which they are always printed. */
void zk_cli_append_permissions(zk_buffer_t *out, int32_t perms);

/* The bits of the SIZE letters at TEXT; unknown letters are complained of and skipped. */
int32_t zk_cli_parse_permissions(const char *text, size_t size, zk_buffer_t *complaints);

/* An event with the empty lines around it. */
void zk_cli_print_event(zk_buffer_t *out, const zk_client_event_t *event, zk_dialect_t dialect);

/* Data in rows of 16 bytes, as `get -x` shows them; an empty line for no data. */
void zk_cli_print_hex(zk_buffer_t *out, zk_str_t data);

/* DATA in base64, without a line end. */
void zk_cli_append_base64(zk_buffer_t *out, zk_str_t data);

/* The same with a line end. */
void zk_cli_print_base64(zk_buffer_t *out, zk_str_t data);

/* Decode base64 TEXT into OUT; false when it is not base64. */
bool zk_cli_decode_base64(zk_buffer_t *out, const char *text);

/* The name of event TYPE, such as NodeCreated. */
const char *zk_cli_event_type_name(int32_t type);

/* The name of event STATE, such as SyncConnected. */
const char *zk_cli_event_state_name(int32_t state);

/* The sentence for result CODE of an operation at PATH ("" where there was none), without line end.
 */
void zk_cli_print_error(zk_buffer_t *out, int32_t code, const char *path, zk_dialect_t dialect);

/* `KeeperErrorCode = NAME for PATH`, or without `for PATH` where PATH is "". */
void zk_cli_print_code(zk_buffer_t *out, int32_t code, const char *path);

/* Parse `scheme:id:perms,...`; entries that have not that form, and unknown letters, are complained
 * of in COMPLAINTS and skipped.  ACL may come out empty.  Views into TEXT, entries in ARENA. */
void zk_cli_parse_acl(zk_acl_vector_t *acl, const char *text, zk_buffer_t *complaints,
                      zk_arena_t *arena);

#endif
