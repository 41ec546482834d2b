/* json.h -- JSON as zkcli writes it for --json and export, and reads it for import.
 *
 * Names are those of the records on the wire (Stat, ACL).  Numbers that need 64 bits (zxids,
 * session ids) are strings "0x...", because many readers keep only 53.  Data is `"data"` where it
 * is text, else `"dataBase64"`, so that bytes are never taken for text; null data is `"data":null`.
 *
 * The reader pulls one value after the other and stops at the first mistake; it takes nothing for
 * granted: not the end of the text, the depth, nor that strings are UTF-8. */
#ifndef ZK_CLI_JSON_H
#define ZK_CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "wire/records.h"

/* ---- writing ---- */

/* Whether DATA is UTF-8 without control characters other than tab, line feed and carriage return.
 */
bool zk_cli_is_text(zk_str_t data);

/* TEXT in quotes, as printable characters only. */
void zk_cli_json_string(zk_buffer_t *out, zk_str_t text);

/* `"data":...` or `"dataBase64":...`, the latter always where AS_BYTES and there is data. */
void zk_cli_json_data(zk_buffer_t *out, zk_str_t data, bool as_bytes);

void zk_cli_json_stat(zk_buffer_t *out, const zk_stat_t *stat);
void zk_cli_json_acl(zk_buffer_t *out, const zk_acl_vector_t *acl);

/* `{"path":PATH,` and, behind what the command adds, `,"stat":STAT}` with a line end. */
void zk_cli_begin_json(zk_buffer_t *out, const char *path);
void zk_cli_end_json(zk_buffer_t *out, const zk_stat_t *stat);

/* ---- reading ---- */

typedef struct zk_cli_json {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    zk_arena_t *arena;
    zk_note_t *note; /* the first mistake */
    bool has_failed;
} zk_cli_json_t;

/* A reader of TEXT; strings are made in ARENA. */
zk_cli_json_t zk_cli_json_reader(zk_str_t text, zk_arena_t *arena, zk_note_t *note);

/* Say what is wrong here; only the first mistake is kept.  Returns false. */
bool zk_cli_json_fail(zk_cli_json_t *json, const char *format, ...) ZK_PRINTF(2, 3);

/* Take '{' or '['. */
bool zk_cli_json_open(zk_cli_json_t *json, char bracket);

/* Whether another member or element follows, with *IS_FIRST true at the beginning; else takes
 * BRACKET, which closes. */
bool zk_cli_json_more(zk_cli_json_t *json, char bracket, bool *is_first);

/* The name of a member, and its colon. */
zk_str_t zk_cli_json_key(zk_cli_json_t *json);

/* A string, NUL-terminated in the arena; null after a mistake. */
zk_str_t zk_cli_json_take_string(zk_cli_json_t *json);

/* An integer from MIN to MAX. */
int64_t zk_cli_json_take_integer(zk_cli_json_t *json, int64_t min, int64_t max);

/* Whether WORD (null, true) stands here; it is then taken. */
bool zk_cli_json_take_word(zk_cli_json_t *json, const char *word);

/* True when only blanks are left and nothing was wrong. */
bool zk_cli_json_finish(zk_cli_json_t *json);

#endif
