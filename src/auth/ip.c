/* ip.c -- the scheme `ip`: an address, or a prefix in bits, of either family.
 *
 * Addresses are text on both sides, in the form Java prints them; an address that does not parse (a
 * zone id) matches nothing.  IPv4 parts and the number of bits follow Java's Integer.parseInt, so
 * "+1" and "007" are numbers.
 *
 * Facts: upstream IPAuthenticationProvider.java at 3.9.5. */
#include <string.h>

#include "auth/provider.h"

#define V4_BYTES 4
#define V6_BYTES 16
#define V6_GROUPS 8

static bool contains(zk_str_t text, char c)
{
    return text.length > 0 && memchr(text.data, c, (size_t)text.length) != NULL;
}

/* The part of *REST before the next C; *REST keeps what is behind it.  False when nothing is left.
 */
static bool next_part(zk_str_t *rest, char c, zk_str_t *part)
{
    const char *stop;

    if (zk_str_is_null(*rest))
        return false;
    stop = rest->length > 0 ? memchr(rest->data, c, (size_t)rest->length) : NULL;
    *part = *rest;
    if (stop == NULL) {
        *rest = ZK_STR_NULL;
    } else {
        part->length = (int32_t)(stop - rest->data);
        rest->data = stop + 1;
        rest->length -= part->length + 1;
    }
    return true;
}

/* A decimal number from 0 to MAX, as Java's parseInt reads it. */
static bool parse_number(zk_str_t text, int max, int *value)
{
    bool negative = text.length > 0 && text.data[0] == '-';
    int32_t i = text.length > 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
    int sum = 0;

    if (i >= text.length)
        return false;
    for (; i < text.length; i++) {
        int digit = text.data[i] - '0';

        if (digit < 0 || digit > 9)
            return false;
        sum = sum * 10 + digit;
        if (sum > max)
            return false;
    }
    *value = sum;
    return !negative || sum == 0;
}

static bool parse_v4(zk_str_t text, uint8_t *bytes)
{
    zk_str_t part;
    int count = 0;

    while (next_part(&text, '.', &part)) {
        int value;

        if (count == V4_BYTES || !parse_number(part, 255, &value))
            return false;
        bytes[count++] = (uint8_t)value;
    }
    return count == V4_BYTES;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Groups of TEXT, which may be empty only as a whole, into GROUPS (room for V6_GROUPS); how many,
 * or -1. */
static int parse_groups(zk_str_t text, uint16_t *groups)
{
    zk_str_t part;
    int count = 0;
    int32_t i;

    if (text.length == 0)
        return 0;
    while (next_part(&text, ':', &part)) {
        unsigned value = 0;

        if (count == V6_GROUPS || part.length < 1 || part.length > 4)
            return -1;
        for (i = 0; i < part.length; i++) {
            int digit = hex_digit(part.data[i]);

            if (digit < 0)
                return -1;
            value = value * 16 + (unsigned)digit;
        }
        groups[count++] = (uint16_t)value;
    }
    return count;
}

/* Offset of the first "::" in TEXT at or behind FROM, or -1. */
static int32_t find_gap(zk_str_t text, int32_t from)
{
    for (; from + 1 < text.length; from++)
        if (text.data[from] == ':' && text.data[from + 1] == ':')
            return from;
    return -1;
}

static bool parse_v6(zk_str_t text, uint8_t *bytes)
{
    uint16_t head[V6_GROUPS];
    uint16_t tail[V6_GROUPS];
    int32_t gap = find_gap(text, 0);
    int head_count;
    int tail_count = 0;
    int i;

    if (gap < 0) {
        head_count = parse_groups(text, head);
        if (head_count != V6_GROUPS)
            return false;
    } else {
        zk_str_t behind = zk_str_n(text.data + gap + 2, (size_t)(text.length - gap - 2));

        if (find_gap(behind, 0) >= 0)
            return false;
        head_count = parse_groups(zk_str_n(text.data, (size_t)gap), head);
        tail_count = parse_groups(behind, tail);
        if (head_count < 0 || tail_count < 0 || head_count + tail_count >= V6_GROUPS)
            return false;
    }
    memset(bytes, 0, V6_BYTES);
    for (i = 0; i < head_count; i++) {
        bytes[2 * i] = (uint8_t)(head[i] >> 8);
        bytes[2 * i + 1] = (uint8_t)head[i];
    }
    for (i = 0; i < tail_count; i++) {
        int at = V6_BYTES - 2 * tail_count + 2 * i;

        bytes[at] = (uint8_t)(tail[i] >> 8);
        bytes[at + 1] = (uint8_t)tail[i];
    }
    return true;
}

/* Bytes of the address TEXT in BYTES; how many, or 0 when it is none. */
static int parse_address(zk_str_t text, uint8_t bytes[V6_BYTES])
{
    if (contains(text, ':'))
        return parse_v6(text, bytes) ? V6_BYTES : 0;
    return contains(text, '.') && parse_v4(text, bytes) ? V4_BYTES : 0;
}

/* Address and bits of an ACL id; the address's size, or 0. */
static int parse_expression(zk_str_t expression, uint8_t bytes[V6_BYTES], int *bits)
{
    zk_str_t rest = expression;
    zk_str_t address;
    int size;

    if (!next_part(&rest, '/', &address))
        return 0;
    size = parse_address(address, bytes);
    *bits = size * 8;
    if (size > 0 && !zk_str_is_null(rest) && !parse_number(rest, size * 8, bits))
        return 0;
    return size;
}

bool zk_ip_is_valid(zk_str_t expression)
{
    uint8_t bytes[V6_BYTES];
    int bits;

    return parse_expression(expression, bytes, &bits) > 0;
}

bool zk_ip_matches(zk_str_t address, zk_str_t expression)
{
    uint8_t wanted[V6_BYTES];
    uint8_t given[V6_BYTES];
    int bits;
    int size = parse_expression(expression, wanted, &bits);
    int whole;

    if (size == 0 || parse_address(address, given) != size)
        return false;
    whole = bits / 8;
    if (memcmp(wanted, given, (size_t)whole) != 0)
        return false;
    return bits % 8 == 0 || (wanted[whole] ^ given[whole]) >> (8 - bits % 8) == 0;
}
