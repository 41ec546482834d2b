/* text.c -- times, strings and bytes for people to read. */
#include "tool/text.h"

#include <stdbool.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "base/plat.h"

const char *zk_tool_time(int64_t ms, zk_time_form_t form, apr_pool_t *pool)
{
    plat_local_time_t t;
    int thousandths = (int)(ms % 1000 < 0 ? ms % 1000 + 1000 : ms % 1000);
    int hour;

    if (!plat_local_time(&t, ms)) /* beyond what the system's calendar holds */
        return apr_psprintf(pool, "%" APR_INT64_T_FMT, ms);
    hour = t.hour % 12 == 0 ? 12 : t.hour % 12;
    switch (form) {
    case ZK_TIME_ISO:
        return apr_psprintf(pool, "%04d-%02d-%02d %02d:%02d:%02d.%03d", t.year, t.month, t.day,
                            t.hour, t.minute, t.second, thousandths);
    case ZK_TIME_SECONDS:
        return apr_psprintf(pool, "%04d-%02d-%02d %02d:%02d:%02d", t.year, t.month, t.day, t.hour,
                            t.minute, t.second);
    case ZK_TIME_UPSTREAM:
        return apr_psprintf(pool, "%d/%d/%02d, %d:%02d:%02d %s %s", t.month, t.day, t.year % 100,
                            hour, t.minute, t.second, t.hour < 12 ? "AM" : "PM", t.zone);
    case ZK_TIME_DATE:
        break;
    }
    return apr_psprintf(pool, "%s %s %02d %02d:%02d:%02d %s %d", apr_day_snames[t.weekday],
                        apr_month_snames[t.month - 1], t.day, t.hour, t.minute, t.second, t.zone,
                        t.year);
}

/* Bytes of the well-formed UTF-8 character at AT, 0 when there is none. */
static size_t utf8_length(const uint8_t *at, size_t left)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    uint32_t value;
    size_t i;

    if (length == 1)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4 || left < length)
        return 0;
    value = at[0] & (0xffu >> (length + 1));
    for (i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3f);
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return 0;
    return length;
}

void zk_tool_put_text(FILE *to, zk_str_t str)
{
    const uint8_t *at = (const uint8_t *)str.data;
    size_t left = zk_str_size(str);

    while (left > 0) {
        size_t length = utf8_length(at, left);

        if (length == 1 && (*at == 0x7f || (*at < 0x20 && *at != '\n' && *at != '\t')))
            length = 0;
        if (length == 0) {
            fprintf(to, "\\x%02X", *at);
            length = 1;
        } else {
            fwrite(at, 1, length, to);
        }
        at += length;
        left -= length;
    }
}

void zk_tool_put_base64(FILE *to, zk_str_t str)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *at = (const uint8_t *)str.data;
    size_t size = zk_str_size(str);
    size_t i;

    for (i = 0; i < size; i += 3) {
        size_t have = size - i < 3 ? size - i : 3;
        uint32_t bits = (uint32_t)at[i] << 16;

        if (have > 1)
            bits |= (uint32_t)at[i + 1] << 8;
        if (have > 2)
            bits |= at[i + 2];
        putc(digits[bits >> 18], to);
        putc(digits[bits >> 12 & 63], to);
        putc(have > 1 ? digits[bits >> 6 & 63] : '=', to);
        putc(have > 2 ? digits[bits & 63] : '=', to);
    }
}

void zk_tool_put_json(FILE *to, zk_str_t str)
{
    const uint8_t *at = (const uint8_t *)str.data;
    size_t left = zk_str_size(str);

    while (left > 0) {
        size_t length = utf8_length(at, left);

        if (length == 0) {
            fputs("\xef\xbf\xbd", to); /* the replacement character: JSON has no bytes */
            length = 1;
        } else if (*at == '"' || *at == '\\') {
            fprintf(to, "\\%c", *at);
        } else if (*at < 0x20) {
            fprintf(to, "\\u%04X", *at);
        } else {
            fwrite(at, 1, length, to);
        }
        at += length;
        left -= length;
    }
}

const char *zk_tool_base_name(const char *path)
{
    const char *name = path;

    for (; *path != '\0'; path++)
        if (*path == '/' || *path == '\\')
            name = path + 1;
    return name;
}
