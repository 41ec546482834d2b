/* fuzz_answers.c -- answers as a server may send them: the first byte selects the kind, the second
 * how many operations were asked for, the rest is the body behind the reply header.
 *
 * Whatever comes, decoding ends with a result, and what it hands out can be read to its end and
 * copied for a caller of a synchronous call. */
#include "fuzz.h"

#include <string.h>

#include "libpaddock/session.h"

enum { OPERATIONS_MAX = 8, PATH_BYTES = 16 };

/* Touch all that the answer holds, as a completion would. */
static size_t read_answer(const zk_request_t *request, const zk_answer_t *answer)
{
    size_t sum = 0;
    int i;
    int k;

    if (answer->text != NULL)
        sum += strlen(answer->text) + (size_t)answer->text[answer->bytes];
    for (i = 0; i < answer->strings.count; i++)
        sum += strlen(answer->strings.data[i]);
    for (i = 0; i < answer->acl.count; i++)
        sum += answer->acl.data[i].id.id != NULL ? strlen(answer->acl.data[i].id.id) : 0;
    for (i = 0; i < answer->infos.count; i++)
        sum += answer->infos.data[i].user != NULL ? strlen(answer->infos.data[i].user) : 0;
    for (i = 0; answer->reads != NULL && i < request->count; i++) {
        if (answer->reads[i].data != NULL)
            sum += (size_t)answer->reads[i].data[answer->reads[i].data_len];
        for (k = 0; k < answer->reads[i].children.count; k++)
            sum += strlen(answer->reads[i].children.data[k]);
    }
    return sum;
}

static void copy_answer(const zk_answer_t *answer)
{
    struct String_vector strings;
    struct ACL_vector acl;
    struct ClientInfo_vector infos;

    zk_own_strings(&strings, &answer->strings);
    zk_own_acl(&acl, &answer->acl);
    zk_own_infos(&infos, &answer->infos);
    deallocate_String_vector(&strings);
    deallocate_ACL_vector(&acl);
    deallocate_ClientInfo_vector(&infos);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static zhandle_t handle; /* only its chroot is looked at */
    static char paths[OPERATIONS_MAX][PATH_BYTES];
    static struct Stat stats[OPERATIONS_MAX];
    static zoo_op_result_t results[OPERATIONS_MAX];
    zk_request_t *request;
    zk_arena_t *arena;
    zk_answer_t answer;
    int i;

    if (size < 2)
        return 0;
    handle.chroot = (char *)(uintptr_t) "/root";
    request = zk_request_create(&handle, 0, (zk_reply_kind_t)(data[0] % ZK_REPLY_EVENT));
    request->count = data[1] % (OPERATIONS_MAX + 1);
    request->results = results;
    for (i = 0; i < OPERATIONS_MAX; i++) {
        results[i].value = paths[i];
        results[i].valuelen = i * 2;
        results[i].stat = i % 2 == 0 ? &stats[i] : NULL;
    }
    zk_buffer_append(&request->answer, data + 2, size - 2);
    arena = zk_arena_create();
    zk_request_decode(request, &answer, arena);
    ZK_ASSERT(answer.rc <= 0 || request->kind == ZK_REPLY_MULTI);
    if (answer.rc == ZOK && read_answer(request, &answer) < (size_t)-1)
        copy_answer(&answer);
    zk_arena_destroy(arena);
    zk_request_free(request);
    return 0;
}
