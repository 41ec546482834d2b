/* bytes.c -- the one function of bytes.h that is not worth inlining.
 *
 * Order of strings is by unsigned bytes, which for UTF-8 is the order of code points.
 */
#include "base/bytes.h"

int zk_str_compare(zk_str_t a, zk_str_t b)
{
    size_t shorter;
    int order;

    if (zk_str_is_null(a) || zk_str_is_null(b))
        return (int)zk_str_is_null(b) - (int)zk_str_is_null(a);
    shorter = zk_str_size(a) < zk_str_size(b) ? zk_str_size(a) : zk_str_size(b);
    order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.length > b.length) - (a.length < b.length);
}
