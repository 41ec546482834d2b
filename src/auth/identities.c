/* identities.c -- immutable, counted sets of identities.
 *
 * A set is one piece of memory: the entries, then their text.  It never changes once made, so a
 * request can keep the set its connection had when the request was read by holding it.  Counts are
 * plain: only the brain's thread touches sets.  Order is the order of arrival. */
#include <string.h>

#include "auth/provider.h"
#include "auth/scheme.h"

struct zk_identities {
    uint32_t references;
    int32_t count;
    bool is_super;
    zk_id_t ids[];
};

static zk_str_t copy_str(char **at, zk_str_t str)
{
    zk_str_t copy = {*at, (int32_t)zk_str_size(str)};

    if (copy.length > 0)
        memcpy(*at, str.data, zk_str_size(str));
    *at += copy.length;
    return copy;
}

/* The COUNT entries at IDS and one more. */
static zk_identities_t *create_set(const zk_id_t *ids, int32_t count, zk_str_t scheme, zk_str_t id)
{
    size_t entries = ((size_t)count + 1) * sizeof(zk_id_t);
    size_t text = zk_str_size(scheme) + zk_str_size(id);
    zk_identities_t *set;
    char *at;
    int32_t i;

    for (i = 0; i < count; i++)
        text += zk_str_size(ids[i].scheme) + zk_str_size(ids[i].id);
    set = zk_malloc(sizeof(*set) + entries + text);
    set->references = 1;
    set->count = count + 1;
    set->is_super = false;
    at = (char *)set->ids + entries;
    for (i = 0; i <= count; i++) {
        set->ids[i].scheme = copy_str(&at, i < count ? ids[i].scheme : scheme);
        set->ids[i].id = copy_str(&at, i < count ? ids[i].id : id);
        set->is_super |= zk_str_equal_c(set->ids[i].scheme, "super");
    }
    return set;
}

zk_identities_t *zk_identities_for_address(zk_str_t address)
{
    return create_set(NULL, 0, zk_str("ip"), address);
}

zk_identities_t *zk_identities_with(zk_identities_t *set, zk_str_t scheme, zk_str_t id)
{
    int32_t i;

    for (i = 0; i < set->count; i++)
        if (zk_str_equal(set->ids[i].scheme, scheme) && zk_str_equal(set->ids[i].id, id))
            return zk_identities_hold(set);
    return create_set(set->ids, set->count, scheme, id);
}

zk_identities_t *zk_identities_of(const zk_id_t *ids, int32_t count, bool *all)
{
    bool has_address = count > 0 && zk_str_equal_c(ids[0].scheme, "ip");
    zk_identities_t *set = zk_identities_for_address(has_address ? ids[0].id : zk_str(""));
    size_t bytes = 0;
    int32_t i;

    for (i = has_address ? 1 : 0; i < count; i++) {
        zk_identities_t *larger;

        bytes += zk_str_size(ids[i].scheme) + zk_str_size(ids[i].id);
        if (set->count == ZK_AUTH_IDENTITIES_MAX || bytes > ZK_AUTH_IDENTITIES_BYTES_MAX)
            break;
        larger = zk_identities_with(set, ids[i].scheme, ids[i].id);
        zk_identities_release(set);
        set = larger;
    }
    *all = i >= count;
    return set;
}

zk_identities_t *zk_identities_hold(zk_identities_t *set)
{
    ZK_ASSERT(set->references > 0 && set->references < UINT32_MAX);
    set->references++;
    return set;
}

void zk_identities_release(zk_identities_t *set)
{
    if (set == NULL)
        return;
    ZK_ASSERT(set->references > 0);
    if (--set->references == 0)
        zk_free(set);
}

int32_t zk_identities_count(const zk_identities_t *set)
{
    return set->count;
}

zk_id_t zk_identities_at(const zk_identities_t *set, int32_t index)
{
    ZK_ASSERT(index >= 0 && index < set->count);
    return set->ids[index];
}

bool zk_identities_is_super(const zk_identities_t *set)
{
    return set->is_super;
}
