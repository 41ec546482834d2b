/* scheme.c -- the table of schemes, and what is asked of it: authenticate, match, fix an ACL.
 *
 * `world`, `auth` and `super` are words of ACLs and identities, not schemes a client can name in an
 * auth packet, so they are not in the table.
 *
 * Facts: upstream server/auth, AuthenticationHelper.java, PrepRequestProcessor.java (fixupACL),
 * ProviderRegistry.java at 3.9.5. */
#include "auth/scheme.h"

#include <string.h>

#include "auth/provider.h"
#include "base/map.h"

/* A list longer than this could not be stored anyway: its record would be above any sane
 * jute.maxbuffer. */
#define ACL_ENTRIES_MAX 100000

typedef struct scheme {
    const char *name;
    bool (*is_registered)(const zk_auth_config_t *config);
    zk_auth_outcome_t (*authenticate)(const zk_auth_config_t *config, zk_identities_t **identities,
                                      zk_str_t auth);
    bool is_authenticated; /* counts for ACLs of the scheme `auth` */
    bool (*is_valid)(zk_str_t acl_id);
    bool (*matches)(zk_str_t identity, zk_str_t acl_id);
} scheme_t;

/* ---- authentication ---- */

/* False where the set would hold too many or too much. */
static bool add_identity(zk_identities_t **identities, zk_str_t scheme, zk_str_t id)
{
    size_t bytes = zk_str_size(scheme) + zk_str_size(id);
    zk_identities_t *larger;
    int32_t i;

    for (i = 0; i < zk_identities_count(*identities); i++)
        bytes += zk_str_size(zk_identities_at(*identities, i).scheme) +
                 zk_str_size(zk_identities_at(*identities, i).id);
    if (bytes > ZK_AUTH_IDENTITIES_BYTES_MAX)
        return false;
    larger = zk_identities_with(*identities, scheme, id);
    zk_identities_release(*identities);
    *identities = larger;
    return zk_identities_count(larger) <= ZK_AUTH_IDENTITIES_MAX;
}

static zk_auth_outcome_t authenticate_digest(const zk_auth_config_t *config,
                                             zk_identities_t **identities, zk_str_t auth)
{
    zk_arena_t *arena;
    zk_str_t id;
    bool ok;

    if (zk_str_is_null(auth))
        return ZK_AUTH_FAILED;
    arena = zk_arena_create();
    id = zk_auth_digest_id(config, auth, arena);
    ok = !zk_str_is_null(id);
    if (ok && config->super_digest != NULL && zk_str_equal_c(id, config->super_digest))
        ok = add_identity(identities, zk_str("super"), zk_str(""));
    if (ok)
        ok = add_identity(identities, zk_str("digest"), id);
    zk_arena_destroy(arena);
    return ok ? ZK_AUTH_OK : ZK_AUTH_FAILED;
}

/* The address is in the set since the connection was accepted. */
static zk_auth_outcome_t authenticate_ip(const zk_auth_config_t *config,
                                         zk_identities_t **identities, zk_str_t auth)
{
    (void)config;
    (void)identities;
    (void)auth;
    return ZK_AUTH_OK;
}

static zk_str_t trim(zk_str_t text)
{
    while (text.length > 0 && (uint8_t)text.data[0] <= ' ') {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && (uint8_t)text.data[text.length - 1] <= ' ')
        text.length--;
    return text;
}

/* Is WORD an element of the comma list LIST? */
static bool is_listed(const char *list, zk_str_t word)
{
    const char *at = list;

    while (at != NULL) {
        const char *comma = strchr(at, ',');
        zk_str_t element = comma != NULL ? zk_str_n(at, (size_t)(comma - at)) : zk_str(at);

        if (zk_str_equal(trim(element), word))
            return true;
        at = comma != NULL ? comma + 1 : NULL;
    }
    return false;
}

static zk_auth_outcome_t authenticate_ensemble(const zk_auth_config_t *config,
                                               zk_identities_t **identities, zk_str_t auth)
{
    (void)identities;
    if (zk_str_size(auth) == 0 || is_listed(config->ensemble_names, auth))
        return ZK_AUTH_OK;
    return ZK_AUTH_CLOSE_SILENTLY;
}

/* ---- the table ---- */

static bool always_registered(const zk_auth_config_t *config)
{
    (void)config;
    return true;
}

static bool digest_registered(const zk_auth_config_t *config)
{
    return config->digest_enabled;
}

static bool ensemble_registered(const zk_auth_config_t *config)
{
    return config->ensemble_names != NULL;
}

static bool never_valid(zk_str_t acl_id)
{
    (void)acl_id;
    return false;
}

static bool never_matches(zk_str_t identity, zk_str_t acl_id)
{
    (void)identity;
    (void)acl_id;
    return false;
}

static const scheme_t schemes[] = {
    {"ip", always_registered, authenticate_ip, false, zk_ip_is_valid, zk_ip_matches},
    {"digest", digest_registered, authenticate_digest, true, zk_digest_id_is_valid, zk_str_equal},
    {"ensemble", ensemble_registered, authenticate_ensemble, false, never_valid, never_matches},
};

static const scheme_t *find_scheme(const zk_auth_config_t *config, zk_str_t name)
{
    size_t i;

    for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (zk_str_equal_c(name, schemes[i].name))
            return schemes[i].is_registered(config) ? &schemes[i] : NULL;
    return NULL;
}

bool zk_auth_has_scheme(const zk_auth_config_t *config, zk_str_t scheme)
{
    return find_scheme(config, scheme) != NULL;
}

void zk_auth_list_schemes(const zk_auth_config_t *config, zk_buffer_t *text)
{
    size_t i;

    for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (schemes[i].is_registered(config))
            zk_buffer_printf(text, "%s ", schemes[i].name);
}

zk_auth_outcome_t zk_auth_authenticate(const zk_auth_config_t *config, zk_identities_t **identities,
                                       zk_str_t scheme, zk_str_t auth)
{
    const scheme_t *found = find_scheme(config, scheme);

    return found == NULL ? ZK_AUTH_FAILED : found->authenticate(config, identities, auth);
}

bool zk_auth_matches(const zk_auth_config_t *config, const zk_id_t *id,
                     const zk_identities_t *identities)
{
    const scheme_t *scheme;
    int32_t i;

    if (zk_str_equal_c(id->scheme, "world") && zk_str_equal_c(id->id, "anyone"))
        return true;
    scheme = find_scheme(config, id->scheme);
    if (scheme == NULL || zk_str_is_null(id->id))
        return false;
    for (i = 0; i < zk_identities_count(identities); i++) {
        zk_id_t identity = zk_identities_at(identities, i);

        if (zk_str_equal(identity.scheme, id->scheme) && scheme->matches(identity.id, id->id))
            return true;
    }
    return false;
}

/* ---- fixing an ACL ---- */

static bool entry_equal(const zk_acl_t *a, const zk_acl_t *b)
{
    return a->perms == b->perms && zk_str_equal(a->id.scheme, b->id.scheme) &&
           zk_str_equal(a->id.id, b->id.id);
}

static uint64_t entry_hash(const zk_acl_t *entry)
{
    uint64_t hash = zk_hash_u64((uint32_t)entry->perms);

    hash = zk_hash_bytes(entry->id.scheme.data, zk_str_size(entry->id.scheme), hash);
    return zk_hash_bytes(entry->id.id.data, zk_str_size(entry->id.id), hash);
}

/* LIST without repetitions, first occurrences in order, into UNIQUE. */
static void drop_duplicates(zk_acl_vector_t *unique, const zk_acl_vector_t *list, zk_arena_t *arena)
{
    size_t places = 4;
    int32_t *index; /* entry number + 1, by hash */
    int32_t i;

    while (places < (size_t)list->count * 2)
        places *= 2;
    index = zk_arena_calloc(arena, places, sizeof(*index));
    unique->items = zk_arena_alloc(arena, (size_t)list->count * sizeof(zk_acl_t));
    unique->count = 0;
    for (i = 0; i < list->count; i++) {
        size_t at = entry_hash(&list->items[i]) & (places - 1);

        while (index[at] != 0 && !entry_equal(&unique->items[index[at] - 1], &list->items[i]))
            at = (at + 1) & (places - 1);
        if (index[at] != 0)
            continue;
        unique->items[unique->count++] = list->items[i];
        index[at] = unique->count;
    }
}

/* How many of IDENTITIES stand for an entry of the scheme `auth`. */
static int32_t count_authenticated(const zk_auth_config_t *config,
                                   const zk_identities_t *identities)
{
    int32_t count = 0;
    int32_t i;

    for (i = 0; i < zk_identities_count(identities); i++) {
        const scheme_t *scheme = find_scheme(config, zk_identities_at(identities, i).scheme);

        count += scheme != NULL && scheme->is_authenticated;
    }
    return count;
}

static void expand_auth(const zk_auth_config_t *config, zk_acl_vector_t *fixed, int32_t perms,
                        const zk_identities_t *identities)
{
    int32_t i;

    for (i = 0; i < zk_identities_count(identities); i++) {
        zk_id_t identity = zk_identities_at(identities, i);
        const scheme_t *scheme = find_scheme(config, identity.scheme);

        if (scheme != NULL && scheme->is_authenticated)
            fixed->items[fixed->count++] = (zk_acl_t){perms, identity};
    }
}

static zk_code_t check_entry(const zk_auth_config_t *config, const zk_acl_t *entry)
{
    const scheme_t *scheme = find_scheme(config, entry->id.scheme);

    if (zk_str_is_null(entry->id.scheme))
        return ZK_CODE_INVALID_ACL;
    if (zk_str_equal_c(entry->id.scheme, "world")) {
        if (zk_str_is_null(entry->id.id))
            return ZK_CODE_MARSHALLING_ERROR;
        return zk_str_equal_c(entry->id.id, "anyone") ? ZK_CODE_OK : ZK_CODE_INVALID_ACL;
    }
    if (scheme == NULL)
        return ZK_CODE_INVALID_ACL;
    if (zk_str_is_null(entry->id.id))
        return ZK_CODE_MARSHALLING_ERROR;
    return scheme->is_valid(entry->id.id) ? ZK_CODE_OK : ZK_CODE_INVALID_ACL;
}

zk_code_t zk_auth_fix_acl(const zk_auth_config_t *config, zk_acl_vector_t *fixed,
                          const zk_acl_vector_t *list, const zk_identities_t *identities,
                          zk_arena_t *arena)
{
    int32_t authenticated = -1; /* counted when an entry asks: there may be many */
    zk_acl_vector_t unique;
    int64_t room = 0;
    int32_t i;

    if (list->count <= 0 || list->count > ACL_ENTRIES_MAX)
        return ZK_CODE_INVALID_ACL;
    drop_duplicates(&unique, list, arena);
    for (i = 0; i < unique.count; i++) {
        bool is_auth = zk_str_equal_c(unique.items[i].id.scheme, "auth");
        zk_code_t code;

        if (is_auth && authenticated < 0)
            authenticated = count_authenticated(config, identities);
        code = is_auth ? (authenticated > 0 ? ZK_CODE_OK : ZK_CODE_INVALID_ACL)
                       : check_entry(config, &unique.items[i]);
        if (code != ZK_CODE_OK)
            return code;
        room += is_auth ? authenticated : 1;
    }
    if (room > ACL_ENTRIES_MAX)
        return ZK_CODE_INVALID_ACL;
    fixed->items = zk_arena_alloc(arena, (size_t)room * sizeof(zk_acl_t));
    fixed->count = 0;
    for (i = 0; i < unique.count; i++) {
        if (zk_str_equal_c(unique.items[i].id.scheme, "auth"))
            expand_auth(config, fixed, unique.items[i].perms, identities);
        else
            fixed->items[fixed->count++] = unique.items[i];
    }
    ZK_ASSERT(fixed->count == room);
    return ZK_CODE_OK;
}

/* ---- names and enforcement ---- */

zk_str_t zk_auth_user_name(const zk_id_t *id)
{
    zk_str_t name = id->id;
    const char *colon;

    if (zk_str_equal_c(id->scheme, "super"))
        return zk_str("");
    if (zk_str_equal_c(id->scheme, "digest") && name.length > 0) {
        colon = memchr(name.data, ':', (size_t)name.length);
        if (colon != NULL)
            name.length = (int32_t)(colon - name.data);
    }
    return name;
}

bool zk_auth_enforced_ok(const zk_auth_config_t *config, const zk_identities_t *identities)
{
    int32_t i;

    if (!config->enforce_enabled)
        return true;
    if (config->enforce_schemes == NULL)
        return false;
    for (i = 0; i < zk_identities_count(identities); i++)
        if (is_listed(config->enforce_schemes, zk_identities_at(identities, i).scheme))
            return true;
    return false;
}
