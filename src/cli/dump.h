/* dump.h -- the lines of an export: one znode each, as JSON, so that text tools and people can work
 * on them.
 *
 *   {"format":"paddock-export","version":1,"root":"/app"}
 *   {"path":"/app","kind":"persistent","data":"x","acl":[{"scheme":"world","id":"anyone",
 *    "perms":"cdrwa"}],"nextSequence":3}
 *   {"end":true,"znodes":1}
 *
 *   path          as the client sees it; root is the first
 *   kind          persistent, ephemeral, container, ttl; persistent where it is left out
 *   ttlMs         of kind ttl
 *   owner         of kind ephemeral, the session; only for people
 *   data          text; null; or instead dataBase64: see json.h
 *   acl           at least one entry
 *   nextSequence  the number that the next sequential child gets, where it is not 0
 *
 * The first line may be missing in a file made by hand, and then the last may, too; where there is
 * a first line, a missing last one tells that the file was cut off.
 *
 * Facts: a server never tells a client that a znode is a container or has a time to live, so export
 * calls both persistent (upstream DataNode.copyStat).  The counter behind sequential names is the
 * number of children ever created; a client sees cversion, which counts deletions too, so that
 * cversion + numChildren is twice the counter. */
#ifndef ZK_CLI_DUMP_H
#define ZK_CLI_DUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "wire/records.h"

#define ZK_CLI_TTL_MS_MAX INT64_C(1099511627775)

typedef enum zk_cli_kind {
    ZK_CLI_KIND_PERSISTENT,
    ZK_CLI_KIND_EPHEMERAL,
    ZK_CLI_KIND_CONTAINER,
    ZK_CLI_KIND_TTL,
    ZK_CLI_KINDS
} zk_cli_kind_t;

typedef enum zk_cli_line { ZK_CLI_LINE_FIRST, ZK_CLI_LINE_ZNODE, ZK_CLI_LINE_LAST } zk_cli_line_t;

typedef struct zk_cli_dump {
    zk_cli_line_t line;
    zk_str_t root;  /* of the first line */
    int64_t znodes; /* of the last line */
    zk_str_t path;  /* this and what follows: of a znode; NUL-terminated */
    zk_cli_kind_t kind;
    int64_t ttl_ms;
    int64_t owner;
    zk_str_t data;
    zk_acl_vector_t acl;
    int32_t next_sequence;
} zk_cli_dump_t;

/* The name of KIND as in a line. */
const char *zk_cli_kind_name(zk_cli_kind_t kind);

/* The number that the next sequential child of a znode with STAT gets. */
int32_t zk_cli_next_sequence(const zk_stat_t *stat);

/* Append DUMP as a line, with its line end. */
void zk_cli_dump_write(zk_buffer_t *out, const zk_cli_dump_t *dump);

/* Read the line TEXT, all of it or nothing: false with a sentence in NOTE.  Everything is in
 * ARENA. */
bool zk_cli_dump_read(zk_cli_dump_t *dump, zk_str_t text, zk_arena_t *arena, zk_note_t *note);

#endif
