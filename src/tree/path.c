/* path.c -- what is a path, and its parts.
 *
 * Upstream checks UTF-16 units of a Java string; here the bytes are decoded in place.  Java's
 * decoder puts U+FFFD for anything malformed, and U+FFFD is itself forbidden, so malformed bytes
 * are simply refused; characters above U+FFFF are surrogate pairs there, and surrogates are
 * forbidden as well.
 *
 * Facts: upstream PathUtils.java, DataTree.java (isSpecialPath). */
#include "tree/path.h"

#include <stddef.h>
#include <stdint.h>

/* Length of the UTF-8 sequence at AT (LEFT > 0 bytes) and its character, or 0 when it is malformed.
 */
static size_t decode_character(const uint8_t *at, size_t left, uint32_t *character)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 0;
    size_t i;

    if (length == 0 || length > left)
        return 0;
    *character = length == 1 ? at[0] : at[0] & (0xffU >> (length + 1));
    for (i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *character = *character << 6 | (at[i] & 0x3fU);
    }
    return length == 3 && *character < 0x800 ? 0 : length;
}

static bool is_forbidden(uint32_t c)
{
    return c <= 0x1f || (c >= 0x7f && c <= 0x9f) || (c >= 0xd800 && c <= 0xf8ff) || c >= 0xfff0;
}

static bool is_component_valid(const char *name, size_t size)
{
    return size > 0 && !(size == 1 && name[0] == '.') &&
           !(size == 2 && name[0] == '.' && name[1] == '.');
}

bool zk_path_is_valid(zk_str_t path)
{
    size_t size = zk_str_size(path);
    size_t begin = 1;
    size_t at = 1;

    if (size == 0 || path.data[0] != '/')
        return false;
    if (size == 1)
        return true;
    while (at < size) {
        const uint8_t *byte = (const uint8_t *)path.data + at;

        if (*byte == '/') {
            if (!is_component_valid(path.data + begin, at - begin))
                return false;
            begin = ++at;
        } else if (*byte > 0x1f && *byte < 0x7f) {
            at++; /* the common case */
        } else {
            uint32_t character = 0;
            size_t length = decode_character(byte, size - at, &character);

            if (length == 0 || is_forbidden(character))
                return false;
            at += length;
        }
    }
    return is_component_valid(path.data + begin, size - begin);
}

bool zk_path_has_parent_form(zk_str_t path)
{
    size_t size = zk_str_size(path);

    return size > 0 && memchr(path.data, '/', size) != NULL && memchr(path.data, 0, size) == NULL;
}

/* Offset of the last '/' of PATH, which must have one. */
static size_t last_slash(zk_str_t path)
{
    size_t at = zk_str_size(path);

    while (at > 0 && path.data[at - 1] != '/')
        at--;
    ZK_ASSERT(at > 0);
    return at - 1;
}

zk_str_t zk_path_parent(zk_str_t path)
{
    return zk_str_n(path.data, last_slash(path));
}

zk_str_t zk_path_name(zk_str_t path)
{
    size_t slash = last_slash(path);

    return zk_str_n(path.data + slash + 1, zk_str_size(path) - slash - 1);
}

bool zk_path_is_special(zk_str_t path)
{
    return zk_str_equal_c(path, "/") || zk_str_equal_c(path, "/zookeeper") ||
           zk_str_equal_c(path, "/zookeeper/quota") || zk_str_equal_c(path, "/zookeeper/config");
}

bool zk_path_is_within(zk_str_t path, zk_str_t prefix)
{
    size_t size = zk_str_size(prefix);

    if (size == 1 && prefix.data[0] == '/')
        size = 0; /* the root is also written "" */
    if (zk_str_size(path) < size || (size > 0 && memcmp(path.data, prefix.data, size) != 0))
        return false;
    return zk_str_size(path) == size || path.data[size] == '/';
}
