/* json.c -- see json.h.  Format: RFC 8259. */
#include "cli/json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "cli/print.h"

/* ---- writing ---- */

bool zk_cli_is_text(zk_str_t data)
{
    const uint8_t *bytes = (const uint8_t *)data.data;
    size_t size = zk_str_size(data);
    size_t length;
    size_t at;

    for (at = 0; at < size; at += length) {
        uint32_t point = zk_cli_take_character(bytes + at, size - at, &length);

        if (point == 0xfffd && length == 1)
            return false;
        if ((point < 0x20 && point != '\t' && point != '\n' && point != '\r') ||
            (point >= 0x7f && point <= 0x9f))
            return false;
    }
    return true;
}

void zk_cli_json_string(zk_buffer_t *out, zk_str_t text)
{
    const uint8_t *bytes = (const uint8_t *)text.data;
    size_t size = zk_str_size(text);
    size_t length;
    size_t at;

    zk_buffer_append(out, "\"", 1);
    for (at = 0; at < size; at += length) {
        uint32_t point = zk_cli_take_character(bytes + at, size - at, &length);

        if (point == '"' || point == '\\')
            zk_buffer_printf(out, "\\%c", (int)point);
        else if (point == '\n' || point == '\t' || point == '\r')
            zk_buffer_printf(out, "\\%c", point == '\n' ? 'n' : point == '\t' ? 't' : 'r');
        else if (zk_cli_is_masked(point) || (point == 0xfffd && length == 1))
            zk_buffer_printf(out, "\\u%04x", (unsigned)point);
        else
            zk_buffer_append(out, bytes + at, length);
    }
    zk_buffer_append(out, "\"", 1);
}

void zk_cli_json_data(zk_buffer_t *out, zk_str_t data, bool as_bytes)
{
    if (zk_str_is_null(data)) {
        zk_buffer_printf(out, "\"data\":null");
    } else if (!as_bytes && zk_cli_is_text(data)) {
        zk_buffer_printf(out, "\"data\":");
        zk_cli_json_string(out, data);
    } else {
        zk_buffer_printf(out, "\"dataBase64\":\"");
        zk_cli_append_base64(out, data);
        zk_buffer_append(out, "\"", 1);
    }
}

void zk_cli_json_stat(zk_buffer_t *out, const zk_stat_t *stat)
{
    zk_buffer_printf(out,
                     "{\"czxid\":\"0x%" PRIx64 "\",\"mzxid\":\"0x%" PRIx64 "\",\"ctime\":%" PRId64
                     ",\"mtime\":%" PRId64 ",\"version\":%" PRId32 ",\"cversion\":%" PRId32
                     ",\"aversion\":%" PRId32 ",\"ephemeralOwner\":\"0x%" PRIx64
                     "\",\"dataLength\":%" PRId32 ",\"numChildren\":%" PRId32
                     ",\"pzxid\":\"0x%" PRIx64 "\"}",
                     (uint64_t)stat->czxid, (uint64_t)stat->mzxid, stat->ctime, stat->mtime,
                     stat->version, stat->cversion, stat->aversion, (uint64_t)stat->ephemeral_owner,
                     stat->data_length, stat->num_children, (uint64_t)stat->pzxid);
}

void zk_cli_json_acl(zk_buffer_t *out, const zk_acl_vector_t *acl)
{
    int32_t i;

    zk_buffer_append(out, "[", 1);
    for (i = 0; i < acl->count; i++) {
        zk_buffer_printf(out, "%s{\"scheme\":", i > 0 ? "," : "");
        zk_cli_json_string(out, acl->items[i].id.scheme);
        zk_buffer_printf(out, ",\"id\":");
        zk_cli_json_string(out, acl->items[i].id.id);
        zk_buffer_printf(out, ",\"perms\":\"");
        zk_cli_append_permissions(out, acl->items[i].perms);
        zk_buffer_printf(out, "\"}");
    }
    zk_buffer_append(out, "]", 1);
}

void zk_cli_begin_json(zk_buffer_t *out, const char *path)
{
    zk_buffer_printf(out, "{\"path\":");
    zk_cli_json_string(out, zk_str(path));
    zk_buffer_append(out, ",", 1);
}

void zk_cli_end_json(zk_buffer_t *out, const zk_stat_t *stat)
{
    zk_buffer_printf(out, ",\"stat\":");
    zk_cli_json_stat(out, stat);
    zk_buffer_printf(out, "}\n");
}

/* ---- reading ---- */

zk_cli_json_t zk_cli_json_reader(zk_str_t text, zk_arena_t *arena, zk_note_t *note)
{
    const uint8_t *bytes = (const uint8_t *)text.data;
    zk_cli_json_t json = {bytes, bytes, bytes + zk_str_size(text), arena, note, false};

    return json;
}

bool zk_cli_json_fail(zk_cli_json_t *json, const char *format, ...)
{
    zk_note_t what;
    va_list arguments;

    if (json->has_failed)
        return false;
    json->has_failed = true;
    va_start(arguments, format);
    vsnprintf(what.text, sizeof(what.text), format, arguments);
    va_end(arguments);
    zk_note(json->note, APR_SUCCESS, "column %ld: %s", (long)(json->at - json->start) + 1,
            what.text);
    return false;
}

static void skip_blanks(zk_cli_json_t *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\t' || *json->at == '\r' || *json->at == '\n'))
        json->at++;
}

/* Take C, which must come next. */
static bool take(zk_cli_json_t *json, char c)
{
    skip_blanks(json);
    if (json->has_failed)
        return false;
    if (json->at == json->end)
        return zk_cli_json_fail(json, "the line ends where %c should stand", c);
    if (*json->at != (uint8_t)c)
        return zk_cli_json_fail(json, "%c should stand here", c);
    json->at++;
    return true;
}

bool zk_cli_json_open(zk_cli_json_t *json, char bracket)
{
    return take(json, bracket);
}

bool zk_cli_json_more(zk_cli_json_t *json, char bracket, bool *is_first)
{
    bool was_first = *is_first;

    *is_first = false;
    skip_blanks(json);
    if (json->has_failed)
        return false;
    if (json->at < json->end && *json->at == (uint8_t)bracket) {
        json->at++;
        return false;
    }
    return was_first || take(json, ',');
}

zk_str_t zk_cli_json_key(zk_cli_json_t *json)
{
    zk_str_t key = zk_cli_json_take_string(json);

    take(json, ':');
    return key;
}

static bool take_hex(zk_cli_json_t *json, uint32_t *unit)
{
    int i;

    *unit = 0;
    for (i = 0; i < 4; i++, json->at++) {
        int c = json->at < json->end ? *json->at : 0;
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0)
            return zk_cli_json_fail(json, "four hexadecimal digits should follow \\u");
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return true;
}

static size_t put_character(uint8_t *to, uint32_t point)
{
    if (point < 0x80) {
        to[0] = (uint8_t)point;
        return 1;
    }
    if (point < 0x800) {
        to[0] = (uint8_t)(0xc0 | point >> 6);
        to[1] = (uint8_t)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        to[0] = (uint8_t)(0xe0 | point >> 12);
        to[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
        to[2] = (uint8_t)(0x80 | (point & 0x3f));
        return 3;
    }
    to[0] = (uint8_t)(0xf0 | point >> 18);
    to[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
    to[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
    to[3] = (uint8_t)(0x80 | (point & 0x3f));
    return 4;
}

/* What follows \u, with the second half of a pair. */
static bool take_escaped(zk_cli_json_t *json, uint32_t *point)
{
    uint32_t low;

    if (!take_hex(json, point))
        return false;
    if (*point < 0xd800 || *point > 0xdfff)
        return true;
    if (*point > 0xdbff || json->end - json->at < 6 || json->at[0] != '\\' || json->at[1] != 'u')
        return zk_cli_json_fail(json, "half of a surrogate pair");
    json->at += 2;
    if (!take_hex(json, &low))
        return false;
    if (low < 0xdc00 || low > 0xdfff)
        return zk_cli_json_fail(json, "half of a surrogate pair");
    *point = 0x10000 + ((*point - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* What follows a backslash. */
static bool take_escape(zk_cli_json_t *json, uint32_t *point)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    int c = json->at < json->end ? *json->at : 0;
    const char *letter = c != 0 ? strchr(letters, c) : NULL;

    if (letter != NULL) {
        json->at++;
        *point = (uint8_t)meant[letter - letters];
        return true;
    }
    if (c != 'u')
        return zk_cli_json_fail(json, "no escape of JSON");
    json->at++;
    return take_escaped(json, point);
}

/* One character of a string, which may be escaped. */
static bool take_character(zk_cli_json_t *json, uint32_t *point)
{
    size_t length;

    if (*json->at == '\\') {
        json->at++;
        return take_escape(json, point);
    }
    *point = zk_cli_take_character(json->at, (size_t)(json->end - json->at), &length);
    if (*point == 0xfffd && length == 1)
        return zk_cli_json_fail(json, "bytes that are not UTF-8");
    if (*point < 0x20)
        return zk_cli_json_fail(json, "a control character in a string");
    json->at += length;
    return true;
}

zk_str_t zk_cli_json_take_string(zk_cli_json_t *json)
{
    const uint8_t *start;
    uint8_t *text;
    size_t size = 0;

    if (!take(json, '"'))
        return ZK_STR_NULL;
    start = json->at;
    while (json->at < json->end && *json->at != '"') /* where it ends at the latest */
        json->at += *json->at == '\\' && json->end - json->at > 1 ? 2 : 1;
    text = zk_arena_alloc(json->arena, (size_t)(json->at - start) + 1);
    json->at = start;
    while (json->at < json->end && *json->at != '"') {
        uint32_t point = 0;

        if (!take_character(json, &point))
            return ZK_STR_NULL;
        size += put_character(text + size, point);
    }
    if (!take(json, '"'))
        return ZK_STR_NULL;
    text[size] = '\0';
    return zk_str_n((const char *)text, size);
}

int64_t zk_cli_json_take_integer(zk_cli_json_t *json, int64_t min, int64_t max)
{
    bool is_negative;
    int64_t value = 0;
    const uint8_t *start;

    skip_blanks(json);
    start = json->at;
    is_negative = json->at < json->end && *json->at == '-';
    json->at += is_negative ? 1 : 0;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9' && value < INT64_MAX / 16)
        value = value * 10 + (*json->at++ - '0');
    if (json->at == start + (is_negative ? 1 : 0) ||
        (json->at < json->end && strchr(".eE0123456789", *json->at) != NULL) ||
        (start[is_negative ? 1 : 0] == '0' && json->at - start > (is_negative ? 2 : 1))) {
        json->at = start;
        zk_cli_json_fail(json, "a whole number should stand here");
        return min;
    }
    value = is_negative ? -value : value;
    if (value < min || value > max) {
        json->at = start;
        zk_cli_json_fail(json, "a number from %" PRId64 " to %" PRId64 " should stand here", min,
                         max);
        return min;
    }
    return value;
}

bool zk_cli_json_take_word(zk_cli_json_t *json, const char *word)
{
    size_t length = strlen(word);

    skip_blanks(json);
    if (json->has_failed || (size_t)(json->end - json->at) < length ||
        memcmp(json->at, word, length) != 0)
        return false;
    json->at += length;
    return true;
}

bool zk_cli_json_finish(zk_cli_json_t *json)
{
    skip_blanks(json);
    if (!json->has_failed && json->at != json->end)
        zk_cli_json_fail(json, "more than one JSON value in a line");
    return !json->has_failed;
}
