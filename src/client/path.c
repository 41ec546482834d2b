/* path.c -- the client's side of path rules.
 *
 * Upstream looks at UTF-16 units, so the position in its sentences counts those: a character above
 * U+FFFF is two units, the first of which is already refused.  Bytes that are not UTF-8 are taken
 * for U+FFFD, as upstream's decoder does, which is refused as well. */
#include "client/path.h"

#include <string.h>

/* The character at AT and its bytes; U+FFFD and 1 where the bytes are not UTF-8. */
static uint32_t decode_utf8(const unsigned char *at, size_t left, size_t *bytes)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc0 ? 2 : 0;
    uint32_t c;
    size_t i;

    *bytes = 1;
    if (size == 1)
        return at[0];
    if (size == 0 || size > left || at[0] > 0xf4)
        return 0xfffd;
    c = at[0] & (0xffU >> (size + 1));
    for (i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0xfffd;
        c = c << 6 | (at[i] & 0x3fU);
    }
    if (c < smallest[size] || c > 0x10ffff)
        return 0xfffd;
    *bytes = size;
    return c;
}

static bool is_refused(uint32_t c)
{
    return (c >= 0x1 && c <= 0x1f) || (c >= 0x7f && c <= 0x9f) || (c >= 0xd800 && c <= 0xf8ff) ||
           (c >= 0xfff0 && c <= 0xffff) || c > 0xffff;
}

/* Whether the element that ends before END is "." or "..". */
static bool is_relative(const char *path, size_t begin, size_t end)
{
    size_t length = end - begin;

    return (length == 1 && path[begin] == '.') ||
           (length == 2 && path[begin] == '.' && path[begin + 1] == '.');
}

static bool refuse(zk_note_t *note, zk_str_t path, const char *reason, size_t unit)
{
    zk_note(note, APR_SUCCESS, "Invalid path string \"%.*s\" caused by %s @%lu", (int)path.length,
            path.data, reason, (unsigned long)unit);
    return false;
}

/* Check each element; UNIT counts UTF-16 units, ELEMENT is where the current one begins. */
static bool check_characters(zk_str_t path, bool is_sequential, zk_note_t *note)
{
    size_t size = (size_t)path.length;
    size_t element = 1;
    size_t unit = 1;
    size_t at = 1;

    while (at < size) {
        size_t bytes;
        uint32_t c = decode_utf8((const unsigned char *)path.data + at, size - at, &bytes);

        if (c == 0)
            return refuse(note, path, "null character not allowed", unit);
        if (c == '/' && at == element)
            return refuse(note, path, "empty node name specified", unit);
        if (c == '/' && is_relative(path.data, element, at))
            return refuse(note, path, "relative paths not allowed", unit - 1);
        if (is_refused(c))
            return refuse(note, path, "invalid character", unit);
        if (c == '/')
            element = at + 1;
        at += bytes;
        unit++;
    }
    if (!is_sequential && is_relative(path.data, element, size))
        return refuse(note, path, "relative paths not allowed", unit - 1);
    return true;
}

bool zk_client_path_check(zk_str_t path, bool is_sequential, zk_note_t *note)
{
    const char *sentence = NULL;

    if (path.length <= 0 && !is_sequential)
        sentence = "Path length must be > 0";
    else if (path.length <= 0 || path.data[0] != '/')
        sentence = "Path must start with / character";
    else if (path.length > 1 && path.data[path.length - 1] == '/' && !is_sequential)
        sentence = "Path must not end with / character";
    if (sentence != NULL) {
        zk_note(note, APR_SUCCESS, "%s", sentence);
        return false;
    }
    return check_characters(path, is_sequential, note);
}

zk_str_t zk_client_path_absolute(const char *chroot, zk_str_t path, zk_arena_t *arena)
{
    size_t length = strlen(chroot);
    size_t size = zk_str_size(path);
    char *joined;

    if (length == 0)
        return path;
    if (size == 1 && path.data[0] == '/')
        return zk_str_n(chroot, length);
    joined = zk_arena_alloc(arena, length + size);
    memcpy(joined, chroot, length);
    memcpy(joined + length, path.data, size);
    return zk_str_n(joined, length + size);
}

zk_str_t zk_client_path_relative(const char *chroot, zk_str_t path)
{
    size_t length = strlen(chroot);
    size_t size = zk_str_size(path);

    if (length == 0 || size < length || memcmp(path.data, chroot, length) != 0)
        return path;
    if (size == length)
        return zk_str("/");
    if (path.data[length] != '/')
        return path;
    return zk_str_n(path.data + length, size - length);
}
