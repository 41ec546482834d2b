/* value.c -- see value.h.
 *
 * Facts: Integer.parseInt (sign, decimal digits, nothing else), Integer.decode (also 0x, 0X, # and
 * octal after a leading zero), Double.parseDouble, String.split and String.trim of the JDK.
 */
#include "config/value.h"

#include <errno.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

static int digit_of(char c, int base)
{
    int digit = -1;

    if (c >= '0' && c <= '9')
        digit = c - '0';
    else if (c >= 'a' && c <= 'f')
        digit = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
        digit = c - 'A' + 10;
    return digit < base ? digit : -1;
}

/* Digits of BASE to the end of TEXT, at least one; false beyond MIN..MAX. */
static bool parse_digits(const char *text, int base, bool negative, int64_t *value, int64_t min,
                         int64_t max)
{
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t sum = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        int digit = digit_of(*text, base);

        if (digit < 0 || sum > (limit - (uint64_t)digit) / (uint64_t)base)
            return false;
        sum = sum * (uint64_t)base + (uint64_t)digit;
    }
    if (negative)
        *value = sum == limit ? INT64_MIN : -(int64_t)sum;
    else
        *value = (int64_t)sum;
    return *value >= min && *value <= max;
}

static bool pass_sign(const char **text)
{
    bool negative = **text == '-';

    if (negative || **text == '+')
        (*text)++;
    return negative;
}

bool zk_config_parse_int(const char *text, int64_t *value, int64_t min, int64_t max)
{
    bool negative = pass_sign(&text);

    return parse_digits(text, 10, negative, value, min, max);
}

bool zk_config_decode_int(const char *text, int64_t *value, int64_t min, int64_t max)
{
    bool negative = pass_sign(&text);
    int base = 10;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    } else if (text[0] == '#') {
        base = 16;
        text += 1;
    } else if (text[0] == '0' && text[1] != '\0') {
        base = 8;
        text += 1;
    }
    return parse_digits(text, base, negative, value, min, max);
}

bool zk_config_parse_real(const char *text, double *value)
{
    const char *at = text;
    char *end = NULL;

    pass_sign(&at);
    if (digit_of(*at, 10) < 0 && *at != '.') /* no inf, nan, hexadecimal or blanks */
        return false;
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
        return false;
    errno = 0;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && *value >= -DBL_MAX && *value <= DBL_MAX;
}

bool zk_config_same_word(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + ('a' - 'A')) : *a;
        char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + ('a' - 'A')) : *b;

        if (x != y)
            return false;
    }
    return *a == *b;
}

const char *zk_config_trim(const char *text, apr_pool_t *pool)
{
    size_t size;

    while (*text != '\0' && (unsigned char)*text <= 0x20)
        text++;
    size = strlen(text);
    while (size > 0 && (unsigned char)text[size - 1] <= 0x20)
        size--;
    return apr_pstrmemdup(pool, text, size);
}

apr_array_header_t *zk_config_split(const char *text, char separator, apr_pool_t *pool)
{
    apr_array_header_t *pieces = apr_array_make(pool, 4, sizeof(const char *));

    for (;;) {
        const char *end = strchr(text, separator);

        if (end == NULL)
            break;
        APR_ARRAY_PUSH(pieces, const char *) = apr_pstrmemdup(pool, text, (size_t)(end - text));
        text = end + 1;
    }
    APR_ARRAY_PUSH(pieces, const char *) = apr_pstrdup(pool, text);
    while (pieces->nelts > 1 && *APR_ARRAY_IDX(pieces, pieces->nelts - 1, const char *) == '\0')
        apr_array_pop(pieces);
    return pieces;
}
