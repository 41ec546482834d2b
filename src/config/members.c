/* members.c -- the server list: server.N, group.G, weight.N and the version of a dynamic
 * configuration.
 *
 *   server.SID=ADDRESS[|ADDRESS...][;[[CLIENTHOST]:]CLIENTPORT]     ADDRESS =
 * host:quorumPort:electionPort[:role]
 *
 * Invariants of a list that was read
 *   1. Members stand by sid, ascending; no sid twice; every member has at least one address, sorted
 * by host.
 *   2. In a hierarchical list every participant is in exactly one group.
 *
 * Facts: QuorumPeer.QuorumServer, ConfigUtils.getHostAndPort, QuorumMaj, QuorumHierarchical. Unlike
 * there, blanks around a value are dropped; everything else that they refuse is refused, with their
 * text.
 */
#include "config/config_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#define WRONG_FORM                                                                                 \
    "%s does not have the form server_config or server_config;client_config where server_config "  \
    "is the pipe separated list of host:port:port or host:port:port:type and client_config is "    \
    "port or host:port"

/* Weights are added up; more than this no ensemble needs, and 255 of them fit in 64 bits. */
#define WEIGHT_MAX (INT64_C(1) << 48)

/* group.G or weight.N as read, before it is known which servers exist. */
typedef struct share {
    int64_t sid;
    int64_t value;
    config_place_t place;
} share_t;

typedef struct reader {
    apr_array_header_t *members; /* of zk_config_member_t */
    apr_array_header_t *groups;  /* of share_t */
    apr_array_header_t *weights; /* of share_t */
    int64_t version;
    bool hierarchical;
    bool multi_address;
    apr_pool_t *pool;
    zk_note_t *note;
} reader_t;

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool zk_config_is_member_key(const char *key)
{
    return starts_with(key, "server.") || starts_with(key, "group") || starts_with(key, "weight");
}

const zk_config_member_t *zk_config_member(const zk_config_members_t *members, int64_t sid)
{
    int32_t i;

    for (i = 0; i < members->count; i++)
        if (members->items[i].sid == sid)
            return &members->items[i];
    return NULL;
}

/* ---- one server ---- */

/* Split TEXT at colons, an IPv6 address in brackets counting as one piece without them. */
static apr_status_t host_and_ports(reader_t *reader, const char *text, const config_place_t *place,
                                   apr_array_header_t **pieces)
{
    const char *close;
    apr_array_header_t *rest;

    if (text[0] != '[') {
        *pieces = zk_config_split(text, ':', reader->pool);
        return APR_SUCCESS;
    }
    close = strchr(text, ']');
    if (close == NULL)
        return zk_config_refuse(place, reader->note, "%s starts with '[' but has no matching ']:'",
                                text);
    if (close[1] != '\0' && close[2] == '\0')
        return zk_config_refuse(place, reader->note, "%s doesn't have a port after colon", text);
    *pieces = apr_array_make(reader->pool, 4, sizeof(const char *));
    APR_ARRAY_PUSH(*pieces, const char *) =
        apr_pstrmemdup(reader->pool, text + 1, (size_t)(close - text - 1));
    if (close[1] == '\0')
        return APR_SUCCESS;
    if (close[1] != ':')
        return zk_config_refuse(place, reader->note, "%s starts with '[' but has no matching ']:'",
                                text);
    rest = zk_config_split(close + 2, ':', reader->pool);
    apr_array_cat(*pieces, rest);
    return APR_SUCCESS;
}

static const char *piece(const apr_array_header_t *pieces, int i)
{
    return APR_ARRAY_IDX(pieces, i, const char *);
}

static apr_status_t read_port(reader_t *reader, const char *host, const char *text,
                              const config_place_t *place, int32_t *port)
{
    int64_t number = 0;

    text = zk_config_trim(text, reader->pool);
    if (!zk_config_parse_int(text, &number, INT32_MIN, INT32_MAX))
        return zk_config_refuse(place, reader->note,
                                "Address unresolved: %s:%s (a port from 0 to 65535 is expected)",
                                host, text);
    if (number < 0 || number > 65535)
        return zk_config_refuse(place, reader->note,
                                "port out of range:%" PRId64 " (0 to 65535 is allowed)", number);
    *port = (int32_t)number;
    return APR_SUCCESS;
}

static apr_status_t read_client(reader_t *reader, zk_config_member_t *member, const char *text,
                                const char *whole, const config_place_t *place)
{
    apr_array_header_t *pieces = NULL;
    apr_status_t rv = host_and_ports(reader, zk_config_trim(text, reader->pool), place, &pieces);

    if (rv != APR_SUCCESS)
        return rv;
    if (pieces->nelts > 2)
        return zk_config_refuse(place, reader->note, WRONG_FORM, whole);
    member->client_host =
        pieces->nelts == 2 && *piece(pieces, 0) != '\0' ? piece(pieces, 0) : "0.0.0.0";
    return read_port(reader, member->client_host, piece(pieces, pieces->nelts - 1), place,
                     &member->client_port);
}

static apr_status_t read_role(reader_t *reader, const char *text, const config_place_t *place,
                              bool *observer)
{
    const char *role = zk_config_trim(text, reader->pool);

    *observer = zk_config_same_word(role, "observer");
    if (!*observer && !zk_config_same_word(role, "participant"))
        return zk_config_refuse(place, reader->note,
                                "Unrecognised peertype: %s ('participant' or 'observer' is "
                                "expected)",
                                role);
    return APR_SUCCESS;
}

/* ADDRESS = host:quorumPort:electionPort[:role]; *ROLE is the role so far, -1 none, 0 participant,
 * 1 observer. */
static apr_status_t read_address(reader_t *reader, zk_config_member_t *member, const char *text,
                                 const char *whole, int *role, const config_place_t *place)
{
    zk_config_address_t *address = &member->addresses[member->addresses_count];
    apr_array_header_t *pieces = NULL;
    bool observer = false;
    apr_status_t rv = host_and_ports(reader, zk_config_trim(text, reader->pool), place, &pieces);

    if (rv != APR_SUCCESS)
        return rv;
    if (pieces->nelts < 3 || pieces->nelts > 4 || *piece(pieces, 0) == '\0')
        return zk_config_refuse(place, reader->note, WRONG_FORM, whole);
    address->host = piece(pieces, 0);
    rv = read_port(reader, address->host, piece(pieces, 1), place, &address->quorum_port);
    if (rv == APR_SUCCESS)
        rv = read_port(reader, address->host, piece(pieces, 2), place, &address->election_port);
    if (rv != APR_SUCCESS)
        return rv;
    if (address->quorum_port == address->election_port)
        return zk_config_refuse(place, reader->note,
                                "Client and election port must be different! Please update the "
                                "configuration file on server.%" PRId64,
                                member->sid);
    member->addresses_count++;
    if (pieces->nelts < 4)
        return APR_SUCCESS;
    rv = read_role(reader, piece(pieces, 3), place, &observer);
    if (rv != APR_SUCCESS)
        return rv;
    if (*role >= 0 && (*role == 1) != observer)
        return zk_config_refuse(
            place, reader->note, "Multiple addresses should have similar roles: %s vs %s",
            *role == 1 ? "OBSERVER" : "PARTICIPANT", observer ? "OBSERVER" : "PARTICIPANT");
    *role = observer ? 1 : 0;
    return APR_SUCCESS;
}

static int by_host(const void *a, const void *b)
{
    const zk_config_address_t *x = a;
    const zk_config_address_t *y = b;

    return strcmp(x->host, y->host);
}

/* The value WHOLE of server.SID into MEMBER. */
static apr_status_t read_server(reader_t *reader, zk_config_member_t *member, const char *whole,
                                const config_place_t *place)
{
    apr_array_header_t *halves = zk_config_split(whole, ';', reader->pool);
    apr_array_header_t *addresses = zk_config_split(piece(halves, 0), '|', reader->pool);
    int role = -1;
    int i;
    apr_status_t rv = APR_SUCCESS;

    member->client_port = -1;
    member->weight = 1;
    if (halves->nelts > 2)
        return zk_config_refuse(place, reader->note, WRONG_FORM, whole);
    if (halves->nelts == 2)
        rv = read_client(reader, member, piece(halves, 1), whole, place);
    if (rv != APR_SUCCESS)
        return rv;
    if (addresses->nelts > 1 && !reader->multi_address)
        return zk_config_refuse(place, reader->note,
                                "Multiple address feature is disabled, but multiple addresses were "
                                "specified for sid %" PRId64,
                                member->sid);
    member->addresses =
        apr_pcalloc(reader->pool, (size_t)addresses->nelts * sizeof(*member->addresses));
    for (i = 0; i < addresses->nelts && rv == APR_SUCCESS; i++)
        rv = read_address(reader, member, piece(addresses, i), whole, &role, place);
    if (rv != APR_SUCCESS)
        return rv;
    member->observer = role == 1;
    qsort(member->addresses, (size_t)member->addresses_count, sizeof(*member->addresses), by_host);
    return APR_SUCCESS;
}

/* ---- the keys ---- */

static apr_status_t read_number(reader_t *reader, const char *text, const config_place_t *place,
                                int64_t *number)
{
    const char *trimmed = zk_config_trim(text, reader->pool);

    if (!zk_config_parse_int(trimmed, number, INT64_MIN, INT64_MAX))
        return zk_config_refuse(place, reader->note,
                                "For input string: \"%s\" (a whole number is expected)", trimmed);
    return APR_SUCCESS;
}

static const char *behind_dot(const char *key)
{
    const char *dot = strchr(key, '.');

    return dot != NULL ? dot + 1 : key;
}

static apr_status_t read_server_key(reader_t *reader, const zk_property_t *property,
                                    const config_place_t *place)
{
    zk_config_member_t member = {0};
    apr_status_t rv = read_number(reader, behind_dot(property->key), place, &member.sid);
    int i;

    if (rv == APR_SUCCESS)
        rv = read_server(reader, &member, property->value, place);
    if (rv != APR_SUCCESS)
        return rv;
    for (i = 0; i < reader->members->nelts; i++) { /* server.1 and server.01 are the same */
        zk_config_member_t *old = &APR_ARRAY_IDX(reader->members, i, zk_config_member_t);

        if (old->sid == member.sid) {
            *old = member;
            return APR_SUCCESS;
        }
    }
    APR_ARRAY_PUSH(reader->members, zk_config_member_t) = member;
    return APR_SUCCESS;
}

static apr_status_t read_group_key(reader_t *reader, const zk_property_t *property,
                                   const config_place_t *place)
{
    apr_array_header_t *pieces = zk_config_split(property->value, ':', reader->pool);
    share_t share = {0, 0, *place};
    apr_status_t rv = read_number(reader, behind_dot(property->key), place, &share.value);
    int i;
    int j;

    for (i = 0; i < pieces->nelts && rv == APR_SUCCESS; i++) {
        rv = read_number(reader, piece(pieces, i), place, &share.sid);
        if (rv != APR_SUCCESS)
            return rv;
        for (j = 0; j < reader->groups->nelts; j++)
            if (APR_ARRAY_IDX(reader->groups, j, share_t).sid == share.sid)
                return zk_config_refuse(place, reader->note,
                                        "Server %" PRId64 "is in multiple groups", share.sid);
        APR_ARRAY_PUSH(reader->groups, share_t) = share;
    }
    return rv;
}

static apr_status_t read_weight_key(reader_t *reader, const zk_property_t *property,
                                    const config_place_t *place)
{
    share_t share = {0, 0, *place};
    apr_status_t rv = read_number(reader, behind_dot(property->key), place, &share.sid);

    if (rv == APR_SUCCESS)
        rv = read_number(reader, property->value, place, &share.value);
    if (rv == APR_SUCCESS && (share.value < 0 || share.value > WEIGHT_MAX))
        rv = zk_config_refuse(place, reader->note,
                              "a weight of %" PRId64 " is %s (0 to %" PRId64 " is allowed)",
                              share.value, share.value < 0 ? "negative" : "too large", WEIGHT_MAX);
    if (rv == APR_SUCCESS)
        APR_ARRAY_PUSH(reader->weights, share_t) = share;
    return rv;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static apr_status_t read_version(reader_t *reader, const zk_property_t *property,
                                 const config_place_t *place)
{
    const char *at = property->value;

    reader->version = 0;
    do {
        int digit = hex_value(*at);

        if (digit < 0 || reader->version > (INT64_MAX >> 4))
            return zk_config_refuse(place, reader->note,
                                    "For input string: \"%s\" (a version in hexadecimal is "
                                    "expected)",
                                    property->value);
        reader->version = reader->version * 16 + digit;
    } while (*++at != '\0');
    return APR_SUCCESS;
}

static apr_status_t read_key(reader_t *reader, const zk_property_t *property, const char *file)
{
    const config_place_t place = {file, property->line, property->key, NULL, false};

    if (starts_with(property->key, "server."))
        return read_server_key(reader, property, &place);
    if (strcmp(property->key, "version") == 0)
        return read_version(reader, property, &place);
    if (!zk_config_is_member_key(property->key))
        return APR_SUCCESS;
    reader->hierarchical = true;
    return starts_with(property->key, "group") ? read_group_key(reader, property, &place)
                                               : read_weight_key(reader, property, &place);
}

/* ---- the list ---- */

static const share_t *find_share(const apr_array_header_t *shares, int64_t sid)
{
    int i;

    for (i = 0; i < shares->nelts; i++)
        if (APR_ARRAY_IDX(shares, i, share_t).sid == sid)
            return &APR_ARRAY_IDX(shares, i, share_t);
    return NULL;
}

static apr_status_t assign_shares(reader_t *reader, zk_config_members_t *members, const char *file)
{
    const config_place_t nowhere = {file, 0, NULL, NULL, false};
    int i;

    for (i = 0; i < members->count; i++) {
        zk_config_member_t *member = &members->items[i];
        const share_t *group = find_share(reader->groups, member->sid);
        const share_t *weight = find_share(reader->weights, member->sid);

        if (group == NULL && !member->observer)
            return zk_config_refuse(&nowhere, reader->note, "Server %" PRId64 "is not in a group",
                                    member->sid);
        member->has_group = group != NULL;
        member->group = group != NULL ? group->value : 0;
        member->has_weight = weight != NULL;
        member->weight = weight != NULL ? weight->value : 1;
    }
    for (i = 0; i < reader->groups->nelts; i++) {
        const share_t *group = &APR_ARRAY_IDX(reader->groups, i, share_t);

        if (zk_config_member(members, group->sid) == NULL &&
            find_share(reader->weights, group->sid) == NULL)
            return zk_config_refuse(&group->place, reader->note,
                                    "server %" PRId64 " of the group has no line server.%" PRId64,
                                    group->sid, group->sid);
    }
    return APR_SUCCESS;
}

static int by_sid(const void *a, const void *b)
{
    const zk_config_member_t *x = a;
    const zk_config_member_t *y = b;

    return (x->sid > y->sid) - (x->sid < y->sid);
}

apr_status_t zk_config_read_members(zk_config_members_t *members,
                                    const apr_array_header_t *properties, const char *file,
                                    bool multi_address, apr_pool_t *pool, zk_note_t *note)
{
    reader_t reader = {0};
    apr_status_t rv = APR_SUCCESS;
    int i;

    reader.members = apr_array_make(pool, 8, sizeof(zk_config_member_t));
    reader.groups = apr_array_make(pool, 8, sizeof(share_t));
    reader.weights = apr_array_make(pool, 8, sizeof(share_t));
    reader.multi_address = multi_address;
    reader.pool = pool;
    reader.note = note;
    for (i = 0; i < properties->nelts && rv == APR_SUCCESS; i++)
        rv = read_key(&reader, &APR_ARRAY_IDX(properties, i, zk_property_t), file);
    if (rv != APR_SUCCESS)
        return rv;
    memset(members, 0, sizeof(*members));
    members->items = (zk_config_member_t *)(void *)reader.members->elts;
    members->count = reader.members->nelts;
    members->version = reader.version;
    members->hierarchical = reader.hierarchical;
    if (members->count > 1)
        qsort(members->items, (size_t)members->count, sizeof(*members->items), by_sid);
    for (i = 0; i < members->count; i++) {
        members->observers += members->items[i].observer;
        members->voters += !members->items[i].observer;
    }
    return reader.hierarchical ? assign_shares(&reader, members, file) : APR_SUCCESS;
}

apr_status_t zk_config_parse_members(zk_config_members_t *members, const char *name,
                                     const char *text, size_t size, bool allow_version,
                                     bool multi_address, apr_pool_t *pool, zk_note_t *note)
{
    apr_array_header_t *properties;
    apr_status_t rv = zk_properties_parse(&properties, text, size, pool, note);
    int i;

    if (rv != APR_SUCCESS)
        return zk_note_prefix(note, rv, "'%s'", name);
    if (properties->nelts > CONFIG_KEYS_MAX)
        return zk_note(note, ZK_E_CONFIG, "'%s': more than %d keys", name, CONFIG_KEYS_MAX);
    for (i = 0; i < properties->nelts; i++) {
        const zk_property_t *property = &APR_ARRAY_IDX(properties, i, zk_property_t);
        const config_place_t place = {name, property->line, property->key, NULL, false};
        bool is_version = strcmp(property->key, "version") == 0;

        if (is_version && !allow_version)
            return zk_config_refuse(&place, note, "dynamic file shouldn't have version inside");
        if (!is_version && !zk_config_is_member_key(property->key))
            return zk_config_refuse(&place, note, "Unrecognised parameter: %s", property->key);
    }
    return zk_config_read_members(members, zk_config_last_ones(properties, pool), name,
                                  multi_address, pool, note);
}
