/* quota.c -- see quota.h. */
#include "cli/quota.h"

#include <inttypes.h>

/* The number at the start of TEXT, -1 where there is none. */
static int64_t parse_number(const char *text, size_t size)
{
    bool is_negative = size > 0 && text[0] == '-';
    int64_t value = 0;
    size_t i = is_negative ? 1 : 0;

    if (i == size || text[i] < '0' || text[i] > '9')
        return -1;
    for (; i < size && text[i] >= '0' && text[i] <= '9'; i++) {
        if (value > (INT64_MAX - 9) / 10)
            return INT64_MAX;
        value = value * 10 + (text[i] - '0');
    }
    return is_negative ? -value : value;
}

static void parse_pair(zk_quota_t *quota, const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    zk_str_t key;
    int64_t value;

    if (equals == NULL)
        return;
    key = zk_str_n(text, (size_t)(equals - text));
    value = parse_number(equals + 1, (size_t)(text + size - equals - 1));
    if (zk_str_equal_c(key, "count")) {
        quota->count = value;
    } else if (zk_str_equal_c(key, "bytes")) {
        quota->bytes = value;
    } else if (zk_str_equal_c(key, "countHardLimit")) {
        quota->count_hard = value;
        quota->has_count_hard = true;
    } else if (zk_str_equal_c(key, "byteHardLimit")) {
        quota->bytes_hard = value;
        quota->has_bytes_hard = true;
    }
}

void zk_quota_parse(zk_quota_t *quota, zk_str_t text)
{
    size_t size = zk_str_size(text);
    size_t begin = 0;
    size_t at;

    *quota = (zk_quota_t){-1, -1, -1, -1, false, false};
    for (at = 0; at <= size; at++)
        if (at == size || text.data[at] == ',' || text.data[at] == ';') {
            if (at > begin)
                parse_pair(quota, text.data + begin, at - begin);
            begin = at + 1;
        }
}

void zk_quota_print(const zk_quota_t *quota, zk_buffer_t *out)
{
    zk_buffer_printf(out, "count=%" PRId64 ",bytes=%" PRId64, quota->count, quota->bytes);
    if (quota->has_bytes_hard || quota->has_count_hard)
        zk_buffer_printf(out, "=");
    if (quota->has_bytes_hard)
        zk_buffer_printf(out, ";byteHardLimit=%" PRId64, quota->bytes_hard);
    if (quota->has_count_hard)
        zk_buffer_printf(out, ";countHardLimit=%" PRId64, quota->count_hard);
}
