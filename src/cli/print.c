/* print.c -- see print.h. */
#include "cli/print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/plat.h"
#include "wire/code.h"
#include "wire/opcode.h"

/* ---- stat ---- */

void zk_cli_print_date(zk_buffer_t *out, int64_t time_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    plat_local_time_t local;

    if (!plat_local_time(&local, time_ms)) { /* beyond what the system's calendar holds */
        zk_buffer_printf(out, "%" PRId64, time_ms);
        return;
    }
    zk_buffer_printf(out, "%s %s %02d %02d:%02d:%02d %s %04d", days[local.weekday],
                     months[local.month - 1], local.day, local.hour, local.minute, local.second,
                     local.zone, local.year);
}

static void print_hex_line(zk_buffer_t *out, const char *name, int64_t value)
{
    zk_buffer_printf(out, "%s = 0x%" PRIx64 "\n", name, (uint64_t)value);
}

static void print_date_line(zk_buffer_t *out, const char *name, int64_t time_ms)
{
    zk_buffer_printf(out, "%s = ", name);
    zk_cli_print_date(out, time_ms);
    zk_buffer_append(out, "\n", 1);
}

void zk_cli_print_stat(zk_buffer_t *out, const zk_stat_t *stat)
{
    print_hex_line(out, "cZxid", stat->czxid);
    print_date_line(out, "ctime", stat->ctime);
    print_hex_line(out, "mZxid", stat->mzxid);
    print_date_line(out, "mtime", stat->mtime);
    print_hex_line(out, "pZxid", stat->pzxid);
    zk_buffer_printf(out, "cversion = %" PRId32 "\n", stat->cversion);
    zk_buffer_printf(out, "dataVersion = %" PRId32 "\n", stat->version);
    zk_buffer_printf(out, "aclVersion = %" PRId32 "\n", stat->aversion);
    print_hex_line(out, "ephemeralOwner", stat->ephemeral_owner);
    zk_buffer_printf(out, "dataLength = %" PRId32 "\n", stat->data_length);
    zk_buffer_printf(out, "numChildren = %" PRId32 "\n", stat->num_children);
}

/* ---- lists and ACLs ---- */

static int compare_names(const void *a, const void *b)
{
    return zk_str_compare(*(const zk_str_t *)a, *(const zk_str_t *)b);
}

static void append_list(zk_buffer_t *out, const zk_str_vector_t *items)
{
    int32_t i;

    zk_buffer_append(out, "[", 1);
    for (i = 0; i < items->count; i++) {
        if (i > 0)
            zk_buffer_append(out, ", ", 2);
        zk_buffer_append(out, items->items[i].data, zk_str_size(items->items[i]));
    }
    zk_buffer_append(out, "]\n", 2);
}

static void sort_names(zk_str_vector_t *items)
{
    if (items->count > 1)
        qsort(items->items, (size_t)items->count, sizeof(items->items[0]), compare_names);
}

void zk_cli_print_list(zk_buffer_t *out, zk_str_vector_t *items)
{
    sort_names(items);
    append_list(out, items);
}

/* The code point at *AT, which is moved behind it; bytes that are not UTF-8 stand for themselves.
 */
static uint32_t take_code_point(const unsigned char **at, const unsigned char *end)
{
    uint32_t first = *(*at)++;
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    uint32_t point = more == 0 ? first : first & (0x3fu >> more);

    if (end - *at < more)
        return first;
    while (more-- > 0)
        point = point << 6 | (*(*at)++ & 0x3fu);
    return point;
}

/* String.hashCode over UTF-16 units, spread as HashMap does. */
static uint32_t java_hash(zk_str_t name)
{
    const unsigned char *at = (const unsigned char *)name.data;
    const unsigned char *end = at + zk_str_size(name);
    uint32_t hash = 0;

    while (at < end) {
        uint32_t point = take_code_point(&at, end);

        if (point >= 0x10000) {
            hash = hash * 31 + 0xd800 + ((point - 0x10000) >> 10);
            point = 0xdc00 + ((point - 0x10000) & 0x3ff);
        }
        hash = hash * 31 + point;
    }
    return hash ^ hash >> 16;
}

typedef struct java_item {
    uint32_t bucket;
    zk_str_t name;
} java_item_t;

static int compare_java_items(const void *a, const void *b)
{
    const java_item_t *first = a;
    const java_item_t *second = b;

    if (first->bucket != second->bucket)
        return first->bucket < second->bucket ? -1 : 1;
    return zk_str_compare(second->name, first->name);
}

/* Eight buckets, doubled while they are more than three quarters full.  Within a bucket Java has
 * the order of creation, which nobody tells us; names from the last to the first give what
 * tutorials show. */
void zk_cli_print_list_java(zk_buffer_t *out, zk_str_vector_t *items)
{
    size_t count = items->count > 0 ? (size_t)items->count : 0;
    java_item_t *sorted = zk_calloc(count + 1, sizeof(*sorted));
    size_t buckets = 8;
    size_t i;

    while (count > buckets / 4 * 3)
        buckets *= 2;
    for (i = 0; i < count; i++) {
        sorted[i].bucket = java_hash(items->items[i]) & (uint32_t)(buckets - 1);
        sorted[i].name = items->items[i];
    }
    if (count > 1)
        qsort(sorted, count, sizeof(*sorted), compare_java_items);
    for (i = 0; i < count; i++)
        items->items[i] = sorted[i].name;
    append_list(out, items);
    zk_free(sorted);
}

static void append_str(zk_buffer_t *out, zk_str_t str)
{
    if (zk_str_is_null(str))
        zk_buffer_append(out, "null", 4);
    else
        zk_buffer_append(out, str.data, zk_str_size(str));
}

/* Letters in the order they are printed. */
static const struct {
    char letter;
    int32_t bit;
} permissions[] = {{'c', ZK_PERM_CREATE},
                   {'d', ZK_PERM_DELETE},
                   {'r', ZK_PERM_READ},
                   {'w', ZK_PERM_WRITE},
                   {'a', ZK_PERM_ADMIN}};

enum { PERMISSIONS = sizeof(permissions) / sizeof(permissions[0]) };

void zk_cli_append_permissions(zk_buffer_t *out, int32_t perms)
{
    int p;

    for (p = 0; p < PERMISSIONS; p++)
        if ((perms & permissions[p].bit) != 0)
            zk_buffer_append(out, &permissions[p].letter, 1);
}

void zk_cli_print_acl(zk_buffer_t *out, const zk_acl_vector_t *acl)
{
    int32_t i;

    for (i = 0; i < acl->count; i++) {
        zk_buffer_append(out, "'", 1);
        append_str(out, acl->items[i].id.scheme);
        zk_buffer_append(out, ",'", 2);
        append_str(out, acl->items[i].id.id);
        zk_buffer_append(out, "\n: ", 3);
        zk_cli_append_permissions(out, acl->items[i].perms);
        zk_buffer_append(out, "\n", 1);
    }
}

int32_t zk_cli_parse_permissions(const char *text, size_t size, zk_buffer_t *complaints)
{
    int32_t bits = 0;
    size_t i;
    int p;

    for (i = 0; i < size; i++) {
        for (p = 0; p < PERMISSIONS && permissions[p].letter != text[i]; p++)
            ;
        if (p < PERMISSIONS)
            bits |= permissions[p].bit;
        else
            zk_buffer_printf(complaints, "Unknown perm type: %c\n", text[i]);
    }
    return bits;
}

static const char *find_last(const char *text, size_t size, char c)
{
    while (size > 0)
        if (text[--size] == c)
            return text + size;
    return NULL;
}

/* One entry: scheme before the first colon, permissions behind the last, the id between. */
static bool parse_entry(zk_acl_t *entry, const char *text, size_t size, zk_buffer_t *complaints)
{
    const char *first = memchr(text, ':', size);
    const char *last = find_last(text, size, ':');

    if (first == NULL || first == last) {
        zk_buffer_printf(complaints, "%.*s does not have the form scheme:id:perm\n", (int)size,
                         text);
        return false;
    }
    entry->id.scheme = zk_str_n(text, (size_t)(first - text));
    entry->id.id = zk_str_n(first + 1, (size_t)(last - first - 1));
    entry->perms = zk_cli_parse_permissions(last + 1, (size_t)(text + size - last - 1), complaints);
    return true;
}

void zk_cli_parse_acl(zk_acl_vector_t *acl, const char *text, zk_buffer_t *complaints,
                      zk_arena_t *arena)
{
    size_t size = strlen(text);
    size_t at = 0;

    acl->count = 0;
    acl->items = zk_arena_calloc(arena, size / 2 + 1, sizeof(acl->items[0]));
    while (size > 0 && text[size - 1] == ',')
        size--; /* empty parts at the end are dropped, others are complained of */
    if (size == 0 && text[0] == ',')
        return;
    while (at <= size) {
        const char *comma = memchr(text + at, ',', size - at);
        size_t end = comma != NULL ? (size_t)(comma - text) : size;

        if (parse_entry(&acl->items[acl->count], text + at, end - at, complaints))
            acl->count++;
        at = end + 1;
    }
}

/* ---- events ---- */

const char *zk_cli_event_state_name(int32_t state)
{
    switch (state) {
    case ZK_CLIENT_EVENT_DISCONNECTED:
        return "Disconnected";
    case ZK_CLIENT_EVENT_CONNECTED:
        return "SyncConnected";
    case ZK_CLIENT_EVENT_AUTH_FAILED:
        return "AuthFailed";
    case ZK_CLIENT_EVENT_CONNECTED_READ_ONLY:
        return "ConnectedReadOnly";
    case 6:
        return "SaslAuthenticated";
    case ZK_CLIENT_EVENT_EXPIRED:
        return "Expired";
    case ZK_CLIENT_EVENT_CLOSED:
        return "Closed";
    default:
        return "Unknown";
    }
}

const char *zk_cli_event_type_name(int32_t type)
{
    static const char *const names[] = {
        "NodeCreated",      "NodeDeleted",       "NodeDataChanged",       "NodeChildrenChanged",
        "DataWatchRemoved", "ChildWatchRemoved", "PersistentWatchRemoved"};

    return type >= 1 && type <= 7 ? names[type - 1] : "None";
}

void zk_cli_print_event(zk_buffer_t *out, const zk_client_event_t *event, zk_dialect_t dialect)
{
    zk_buffer_printf(out, "\nWATCHER::\n\nWatchedEvent state:%s type:%s path:",
                     zk_cli_event_state_name(event->state), zk_cli_event_type_name(event->type));
    append_str(out, event->path);
    if (zk_dialect_has(dialect, ZK_DIALECT_EVENT_ZXID))
        zk_buffer_printf(out, " zxid: %" PRId64, event->zxid);
    zk_buffer_append(out, "\n", 1);
}

/* ---- data ---- */

void zk_cli_print_hex(zk_buffer_t *out, zk_str_t data)
{
    size_t size = zk_str_size(data);
    size_t row;
    size_t i;

    if (size == 0) {
        zk_buffer_append(out, "\n", 1);
        return;
    }
    zk_buffer_printf(out, "         +-------------------------------------------------+\n"
                          "         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n"
                          "+--------+-------------------------------------------------+"
                          "----------------+\n");
    for (row = 0; row < size; row += 16) {
        zk_buffer_printf(out, "|%08lx|", (unsigned long)row);
        for (i = row; i < row + 16; i++)
            if (i < size)
                zk_buffer_printf(out, " %02x", (unsigned char)data.data[i]);
            else
                zk_buffer_append(out, "   ", 3);
        zk_buffer_append(out, " |", 2);
        for (i = row; i < row + 16; i++) {
            char c = i < size ? data.data[i] : ' ';

            if (i < size && (c < 0x20 || c > 0x7e))
                c = '.';
            zk_buffer_append(out, &c, 1);
        }
        zk_buffer_append(out, "|\n", 2);
    }
    zk_buffer_printf(out, "+--------+-------------------------------------------------+"
                          "----------------+\n");
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void zk_cli_append_base64(zk_buffer_t *out, zk_str_t data)
{
    size_t size = zk_str_size(data);
    size_t at;

    for (at = 0; at < size; at += 3) {
        size_t left = size - at;
        uint32_t bits = (uint32_t)(unsigned char)data.data[at] << 16;
        char four[4];

        if (left > 1)
            bits |= (uint32_t)(unsigned char)data.data[at + 1] << 8;
        if (left > 2)
            bits |= (uint32_t)(unsigned char)data.data[at + 2];
        four[0] = base64_digits[bits >> 18];
        four[1] = base64_digits[bits >> 12 & 63];
        four[2] = base64_digits[bits >> 6 & 63];
        four[3] = base64_digits[bits & 63];
        if (left < 3)
            four[3] = '=';
        if (left < 2)
            four[2] = '=';
        zk_buffer_append(out, four, 4);
    }
}

void zk_cli_print_base64(zk_buffer_t *out, zk_str_t data)
{
    zk_cli_append_base64(out, data);
    zk_buffer_append(out, "\n", 1);
}

bool zk_cli_decode_base64(zk_buffer_t *out, const char *text)
{
    size_t length = strlen(text);
    uint32_t bits = 0;
    int have = 0;
    size_t i;

    if (length >= 4 && length % 4 == 0 && text[length - 1] == '=')
        length -= text[length - 2] == '=' ? 2 : 1;
    if (length % 4 == 1)
        return false;
    for (i = 0; i < length; i++) {
        const char *digit = memchr(base64_digits, text[i], 64);
        uint8_t byte;

        if (digit == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(digit - base64_digits);
        have += 6;
        if (have >= 8) {
            have -= 8;
            byte = (uint8_t)(bits >> have);
            zk_buffer_append(out, &byte, 1);
        }
    }
    return true;
}

/* ---- errors ---- */

void zk_cli_print_code(zk_buffer_t *out, int32_t code, const char *path)
{
    const char *name = code == ZK_CODE_INVALID_ACL ? "InvalidACL" : zk_code_text(code);

    zk_buffer_printf(out, "KeeperErrorCode = ");
    if (name != NULL)
        zk_buffer_printf(out, "%s", name);
    else if (code == -122)
        zk_buffer_printf(out, "Unknown error REQUESTTIMEOUT");
    else if (code == -12)
        zk_buffer_printf(out, "Unknown error UNKNOWNSESSION");
    else
        zk_buffer_printf(out, "Unknown error %" PRId32, code);
    if (path[0] != '\0')
        zk_buffer_printf(out, " for %s", path);
}

void zk_cli_print_error(zk_buffer_t *out, int32_t code, const char *path, zk_dialect_t dialect)
{
    static const struct {
        int32_t code;
        const char *text;
        bool has_path;
    } texts[] = {
        {ZK_CODE_NO_NODE, "Node does not exist: ", true},
        {ZK_CODE_NODE_EXISTS, "Node already exists: ", true},
        {ZK_CODE_NOT_EMPTY, "Node not empty: ", true},
        {ZK_CODE_NO_CHILDREN_FOR_EPHEMERALS, "Ephemerals cannot have children: ", true},
        {ZK_CODE_BAD_VERSION, "version No is not valid : ", true},
        {ZK_CODE_NO_AUTH, "Insufficient permission : ", true},
        {ZK_CODE_INVALID_ACL, "Acl is not valid : ", true},
        {ZK_CODE_BAD_ARGUMENTS, "Arguments are not valid : ", true},
        {ZK_CODE_NOT_READ_ONLY, "Not a read-only call: ", true},
        {ZK_CODE_QUOTA_EXCEEDED, "Quota has exceeded : ", true},
        {ZK_CODE_NEW_CONFIG_NO_QUORUM,
         "No quorum of new config is connected and up-to-date with the leader of last commmitted "
         "config - try invoking reconfiguration after new servers are connected and synced",
         false},
        {ZK_CODE_RECONFIG_IN_PROGRESS,
         "Another reconfiguration is in progress -- concurrent reconfigs not supported (yet)",
         false},
    };
    size_t i;

    if (code == ZK_CODE_NO_AUTH && zk_dialect_has(dialect, ZK_DIALECT_OLD_NO_AUTH)) {
        zk_buffer_printf(out, "Authentication is not valid : %s", path);
        return;
    }
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].code == code) {
            zk_buffer_printf(out, "%s%s", texts[i].text, texts[i].has_path ? path : "");
            return;
        }
    zk_cli_print_code(out, code, path);
}
