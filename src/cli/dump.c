/* dump.c -- see dump.h. */
#include "cli/dump.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/path.h"
#include "cli/json.h"
#include "cli/print.h"

#define FORMAT "paddock-export"

enum { VERSION = 1, ACL_ENTRIES_MAX = 10000 };

static const char *const kind_names[ZK_CLI_KINDS] = {"persistent", "ephemeral", "container", "ttl"};

const char *zk_cli_kind_name(zk_cli_kind_t kind)
{
    return kind_names[kind];
}

int32_t zk_cli_next_sequence(const zk_stat_t *stat)
{
    return (int32_t)(((uint32_t)stat->cversion + (uint32_t)stat->num_children) / 2);
}

/* ---- writing ---- */

static void write_znode(zk_buffer_t *out, const zk_cli_dump_t *dump)
{
    zk_buffer_printf(out, "{\"path\":");
    zk_cli_json_string(out, dump->path);
    zk_buffer_printf(out, ",\"kind\":\"%s\",", kind_names[dump->kind]);
    if (dump->kind == ZK_CLI_KIND_TTL)
        zk_buffer_printf(out, "\"ttlMs\":%" PRId64 ",", dump->ttl_ms);
    if (dump->kind == ZK_CLI_KIND_EPHEMERAL)
        zk_buffer_printf(out, "\"owner\":\"0x%" PRIx64 "\",", (uint64_t)dump->owner);
    zk_cli_json_data(out, dump->data, false);
    zk_buffer_printf(out, ",\"acl\":");
    zk_cli_json_acl(out, &dump->acl);
    if (dump->next_sequence > 0)
        zk_buffer_printf(out, ",\"nextSequence\":%" PRId32, dump->next_sequence);
    zk_buffer_printf(out, "}\n");
}

void zk_cli_dump_write(zk_buffer_t *out, const zk_cli_dump_t *dump)
{
    switch (dump->line) {
    case ZK_CLI_LINE_FIRST:
        zk_buffer_printf(out, "{\"format\":\"" FORMAT "\",\"version\":%d,\"root\":", VERSION);
        zk_cli_json_string(out, dump->root);
        zk_buffer_printf(out, "}\n");
        break;
    case ZK_CLI_LINE_ZNODE:
        write_znode(out, dump);
        break;
    case ZK_CLI_LINE_LAST:
        zk_buffer_printf(out, "{\"end\":true,\"znodes\":%" PRId64 "}\n", dump->znodes);
        break;
    }
}

/* ---- reading ---- */

/* Members by name; each may stand once. */
typedef enum member {
    MEMBER_FORMAT,
    MEMBER_VERSION,
    MEMBER_ROOT,
    MEMBER_END,
    MEMBER_ZNODES,
    MEMBER_PATH,
    MEMBER_KIND,
    MEMBER_TTL_MS,
    MEMBER_OWNER,
    MEMBER_DATA,
    MEMBER_DATA_BASE64,
    MEMBER_ACL,
    MEMBER_NEXT_SEQUENCE,
    MEMBERS
} member_t;

static const char *const member_names[MEMBERS] = {
    "format", "version", "root", "end",        "znodes", "path",        "kind",
    "ttlMs",  "owner",   "data", "dataBase64", "acl",    "nextSequence"};

#define BIT(member) (1u << (member))

static void read_path(zk_cli_json_t *json, zk_str_t *path)
{
    zk_note_t note;

    *path = zk_cli_json_take_string(json);
    if (!json->has_failed && !zk_client_path_check(*path, false, &note))
        zk_cli_json_fail(json, "no path of a znode: %s", note.text);
}

static void read_kind(zk_cli_json_t *json, zk_cli_kind_t *kind)
{
    zk_str_t name = zk_cli_json_take_string(json);
    int i;

    for (i = 0; i < ZK_CLI_KINDS && !zk_str_equal_c(name, kind_names[i]); i++)
        ;
    if (i == ZK_CLI_KINDS)
        zk_cli_json_fail(json, "kind is one of persistent, ephemeral, container, ttl");
    else
        *kind = (zk_cli_kind_t)i;
}

static void read_base64(zk_cli_json_t *json, zk_str_t *data)
{
    zk_str_t text = zk_cli_json_take_string(json);
    zk_buffer_t decoded = ZK_BUFFER_INIT;

    if (json->has_failed)
        return;
    if (strlen(text.data) != zk_str_size(text) || !zk_cli_decode_base64(&decoded, text.data))
        zk_cli_json_fail(json, "dataBase64 is not base64");
    else
        *data = zk_str_n(
            zk_arena_copy(json->arena, zk_buffer_bytes(&decoded), zk_buffer_size(&decoded)),
            zk_buffer_size(&decoded));
    zk_buffer_free(&decoded);
}

static void read_permissions(zk_cli_json_t *json, int32_t *perms)
{
    zk_str_t letters = zk_cli_json_take_string(json);
    zk_buffer_t complaints = ZK_BUFFER_INIT;

    *perms = zk_cli_parse_permissions(letters.data, zk_str_size(letters), &complaints);
    if (zk_buffer_size(&complaints) > 0)
        zk_cli_json_fail(json, "perms are of the letters cdrwa");
    zk_buffer_free(&complaints);
}

static void read_acl_entry(zk_cli_json_t *json, zk_acl_t *entry)
{
    bool is_first = true;
    unsigned seen = 0;

    entry->id.scheme = ZK_STR_NULL;
    entry->id.id = ZK_STR_NULL;
    entry->perms = 0;
    zk_cli_json_open(json, '{');
    while (zk_cli_json_more(json, '}', &is_first)) {
        zk_str_t key = zk_cli_json_key(json);
        unsigned bit = zk_str_equal_c(key, "scheme")  ? 1
                       : zk_str_equal_c(key, "id")    ? 2
                       : zk_str_equal_c(key, "perms") ? 4
                                                      : 0;

        if (bit == 0 || (seen & bit) != 0)
            zk_cli_json_fail(json, "an entry of acl has scheme, id and perms, each once");
        seen |= bit;
        if (bit == 1)
            entry->id.scheme = zk_cli_json_take_string(json);
        else if (bit == 2)
            entry->id.id = zk_cli_json_take_string(json);
        else
            read_permissions(json, &entry->perms);
    }
    if (seen != 7)
        zk_cli_json_fail(json, "an entry of acl has scheme, id and perms, each once");
}

static void read_acl(zk_cli_json_t *json, zk_acl_vector_t *acl)
{
    zk_buffer_t entries = ZK_BUFFER_INIT;
    bool is_first = true;

    acl->count = 0;
    zk_cli_json_open(json, '[');
    while (zk_cli_json_more(json, ']', &is_first)) {
        zk_acl_t entry;

        read_acl_entry(json, &entry);
        if (acl->count++ >= ACL_ENTRIES_MAX)
            zk_cli_json_fail(json, "more than %d entries of acl", ACL_ENTRIES_MAX);
        zk_buffer_append(&entries, &entry, sizeof(entry));
    }
    if (acl->count == 0)
        zk_cli_json_fail(json, "acl has no entry");
    acl->items = zk_arena_calloc(json->arena, (size_t)acl->count + 1, sizeof(zk_acl_t));
    if (acl->count > 0)
        memcpy(acl->items, zk_buffer_bytes(&entries), zk_buffer_size(&entries));
    zk_buffer_free(&entries);
}

static void read_format(zk_cli_json_t *json)
{
    if (!zk_str_equal_c(zk_cli_json_take_string(json), FORMAT))
        zk_cli_json_fail(json, "the format is not " FORMAT);
}

static void read_end(zk_cli_json_t *json)
{
    if (!zk_cli_json_take_word(json, "true"))
        zk_cli_json_fail(json, "end is true");
}

static void read_data(zk_cli_json_t *json, zk_str_t *data)
{
    if (!zk_cli_json_take_word(json, "null"))
        *data = zk_cli_json_take_string(json);
}

static void read_owner(zk_cli_json_t *json, int64_t *owner)
{
    zk_str_t text = zk_cli_json_take_string(json);

    if (!json->has_failed)
        *owner = (int64_t)strtoull(text.data, NULL, 16);
}

static void read_member(zk_cli_json_t *json, zk_cli_dump_t *dump, member_t member)
{
    switch (member) {
    case MEMBER_FORMAT:
        read_format(json);
        break;
    case MEMBER_VERSION:
        zk_cli_json_take_integer(json, VERSION, VERSION);
        break;
    case MEMBER_ROOT:
        read_path(json, &dump->root);
        break;
    case MEMBER_END:
        read_end(json);
        break;
    case MEMBER_ZNODES:
        dump->znodes = zk_cli_json_take_integer(json, 0, INT64_MAX / 32);
        break;
    case MEMBER_PATH:
        read_path(json, &dump->path);
        break;
    case MEMBER_KIND:
        read_kind(json, &dump->kind);
        break;
    case MEMBER_TTL_MS:
        dump->ttl_ms = zk_cli_json_take_integer(json, 1, ZK_CLI_TTL_MS_MAX);
        break;
    case MEMBER_OWNER:
        read_owner(json, &dump->owner);
        break;
    case MEMBER_DATA:
        read_data(json, &dump->data);
        break;
    case MEMBER_DATA_BASE64:
        read_base64(json, &dump->data);
        break;
    case MEMBER_ACL:
        read_acl(json, &dump->acl);
        break;
    case MEMBER_NEXT_SEQUENCE:
        dump->next_sequence = (int32_t)zk_cli_json_take_integer(json, 0, INT32_MAX);
        break;
    case MEMBERS:
        break;
    }
}

/* Which kind of line has the members SEEN, and whether it is whole. */
static void judge(zk_cli_json_t *json, zk_cli_dump_t *dump, unsigned seen)
{
    const unsigned first = BIT(MEMBER_FORMAT) | BIT(MEMBER_VERSION) | BIT(MEMBER_ROOT);
    const unsigned last = BIT(MEMBER_END) | BIT(MEMBER_ZNODES);
    const unsigned data = BIT(MEMBER_DATA) | BIT(MEMBER_DATA_BASE64);

    if (seen == first) {
        dump->line = ZK_CLI_LINE_FIRST;
    } else if (seen == last) {
        dump->line = ZK_CLI_LINE_LAST;
    } else if ((seen & (first | last)) != 0) {
        zk_cli_json_fail(json, "the first line has format, version and root, the last one end and "
                               "znodes, and no line has more of them");
    } else if ((seen & BIT(MEMBER_PATH)) == 0) {
        zk_cli_json_fail(json, "path is missing");
    } else if ((seen & data) == 0 || (seen & data) == data) {
        zk_cli_json_fail(json, "either data or dataBase64 is needed (no data is \"data\":null)");
    } else if ((seen & BIT(MEMBER_ACL)) == 0) {
        zk_cli_json_fail(json, "acl is missing");
    } else if (((seen & BIT(MEMBER_TTL_MS)) != 0) != (dump->kind == ZK_CLI_KIND_TTL)) {
        zk_cli_json_fail(json, "ttlMs belongs to the kind ttl, and to no other");
    } else {
        dump->line = ZK_CLI_LINE_ZNODE;
    }
}

bool zk_cli_dump_read(zk_cli_dump_t *dump, zk_str_t text, zk_arena_t *arena, zk_note_t *note)
{
    zk_cli_json_t json = zk_cli_json_reader(text, arena, note);
    bool is_first = true;
    unsigned seen = 0;

    memset(dump, 0, sizeof(*dump));
    dump->data = ZK_STR_NULL;
    zk_cli_json_open(&json, '{');
    while (zk_cli_json_more(&json, '}', &is_first)) {
        zk_str_t key = zk_cli_json_key(&json);
        int member;

        for (member = 0; member < MEMBERS && !zk_str_equal_c(key, member_names[member]); member++)
            ;
        if (member == MEMBERS)
            zk_cli_json_fail(&json, "\"%.*s\" is not known here", (int)zk_str_size(key), key.data);
        else if ((seen & BIT(member)) != 0)
            zk_cli_json_fail(&json, "%s stands twice", member_names[member]);
        if (json.has_failed)
            break;
        seen |= BIT(member);
        read_member(&json, dump, (member_t)member);
    }
    if (zk_cli_json_finish(&json))
        judge(&json, dump, seen);
    return !json.has_failed;
}
