/* json.c -- a recursive descent over one JSON document. */
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#define DEPTH_MAX 64

typedef struct parser {
    const char *at;
    const char *end;
    apr_pool_t *pool;
    int depth;
} parser_t;

static zk_json_t *parse_value(parser_t *parser);

static void skip_blanks(parser_t *parser)
{
    while (parser->at < parser->end && strchr(" \t\r\n", *parser->at) != NULL && *parser->at != 0)
        parser->at++;
}

static bool take(parser_t *parser, char c)
{
    skip_blanks(parser);
    if (parser->at == parser->end || *parser->at != c)
        return false;
    parser->at++;
    return true;
}

static bool take_word(parser_t *parser, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(parser->end - parser->at) < n || memcmp(parser->at, word, n) != 0)
        return false;
    parser->at += n;
    return true;
}

static zk_json_t *make(parser_t *parser, zk_json_kind_t kind)
{
    zk_json_t *value = apr_pcalloc(parser->pool, sizeof(*value));

    value->kind = kind;
    return value;
}

static int hex4(const char *at)
{
    int value = 0;
    int i;

    for (i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = at[i] == 0 ? NULL : strchr(digits, at[i] | 0x20);

        if (digit == NULL)
            return -1;
        value = value * 16 + (int)(digit - digits);
    }
    return value;
}

static char *put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* \uXXXX, with its second half where it is a surrogate pair; *AT stands behind the u. */
static bool take_unicode(parser_t *parser, char **to)
{
    int high;
    int low;

    if (parser->end - parser->at < 4 || (high = hex4(parser->at)) < 0)
        return false;
    parser->at += 4;
    if (high >= 0xd800 && high < 0xdc00 && parser->end - parser->at >= 6 && parser->at[0] == '\\' &&
        parser->at[1] == 'u' && (low = hex4(parser->at + 2)) >= 0xdc00 && low < 0xe000) {
        parser->at += 6;
        *to =
            put_utf8(*to, 0x10000u + ((unsigned)(high - 0xd800) << 10) + (unsigned)(low - 0xdc00));
        return true;
    }
    *to = put_utf8(*to, (unsigned)high);
    return true;
}

/* The rest of a string whose opening quote was taken. */
static char *parse_string(parser_t *parser, size_t *length)
{
    static const char plain[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    const char *close = parser->at;
    char *text;
    char *to;

    while (close < parser->end && *close != '"')
        close += *close == '\\' ? 2 : 1;
    if (close >= parser->end)
        return NULL;
    text = apr_palloc(parser->pool, (apr_size_t)(close - parser->at) + 1);
    to = text;
    while (parser->at < close) {
        const char *known;

        if (*parser->at != '\\') {
            *to++ = *parser->at++;
            continue;
        }
        parser->at += 2;
        if (parser->at[-1] == 'u') {
            if (!take_unicode(parser, &to))
                return NULL;
            continue;
        }
        known = strchr(plain, parser->at[-1]);
        if (known == NULL)
            return NULL;
        *to++ = meant[known - plain];
    }
    parser->at = close + 1;
    *to = '\0';
    *length = (size_t)(to - text);
    return text;
}

static zk_json_t *parse_members(parser_t *parser, zk_json_kind_t kind, char close)
{
    zk_json_t *all = make(parser, kind);
    zk_json_t **link = &all->first;

    if (take(parser, close))
        return all;
    do {
        char *key = NULL;
        size_t key_length;

        if (kind == ZK_JSON_OBJECT) {
            if (!take(parser, '"') || (key = parse_string(parser, &key_length)) == NULL ||
                !take(parser, ':'))
                return NULL;
        }
        *link = parse_value(parser);
        if (*link == NULL)
            return NULL;
        (*link)->key = key;
        link = &(*link)->next;
        all->count++;
    } while (take(parser, ','));
    return take(parser, close) ? all : NULL;
}

static zk_json_t *parse_number(parser_t *parser)
{
    const char *from = parser->at;
    zk_json_t *value;

    while (parser->at < parser->end && *parser->at != 0 &&
           strchr("+-0123456789.eE", *parser->at) != NULL)
        parser->at++;
    if (parser->at == from)
        return NULL;
    value = make(parser, ZK_JSON_NUMBER);
    value->length = (size_t)(parser->at - from);
    value->text = apr_pstrmemdup(parser->pool, from, value->length);
    return value;
}

static zk_json_t *parse_value(parser_t *parser)
{
    zk_json_t *value = NULL;

    if (++parser->depth > DEPTH_MAX)
        return NULL;
    skip_blanks(parser);
    if (take(parser, '{')) {
        value = parse_members(parser, ZK_JSON_OBJECT, '}');
    } else if (take(parser, '[')) {
        value = parse_members(parser, ZK_JSON_ARRAY, ']');
    } else if (take(parser, '"')) {
        value = make(parser, ZK_JSON_STRING);
        value->text = parse_string(parser, &value->length);
        value = value->text == NULL ? NULL : value;
    } else if (take_word(parser, "null")) {
        value = make(parser, ZK_JSON_NULL);
    } else if (take_word(parser, "true")) {
        value = make(parser, ZK_JSON_BOOL);
        value->truth = true;
    } else if (take_word(parser, "false")) {
        value = make(parser, ZK_JSON_BOOL);
    } else {
        value = parse_number(parser);
    }
    parser->depth--;
    return value;
}

const zk_json_t *zk_json_parse(const char *text, size_t size, apr_pool_t *pool)
{
    parser_t parser = {text, text + size, pool, 0};
    zk_json_t *value = parse_value(&parser);

    skip_blanks(&parser);
    return parser.at == parser.end ? value : NULL;
}

const zk_json_t *zk_json_read(const char *path, apr_pool_t *pool)
{
    apr_file_t *file;
    apr_finfo_t info;
    char *text;
    apr_status_t rv;

    if (apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, pool) !=
        APR_SUCCESS)
        return NULL;
    rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    if (rv == APR_SUCCESS) {
        text = apr_palloc(pool, (apr_size_t)info.size + 1);
        rv = apr_file_read_full(file, text, (apr_size_t)info.size, NULL);
    }
    apr_file_close(file);
    return rv == APR_SUCCESS ? zk_json_parse(text, (size_t)info.size, pool) : NULL;
}

const zk_json_t *zk_json_get(const zk_json_t *object, const char *key)
{
    const zk_json_t *member;

    if (object == NULL || object->kind != ZK_JSON_OBJECT)
        return NULL;
    for (member = object->first; member != NULL; member = member->next)
        if (strcmp(member->key, key) == 0)
            return member;
    return NULL;
}

int64_t zk_json_int(const zk_json_t *value)
{
    if (value == NULL || (value->kind != ZK_JSON_NUMBER && value->kind != ZK_JSON_STRING))
        return 0;
    return (int64_t)strtoull(value->text, NULL, 0);
}

int64_t zk_json_get_int(const zk_json_t *object, const char *key)
{
    return zk_json_int(zk_json_get(object, key));
}

const uint8_t *zk_json_base64(const zk_json_t *string, size_t *size, apr_pool_t *pool)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t *bytes = apr_palloc(pool, string->length + 1);
    unsigned bits = 0;
    int have = 0;
    size_t i;

    *size = 0;
    for (i = 0; i < string->length && string->text[i] != '='; i++) {
        const char *digit = strchr(digits, string->text[i]);

        if (digit == NULL)
            return NULL;
        bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            bytes[(*size)++] = (uint8_t)(bits >> have);
        }
    }
    return bytes;
}
