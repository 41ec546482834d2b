/* codec.c -- the interpreter of descriptors: decode, encode, print, compare, for all records at
 * once.
 *
 * Decoding is hot: every request, reply, log record and packet passes here.  It looks at the bytes
 * left only where a length or count comes from the wire.  On entry the least size of the whole
 * record is set aside; `spare` is what remains above that.  A string takes its bytes from the
 * spare, a vector the least size of all its items; a scalar needs no check, because its bytes were
 * set aside before.
 *
 * Invariants of the decoder
 *   1. bytes left = spare + least size of all fields not yet read.
 *   2. Memory is asked for only after the vector's items were found to fit into the spare, so an
 * input of n bytes makes the arena give at most a fixed multiple of n.
 *
 * The result is the same as reading field by field and failing at the first that passes the end.
 * Facts: upstream BinaryInputArchive.java.  Vector count -1 is null; any other negative count is
 * read as an empty vector; a boolean is true for any non-zero byte. */
#include "wire/codec.h"

#include <inttypes.h>

#include "wire/describe.h"

/* ---- decode ---- */

typedef struct cursor {
    const uint8_t *at;
    size_t spare;
    zk_arena_t *arena;
} cursor_t;

static inline int32_t take_int(cursor_t *cursor)
{
    int32_t value = (int32_t)zk_get_u32(cursor->at);

    cursor->at += 4;
    return value;
}

static inline bool take_str(cursor_t *cursor, zk_str_t *str)
{
    int32_t length = take_int(cursor);

    str->length = length;
    if (length < 0) {
        str->data = NULL;
        return length == -1;
    }
    if ((size_t)length > cursor->spare)
        return false;
    cursor->spare -= (size_t)length;
    str->data = (const char *)cursor->at;
    cursor->at += length;
    return true;
}

/* Read the count of a vector whose items have at least ITEM_BYTES_MIN bytes and set those aside.
 * *COUNT is -1 for null; *ITEMS has room for COUNT items of ITEM_BYTES. */
static inline bool take_count(cursor_t *cursor, size_t item_bytes_min, size_t item_bytes,
                              int32_t *count, void **items)
{
    int32_t n = take_int(cursor);

    *items = NULL;
    *count = n == -1 ? -1 : 0;
    if (n <= 0)
        return true;
    if ((size_t)n > cursor->spare / item_bytes_min)
        return false;
    cursor->spare -= (size_t)n * item_bytes_min;
    *items = zk_arena_alloc(cursor->arena, (size_t)n * item_bytes);
    *count = n;
    return true;
}

static bool take_strings(cursor_t *cursor, zk_str_vector_t *vector)
{
    void *items;
    int32_t i;

    if (!take_count(cursor, 4, sizeof(zk_str_t), &vector->count, &items))
        return false;
    vector->items = items;
    for (i = 0; i < vector->count; i++)
        if (!take_str(cursor, &vector->items[i]))
            return false;
    return true;
}

static bool take_record(cursor_t *cursor, const zk_record_desc_t *desc, void *record);

static bool take_vector(cursor_t *cursor, const zk_record_desc_t *type, zk_any_vector_t *vector)
{
    char *item;
    int32_t i;

    if (!take_count(cursor, type->bytes_min, type->struct_bytes, &vector->count, &vector->items))
        return false;
    item = vector->items;
    for (i = 0; i < vector->count; i++) {
        if (!take_record(cursor, type, item))
            return false;
        item += type->struct_bytes;
    }
    return true;
}

static bool take_record(cursor_t *cursor, const zk_record_desc_t *desc, void *record)
{
    const zk_field_desc_t *field = desc->fields;
    const zk_field_desc_t *end = field + desc->field_count;

    for (; field < end; field++) {
        void *to = (char *)record + field->offset;

        switch ((zk_field_kind_t)field->kind) {
        case ZK_KIND_BOOL:
            *(bool *)to = *cursor->at != 0;
            cursor->at += 1;
            break;
        case ZK_KIND_INT:
            *(int32_t *)to = take_int(cursor);
            break;
        case ZK_KIND_LONG:
            *(int64_t *)to = (int64_t)zk_get_u64(cursor->at);
            cursor->at += 8;
            break;
        case ZK_KIND_STRING:
        case ZK_KIND_BYTES:
            if (!take_str(cursor, to))
                return false;
            break;
        case ZK_KIND_RECORD:
            if (!take_record(cursor, field->type, to))
                return false;
            break;
        case ZK_KIND_STRINGS:
            if (!take_strings(cursor, to))
                return false;
            break;
        case ZK_KIND_VECTOR:
            if (!take_vector(cursor, field->type, to))
                return false;
            break;
        }
    }
    return true;
}

bool zk_record_decode(const zk_record_desc_t *desc, void *record, zk_reader_t *reader,
                      zk_arena_t *arena)
{
    size_t left = zk_reader_left(reader);
    cursor_t cursor = {reader->at, 0, arena};

    if (reader->failed || left < desc->bytes_min) {
        reader->failed = true;
        return false;
    }
    cursor.spare = left - desc->bytes_min;
    if (!take_record(&cursor, desc, record)) {
        reader->failed = true;
        return false;
    }
    ZK_ASSERT(cursor.at + cursor.spare == reader->end);
    reader->at = cursor.at;
    return true;
}

/* ---- encode ---- */

/* Write the fixed record at AT, which has room for it; returns where it ends. */
static uint8_t *put_fixed(const zk_record_desc_t *desc, const void *record, uint8_t *at)
{
    const zk_field_desc_t *field = desc->fields;
    const zk_field_desc_t *end = field + desc->field_count;

    for (; field < end; field++) {
        const void *from = (const char *)record + field->offset;

        switch ((zk_field_kind_t)field->kind) {
        case ZK_KIND_BOOL:
            *at++ = *(const bool *)from ? 1 : 0;
            break;
        case ZK_KIND_INT:
            zk_put_u32(at, (uint32_t) * (const int32_t *)from);
            at += 4;
            break;
        case ZK_KIND_LONG:
            zk_put_u64(at, (uint64_t) * (const int64_t *)from);
            at += 8;
            break;
        case ZK_KIND_RECORD:
            at = put_fixed(field->type, from, at);
            break;
        case ZK_KIND_STRING:
        case ZK_KIND_BYTES:
        case ZK_KIND_STRINGS:
        case ZK_KIND_VECTOR:
            ZK_ASSERT(field->kind < ZK_KIND_STRING); /* not in a fixed record */
        }
    }
    return at;
}

static void put_strings(const zk_str_vector_t *vector, zk_buffer_t *buffer)
{
    int32_t i;

    zk_write_int(buffer, vector->count < 0 ? -1 : vector->count);
    for (i = 0; i < vector->count; i++)
        zk_write_str(buffer, vector->items[i]);
}

static void put_vector(const zk_record_desc_t *type, const zk_any_vector_t *vector,
                       zk_buffer_t *buffer)
{
    const char *item = vector->items;
    int32_t i;

    zk_write_int(buffer, vector->count < 0 ? -1 : vector->count);
    for (i = 0; i < vector->count; i++) {
        zk_record_encode(type, item, buffer);
        item += type->struct_bytes;
    }
}

static void put_variable(const zk_record_desc_t *desc, const void *record, zk_buffer_t *buffer)
{
    const zk_field_desc_t *field = desc->fields;
    const zk_field_desc_t *end = field + desc->field_count;

    for (; field < end; field++) {
        const void *from = (const char *)record + field->offset;

        switch ((zk_field_kind_t)field->kind) {
        case ZK_KIND_BOOL:
            zk_write_bool(buffer, *(const bool *)from);
            break;
        case ZK_KIND_INT:
            zk_write_int(buffer, *(const int32_t *)from);
            break;
        case ZK_KIND_LONG:
            zk_write_long(buffer, *(const int64_t *)from);
            break;
        case ZK_KIND_STRING:
        case ZK_KIND_BYTES:
            zk_write_str(buffer, *(const zk_str_t *)from);
            break;
        case ZK_KIND_RECORD:
            zk_record_encode(field->type, from, buffer);
            break;
        case ZK_KIND_STRINGS:
            put_strings(from, buffer);
            break;
        case ZK_KIND_VECTOR:
            put_vector(field->type, from, buffer);
            break;
        }
    }
}

void zk_record_encode(const zk_record_desc_t *desc, const void *record, zk_buffer_t *buffer)
{
    if (desc->is_fixed)
        put_fixed(desc, record, zk_buffer_extend(buffer, desc->bytes_min));
    else
        put_variable(desc, record, buffer);
}

/* ---- print ---- */

static void print_str(zk_str_t str, zk_buffer_t *buffer)
{
    size_t size = zk_str_size(str);
    size_t i;

    if (zk_str_is_null(str)) {
        zk_buffer_append(buffer, "null", 4);
        return;
    }
    zk_buffer_append(buffer, "\"", 1);
    for (i = 0; i < size; i++) {
        unsigned char c = (unsigned char)str.data[i];

        if (c == '"' || c == '\\')
            zk_buffer_printf(buffer, "\\%c", c);
        else if (c >= 0x20 && c < 0x7f)
            zk_buffer_append(buffer, &c, 1);
        else
            zk_buffer_printf(buffer, "\\x%02x", c);
    }
    zk_buffer_append(buffer, "\"", 1);
}

static void print_vector(const zk_record_desc_t *type, const zk_any_vector_t *vector,
                         zk_buffer_t *buffer)
{
    size_t step = type == NULL ? sizeof(zk_str_t) : type->struct_bytes;
    const char *item = vector->items;
    int32_t i;

    if (vector->count < 0) {
        zk_buffer_append(buffer, "null", 4);
        return;
    }
    zk_buffer_append(buffer, "[", 1);
    for (i = 0; i < vector->count; i++) {
        if (i > 0)
            zk_buffer_append(buffer, ", ", 2);
        if (type == NULL)
            print_str(*(const zk_str_t *)(const void *)item, buffer);
        else
            zk_record_print(type, item, buffer);
        item += step;
    }
    zk_buffer_append(buffer, "]", 1);
}

static void print_field(const zk_field_desc_t *field, const void *from, zk_buffer_t *buffer)
{
    switch ((zk_field_kind_t)field->kind) {
    case ZK_KIND_BOOL:
        zk_buffer_printf(buffer, "%s", *(const bool *)from ? "true" : "false");
        break;
    case ZK_KIND_INT:
        zk_buffer_printf(buffer, "%" PRId32, *(const int32_t *)from);
        break;
    case ZK_KIND_LONG:
        zk_buffer_printf(buffer, "%" PRId64, *(const int64_t *)from);
        break;
    case ZK_KIND_STRING:
    case ZK_KIND_BYTES:
        print_str(*(const zk_str_t *)from, buffer);
        break;
    case ZK_KIND_RECORD:
        zk_record_print(field->type, from, buffer);
        break;
    case ZK_KIND_STRINGS: {
        const zk_str_vector_t *strings = from;
        zk_any_vector_t vector = {strings->count, strings->items};

        print_vector(NULL, &vector, buffer);
        break;
    }
    case ZK_KIND_VECTOR:
        print_vector(field->type, from, buffer);
        break;
    }
}

void zk_record_print(const zk_record_desc_t *desc, const void *record, zk_buffer_t *buffer)
{
    uint16_t i;

    zk_buffer_printf(buffer, "%s{", desc->name);
    for (i = 0; i < desc->field_count; i++) {
        const zk_field_desc_t *field = &desc->fields[i];

        zk_buffer_printf(buffer, "%s%s=", i > 0 ? ", " : "", field->name);
        print_field(field, (const char *)record + field->offset, buffer);
    }
    zk_buffer_append(buffer, "}", 1);
}

/* ---- compare ---- */

static bool strings_equal(const zk_str_vector_t *a, const zk_str_vector_t *b)
{
    int32_t i;

    if (a->count != b->count)
        return a->count < 0 && b->count < 0;
    for (i = 0; i < a->count; i++)
        if (!zk_str_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

static bool vectors_equal(const zk_record_desc_t *type, const zk_any_vector_t *a,
                          const zk_any_vector_t *b)
{
    size_t at = 0;
    int32_t i;

    if (a->count != b->count)
        return a->count < 0 && b->count < 0;
    for (i = 0; i < a->count; i++) {
        if (!zk_record_equal(type, (const char *)a->items + at, (const char *)b->items + at))
            return false;
        at += type->struct_bytes;
    }
    return true;
}

static bool fields_equal(const zk_field_desc_t *field, const void *a, const void *b)
{
    switch ((zk_field_kind_t)field->kind) {
    case ZK_KIND_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case ZK_KIND_INT:
        return *(const int32_t *)a == *(const int32_t *)b;
    case ZK_KIND_LONG:
        return *(const int64_t *)a == *(const int64_t *)b;
    case ZK_KIND_STRING:
    case ZK_KIND_BYTES:
        return zk_str_equal(*(const zk_str_t *)a, *(const zk_str_t *)b);
    case ZK_KIND_RECORD:
        return zk_record_equal(field->type, a, b);
    case ZK_KIND_STRINGS:
        return strings_equal(a, b);
    case ZK_KIND_VECTOR:
        break;
    }
    return vectors_equal(field->type, a, b);
}

bool zk_record_equal(const zk_record_desc_t *desc, const void *a, const void *b)
{
    uint16_t i;

    for (i = 0; i < desc->field_count; i++) {
        const zk_field_desc_t *field = &desc->fields[i];

        if (!fields_equal(field, (const char *)a + field->offset, (const char *)b + field->offset))
            return false;
    }
    return true;
}

/* ---- the handshake ---- */

bool zk_connect_request_decode(zk_connect_request_t *request, bool *has_read_only,
                               zk_reader_t *reader)
{
    request->protocol_version = zk_read_int(reader);
    request->last_zxid_seen = zk_read_long(reader);
    request->time_out = zk_read_int(reader);
    request->session_id = zk_read_long(reader);
    request->passwd = zk_read_str(reader);
    *has_read_only = !reader->failed && zk_reader_left(reader) > 0;
    request->read_only = *has_read_only && zk_read_bool(reader);
    return !reader->failed;
}

void zk_connect_response_encode(const zk_connect_response_t *response, bool has_read_only,
                                zk_buffer_t *buffer)
{
    zk_write_int(buffer, response->protocol_version);
    zk_write_int(buffer, response->time_out);
    zk_write_long(buffer, response->session_id);
    zk_write_str(buffer, response->passwd);
    if (has_read_only)
        zk_write_bool(buffer, response->read_only);
}
