/* strings.c -- the structures of the API: made, copied, freed. */
#include "libpaddock/session.h"

#include <string.h>

#include "client/path.h"

void deallocate_String(char **text)
{
    if (text == NULL)
        return;
    zk_free(*text);
    *text = NULL;
}

void deallocate_Buffer(struct buffer *bytes)
{
    if (bytes == NULL)
        return;
    zk_free(bytes->buff);
    bytes->buff = NULL;
}

int64_t zoo_htonll(int64_t value)
{
    uint8_t bytes[8];
    int64_t swapped;

    zk_put_u64(bytes, (uint64_t)value);
    memcpy(&swapped, bytes, sizeof(swapped));
    return swapped;
}

/* COUNT zeroed elements of SIZE bytes; NULL for none. */
static void *elements(int32_t count, size_t size)
{
    return count > 0 ? zk_calloc((size_t)count, size) : NULL;
}

void deallocate_Id(struct Id *record)
{
    deallocate_String(&record->scheme);
    deallocate_String(&record->id);
}

int allocate_Id_vector(struct Id_vector *vector, int32_t count)
{
    vector->count = count;
    vector->data = elements(count, sizeof(*vector->data));
    return 0;
}

int deallocate_Id_vector(struct Id_vector *vector)
{
    int32_t i;

    for (i = 0; vector->data != NULL && i < vector->count; i++)
        deallocate_Id(&vector->data[i]);
    zk_free(vector->data);
    vector->data = NULL;
    return 0;
}

void deallocate_ACL(struct ACL *record)
{
    deallocate_Id(&record->id);
}

int allocate_ACL_vector(struct ACL_vector *vector, int32_t count)
{
    vector->count = count;
    vector->data = elements(count, sizeof(*vector->data));
    return 0;
}

int deallocate_ACL_vector(struct ACL_vector *vector)
{
    int32_t i;

    for (i = 0; vector->data != NULL && i < vector->count; i++)
        deallocate_ACL(&vector->data[i]);
    zk_free(vector->data);
    vector->data = NULL;
    return 0;
}

void deallocate_Stat(struct Stat *record)
{
    (void)record; /* holds nothing */
}

int allocate_String_vector(struct String_vector *vector, int32_t count)
{
    vector->count = count;
    vector->data = elements(count, sizeof(*vector->data));
    return 0;
}

int deallocate_String_vector(struct String_vector *vector)
{
    int32_t i;

    for (i = 0; vector->data != NULL && i < vector->count; i++)
        deallocate_String(&vector->data[i]);
    zk_free(vector->data);
    vector->data = NULL;
    return 0;
}

void deallocate_ClientInfo(struct ClientInfo *record)
{
    deallocate_String(&record->auth_scheme);
    deallocate_String(&record->user);
}

int allocate_ClientInfo_vector(struct ClientInfo_vector *vector, int32_t count)
{
    vector->count = count;
    vector->data = elements(count, sizeof(*vector->data));
    return 0;
}

int deallocate_ClientInfo_vector(struct ClientInfo_vector *vector)
{
    int32_t i;

    for (i = 0; vector->data != NULL && i < vector->count; i++)
        deallocate_ClientInfo(&vector->data[i]);
    zk_free(vector->data);
    vector->data = NULL;
    return 0;
}

void zk_copy_stat(struct Stat *to, const zk_stat_t *from)
{
    to->czxid = from->czxid;
    to->mzxid = from->mzxid;
    to->ctime = from->ctime;
    to->mtime = from->mtime;
    to->version = from->version;
    to->cversion = from->cversion;
    to->aversion = from->aversion;
    to->ephemeralOwner = from->ephemeral_owner;
    to->dataLength = from->data_length;
    to->numChildren = from->num_children;
    to->pzxid = from->pzxid;
}

struct String_vector zk_copy_strings(const zk_str_vector_t *from, const char *chroot,
                                     zk_arena_t *arena)
{
    struct String_vector made = {from->count > 0 ? from->count : 0, NULL};
    int32_t i;

    made.data = zk_arena_calloc(arena, (size_t)made.count, sizeof(*made.data));
    for (i = 0; i < made.count; i++) {
        zk_str_t text = zk_str_is_null(from->items[i]) ? zk_str("") : from->items[i];

        if (chroot != NULL)
            text = zk_client_path_relative(chroot, text);
        made.data[i] = zk_arena_copy(arena, text.data, zk_str_size(text));
    }
    return made;
}

char *zk_own_text(const char *text)
{
    size_t size;
    char *copy;

    if (text == NULL)
        return NULL;
    size = strlen(text) + 1;
    copy = zk_malloc(size);
    memcpy(copy, text, size);
    return copy;
}

void zk_own_strings(struct String_vector *to, const struct String_vector *from)
{
    int32_t i;

    allocate_String_vector(to, from->count);
    for (i = 0; i < from->count; i++)
        to->data[i] = zk_own_text(from->data[i]);
}

void zk_own_acl(struct ACL_vector *to, const struct ACL_vector *from)
{
    int32_t i;

    allocate_ACL_vector(to, from->count);
    for (i = 0; i < from->count; i++) {
        to->data[i].perms = from->data[i].perms;
        to->data[i].id.scheme = zk_own_text(from->data[i].id.scheme);
        to->data[i].id.id = zk_own_text(from->data[i].id.id);
    }
}

void zk_own_infos(struct ClientInfo_vector *to, const struct ClientInfo_vector *from)
{
    int32_t i;

    allocate_ClientInfo_vector(to, from->count);
    for (i = 0; i < from->count; i++) {
        to->data[i].auth_scheme = zk_own_text(from->data[i].auth_scheme);
        to->data[i].user = zk_own_text(from->data[i].user);
    }
}
