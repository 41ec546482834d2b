/* wire_fixture.c -- see wire_fixture.h.  The record generator walks the same descriptors as the
 * codec, but knows nothing of encoded bytes. */
#include "wire_fixture.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/zk_test.h"
#include "wire/codec.h"
#include "wire/describe.h"

static zk_arena_t *arena;
static zk_buffer_t buffer;
static zk_random_t generator;

void wire_setup(void)
{
    arena = zk_arena_create();
    buffer = ZK_BUFFER_INIT;
    zk_random_seed(&generator, 20240229);
}

void wire_teardown(void)
{
    zk_arena_destroy(arena);
    zk_buffer_free(&buffer);
}

zk_arena_t *wire_arena(void)
{
    return arena;
}

zk_buffer_t *wire_buffer(void)
{
    return &buffer;
}

zk_random_t *wire_random(void)
{
    return &generator;
}

static int digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

uint8_t *wire_hex(const char *text, size_t *size)
{
    uint8_t *bytes = apr_palloc(zk_test_pool(), strlen(text) / 2 + 1);
    size_t n = 0;
    int high = -1;

    for (; *text != '\0'; text++) {
        if (!isxdigit((unsigned char)*text))
            continue;
        if (high < 0) {
            high = digit(*text);
        } else {
            bytes[n++] = (uint8_t)(high * 16 + digit(*text));
            high = -1;
        }
    }
    *size = n;
    return bytes;
}

bool wire_buffer_is(const zk_buffer_t *bytes, const char *text)
{
    size_t size;
    const uint8_t *expected = wire_hex(text, &size);
    size_t i;

    if (zk_buffer_size(bytes) == size && memcmp(zk_buffer_bytes(bytes), expected, size) == 0)
        return true;
    fprintf(stderr, "\nexpected %s\n     got ", text);
    for (i = 0; i < zk_buffer_size(bytes); i++)
        fprintf(stderr, "%02x", zk_buffer_bytes(bytes)[i]);
    fprintf(stderr, "\n");
    return false;
}

static zk_str_t random_str(void)
{
    zk_str_t str = ZK_STR_NULL;
    char *data;
    int32_t i;

    if (zk_random_below(&generator, 6) == 0)
        return str;
    str.length = (int32_t)zk_random_below(&generator, 20);
    data = zk_arena_alloc(arena, (size_t)str.length);
    for (i = 0; i < str.length; i++)
        data[i] = (char)zk_random_next(&generator);
    str.data = data;
    return str;
}

static int64_t random_integer(void)
{
    static const int64_t extremes[] = {0, 1, -1, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};

    if (zk_random_below(&generator, 2) == 0)
        return extremes[zk_random_below(&generator, sizeof(extremes) / sizeof(extremes[0]))];
    return (int64_t)zk_random_next(&generator);
}

static int32_t random_count(void)
{
    return (int32_t)zk_random_below(&generator, 5) - 1;
}

static void fill_record(const zk_record_desc_t *desc, void *record);

static void fill_strings(zk_str_vector_t *vector)
{
    int32_t i;

    vector->count = random_count();
    vector->items = vector->count <= 0
                        ? NULL
                        : zk_arena_alloc(arena, (size_t)vector->count * sizeof(vector->items[0]));
    for (i = 0; i < vector->count; i++)
        vector->items[i] = random_str();
}

static void fill_vector(const zk_record_desc_t *type, zk_any_vector_t *vector)
{
    int32_t i;

    vector->count = random_count();
    vector->items = vector->count <= 0
                        ? NULL
                        : zk_arena_alloc(arena, (size_t)vector->count * type->struct_bytes);
    for (i = 0; i < vector->count; i++)
        fill_record(type, (char *)vector->items + (size_t)i * type->struct_bytes);
}

static void fill_record(const zk_record_desc_t *desc, void *record)
{
    uint16_t i;

    for (i = 0; i < desc->field_count; i++) {
        const zk_field_desc_t *field = &desc->fields[i];
        void *to = (char *)record + field->offset;

        switch ((zk_field_kind_t)field->kind) {
        case ZK_KIND_BOOL:
            *(bool *)to = zk_random_below(&generator, 2) == 1;
            break;
        case ZK_KIND_INT:
            *(int32_t *)to = (int32_t)random_integer();
            break;
        case ZK_KIND_LONG:
            *(int64_t *)to = random_integer();
            break;
        case ZK_KIND_STRING:
        case ZK_KIND_BYTES:
            *(zk_str_t *)to = random_str();
            break;
        case ZK_KIND_RECORD:
            fill_record(field->type, to);
            break;
        case ZK_KIND_STRINGS:
            fill_strings(to);
            break;
        case ZK_KIND_VECTOR:
            fill_vector(field->type, to);
            break;
        }
    }
}

void *wire_random_record(const zk_record_desc_t *desc)
{
    void *record = zk_arena_calloc(arena, 1, zk_record_struct_bytes(desc));

    fill_record(desc, record);
    return record;
}

const void *wire_arena_mark(void)
{
    return zk_arena_alloc(arena, 1);
}

size_t wire_arena_used(const void *mark)
{
    uintptr_t from = (uintptr_t)mark;
    uintptr_t to = (uintptr_t)zk_arena_alloc(arena, 1);

    return to > from && to - from < 65536 ? (size_t)(to - from) : SIZE_MAX;
}
