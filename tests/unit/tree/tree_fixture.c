/* tree_fixture.c -- see tree_fixture.h. */
#include "tree_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static zk_tree_t *tree;
static zk_arena_t *arena;
static zk_random_t random_state;
static zk_buffer_t heard;
static int64_t zxid;
static int64_t session;

/* ---- the tree and what it says ---- */

static void hear(void *baton, int event_type, zk_str_t path, const zk_acl_list_t *acl,
                 int64_t event_zxid)
{
    static const char *const names[] = {"", "created", "deleted", "changed", "children"};

    (void)baton;
    CU_ASSERT_PTR_NOT_NULL(acl);
    CU_ASSERT_TRUE(event_zxid <= zxid);
    zk_buffer_printf(&heard, "%s %.*s; ", names[event_type], (int)path.length, path.data);
}

void tree_setup(void)
{
    zk_tree_options_t options = {.emulate_353_ttl = false, .hash_seed = 7};
    zk_tree_listener_t listener = {NULL, hear};

    tree = zk_tree_create(&options);
    zk_tree_listen(tree, &listener);
    arena = zk_arena_create();
    zk_random_seed(&random_state, 1);
    heard = ZK_BUFFER_INIT;
    zxid = 0;
    session = 0x1234;
}

void tree_teardown(void)
{
    char text[200];
    const char *broken = zk_tree_check(tree, text, sizeof(text));

    CU_ASSERT_PTR_NULL(broken);
    if (broken != NULL)
        printf("    %s\n", broken);
    zk_tree_destroy(tree);
    zk_arena_destroy(arena);
    zk_buffer_free(&heard);
}

zk_tree_t *fixture_tree(void)
{
    return tree;
}

zk_arena_t *fixture_arena(void)
{
    return arena;
}

zk_random_t *fixture_random(void)
{
    return &random_state;
}

int64_t fixture_zxid(void)
{
    return zxid;
}

void fixture_set_zxid(int64_t value)
{
    zxid = value;
}

void fixture_set_session(int64_t session_id)
{
    session = session_id;
}

/* ---- txns ---- */

zk_txn_header_t fixture_header(int32_t type)
{
    zxid++;
    return (zk_txn_header_t){
        .client_id = session, .cxid = 1, .zxid = zxid, .time = 1000 + zxid, .type = type};
}

zk_code_t fixture_apply(const zk_txn_header_t *header, const zk_txn_body_t *body)
{
    zk_txn_decoded_t txn = {.header = *header, .body = *body};

    return zk_tree_apply(tree, &txn, arena);
}

const zk_acl_vector_t *fixture_acl(int32_t perms, const char *scheme, const char *id)
{
    zk_acl_vector_t *acl = zk_arena_alloc(arena, sizeof(*acl));

    acl->count = 1;
    acl->items = zk_arena_alloc(arena, sizeof(zk_acl_t));
    acl->items[0] = (zk_acl_t){perms, {zk_str(scheme), zk_str(id)}};
    return acl;
}

const zk_acl_vector_t *fixture_open_acl(void)
{
    static const zk_acl_vector_t open = {-1, NULL};

    return &open;
}

zk_code_t fixture_create_full(int32_t type, const char *path, const char *data,
                              const zk_acl_vector_t *acl, int32_t parent_cversion)
{
    zk_txn_header_t header = fixture_header(type);
    zk_txn_body_t body;

    memset(&body, 0, sizeof(body));
    if (type == ZK_OP_CREATE_CONTAINER)
        body.create_container =
            (zk_create_container_txn_t){zk_str(path), zk_str(data), *acl, parent_cversion};
    else
        body.create = (zk_create_txn_t){zk_str(path), zk_str(data), *acl, false, parent_cversion};
    return fixture_apply(&header, &body);
}

zk_code_t fixture_create(const char *path, const char *data)
{
    return fixture_create_full(ZK_OP_CREATE, path, data, fixture_open_acl(), -1);
}

zk_code_t fixture_create_ephemeral(const char *path)
{
    zk_txn_header_t header = fixture_header(ZK_OP_CREATE2);
    zk_txn_body_t body = {.create = {zk_str(path), zk_str("e"), *fixture_open_acl(), true, -1}};

    return fixture_apply(&header, &body);
}

zk_code_t fixture_create_container(const char *path)
{
    return fixture_create_full(ZK_OP_CREATE_CONTAINER, path, "c", fixture_open_acl(), -1);
}

zk_code_t fixture_create_ttl(const char *path, int64_t ttl_ms)
{
    zk_txn_header_t header = fixture_header(ZK_OP_CREATE_TTL);
    zk_txn_body_t body = {
        .create_ttl = {zk_str(path), zk_str("t"), *fixture_open_acl(), -1, ttl_ms}};

    return fixture_apply(&header, &body);
}

zk_code_t fixture_delete(const char *path)
{
    zk_txn_header_t header = fixture_header(ZK_OP_DELETE);
    zk_txn_body_t body = {.delete_ = {zk_str(path)}};

    return fixture_apply(&header, &body);
}

zk_code_t fixture_set(const char *path, const char *data, int32_t version)
{
    zk_txn_header_t header = fixture_header(ZK_OP_SET_DATA);
    zk_txn_body_t body = {.set_data = {zk_str(path), zk_str(data), version}};

    return fixture_apply(&header, &body);
}

zk_code_t fixture_set_acl(const char *path, const zk_acl_vector_t *acl, int32_t version)
{
    zk_txn_header_t header = fixture_header(ZK_OP_SET_ACL);
    zk_txn_body_t body = {.set_acl = {zk_str(path), *acl, version}};

    return fixture_apply(&header, &body);
}

zk_code_t fixture_close_session(const char *const *paths)
{
    zk_txn_header_t header = fixture_header(ZK_OP_CLOSE_SESSION);
    zk_txn_body_t body = {.close_session = {{-1, NULL}}};
    zk_str_t items[16];

    if (paths != NULL) {
        body.close_session.paths2_delete.items = items;
        body.close_session.paths2_delete.count = 0;
        for (; *paths != NULL; paths++)
            items[body.close_session.paths2_delete.count++] = zk_str(*paths);
    }
    return fixture_apply(&header, &body);
}

/* ---- questions ---- */

bool fixture_exists(const char *path)
{
    return zk_tree_find(tree, zk_str(path)) != NULL;
}

bool fixture_data_is(const char *path, const char *data)
{
    const zk_znode_t *znode = zk_tree_find(tree, zk_str(path));

    return znode != NULL && zk_str_equal_c(zk_znode_data(znode), data);
}

zk_stat_t fixture_stat(const char *path)
{
    const zk_znode_t *znode = zk_tree_find(tree, zk_str(path));
    zk_stat_t stat;

    memset(&stat, 0xff, sizeof(stat));
    CU_ASSERT_PTR_NOT_NULL(znode);
    if (znode != NULL)
        zk_znode_stat(znode, &stat);
    return stat;
}

zk_stat_persisted_t fixture_stored(const char *path)
{
    const zk_znode_t *znode = zk_tree_find(tree, zk_str(path));
    zk_stat_persisted_t stat;

    memset(&stat, 0xff, sizeof(stat));
    CU_ASSERT_PTR_NOT_NULL(znode);
    if (znode != NULL)
        zk_znode_stat_persisted(znode, &stat);
    return stat;
}

int64_t fixture_acl_id(const char *path)
{
    return zk_znode_acl(zk_tree_find(tree, zk_str(path)))->id;
}

const char *fixture_heard(void)
{
    const char *text = zk_arena_copy(arena, heard.data, zk_buffer_size(&heard));

    zk_buffer_clear(&heard);
    return text;
}

const char *fixture_check(void)
{
    static char text[200];

    return zk_tree_check(tree, text, sizeof(text));
}

/* ---- snapshots ---- */

void fixture_walk(zk_tree_t *walked, zk_buffer_t *buffer, size_t step)
{
    zk_walk_t *walk = zk_walk_begin(walked);

    CU_ASSERT_PTR_NOT_NULL_FATAL(walk);
    while (zk_walk_step(walk, buffer, 1000, step))
        ;
    zk_walk_end(walk);
}

static void read_acls(zk_reader_t *reader, zk_tree_t *loaded, zk_arena_t *scratch)
{
    int32_t count = zk_read_int(reader);
    int32_t i;

    for (; count > 0 && !reader->failed; count--) {
        int64_t id = zk_read_long(reader);
        zk_acl_vector_t acl = {zk_read_int(reader), NULL};

        if (acl.count < 0 || (size_t)acl.count > zk_reader_left(reader)) {
            reader->failed = true;
            return;
        }
        acl.items = zk_arena_calloc(scratch, (size_t)acl.count + 1, sizeof(zk_acl_t));
        for (i = 0; i < acl.count; i++) {
            acl.items[i].perms = zk_read_int(reader);
            acl.items[i].id.scheme = zk_read_str(reader);
            acl.items[i].id.id = zk_read_str(reader);
        }
        if (!reader->failed)
            zk_acl_load(zk_tree_acls(loaded), id, &acl);
    }
}

static bool read_znodes(zk_reader_t *reader, zk_tree_t *loaded)
{
    while (!reader->failed) {
        zk_str_t path = zk_read_str(reader);
        zk_stat_persisted_t stat;
        zk_str_t data;
        int64_t acl_id;

        if (zk_str_equal_c(path, "/"))
            return zk_reader_left(reader) == 0;
        data = zk_read_str(reader);
        acl_id = zk_read_long(reader);
        stat.czxid = zk_read_long(reader);
        stat.mzxid = zk_read_long(reader);
        stat.ctime = zk_read_long(reader);
        stat.mtime = zk_read_long(reader);
        stat.version = zk_read_int(reader);
        stat.cversion = zk_read_int(reader);
        stat.aversion = zk_read_int(reader);
        stat.ephemeral_owner = zk_read_long(reader);
        stat.pzxid = zk_read_long(reader);
        if (reader->failed || !zk_tree_load_node(loaded, path, data, acl_id, &stat))
            return false;
    }
    return false;
}

zk_tree_t *fixture_load(const void *bytes, size_t size, int64_t loaded_zxid)
{
    zk_tree_t *loaded = zk_tree_create(NULL);
    zk_arena_t *scratch = zk_arena_create();
    zk_reader_t reader = zk_reader(bytes, size);
    bool good;

    zk_tree_load_begin(loaded);
    read_acls(&reader, loaded, scratch);
    good = read_znodes(&reader, loaded);
    good = zk_tree_load_end(loaded, loaded_zxid) && good;
    zk_arena_destroy(scratch);
    if (good)
        return loaded;
    zk_tree_destroy(loaded);
    return NULL;
}

/* ---- comparing ---- */

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_data(zk_buffer_t *line, zk_str_t data)
{
    int32_t i;

    if (zk_str_is_null(data))
        zk_buffer_printf(line, " null");
    for (i = 0; i < data.length; i++)
        zk_buffer_printf(line, "%02x", (unsigned char)data.data[i]);
}

static char *print_znode(const zk_znode_t *znode)
{
    zk_buffer_t line = ZK_BUFFER_INIT;
    const zk_acl_list_t *acl = zk_znode_acl(znode);
    zk_stat_persisted_t s;
    zk_stat_t visible;
    int32_t i;

    zk_znode_path(znode, &line);
    zk_znode_stat_persisted(znode, &s);
    zk_znode_stat(znode, &visible);
    zk_buffer_printf(&line,
                     " c=%" PRId64 " m=%" PRId64 " p=%" PRId64 " ct=%" PRId64 " mt=%" PRId64
                     " v=%d cv=%d av=%d o=%" PRIx64 " n=%d acl=",
                     s.czxid, s.mzxid, s.pzxid, s.ctime, s.mtime, (int)s.version, (int)s.cversion,
                     (int)s.aversion, (uint64_t)s.ephemeral_owner, (int)visible.num_children);
    for (i = 0; i < acl->acl.count; i++) {
        const zk_acl_t *entry = &acl->acl.items[i];

        zk_buffer_printf(&line, "%d:%.*s:%.*s,", (int)entry->perms, (int)entry->id.scheme.length,
                         entry->id.scheme.data, (int)entry->id.id.length, entry->id.id.data);
    }
    zk_buffer_printf(&line, " data=");
    print_data(&line, zk_znode_data(znode));
    zk_buffer_append(&line, "", 1);
    return (char *)line.data;
}

static void collect(const zk_znode_t *znode, char ***lines, size_t *count)
{
    const zk_znode_t *child = zk_znode_first_child(znode);

    *lines = zk_realloc(*lines, (*count + 1) * sizeof(char *));
    (*lines)[(*count)++] = print_znode(znode);
    for (; child != NULL; child = zk_znode_next_sibling(child))
        collect(child, lines, count);
}

void fixture_print(zk_tree_t *printed, zk_buffer_t *buffer)
{
    char **lines = NULL;
    size_t count = 0;
    size_t i;

    collect(zk_tree_find(printed, zk_str("/")), &lines, &count);
    qsort(lines, count, sizeof(char *), compare_lines);
    for (i = 0; i < count; i++) {
        zk_buffer_printf(buffer, "%s\n", lines[i]);
        zk_free(lines[i]);
    }
    zk_free(lines);
}

bool fixture_same(zk_tree_t *a, zk_tree_t *b)
{
    zk_buffer_t x = ZK_BUFFER_INIT;
    zk_buffer_t y = ZK_BUFFER_INIT;
    bool same;

    fixture_print(a, &x);
    fixture_print(b, &y);
    same = zk_buffer_size(&x) == zk_buffer_size(&y) &&
           memcmp(x.data, y.data, zk_buffer_size(&x)) == 0 &&
           zk_tree_digest(a) == zk_tree_digest(b);
    zk_buffer_free(&x);
    zk_buffer_free(&y);
    return same;
}
