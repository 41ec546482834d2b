/* counter.c -- see counter.h.
 *
 * Facts: upstream PrepRequestProcessor.pRequest2TxnCreate (each create raises the parent's
 * counter), DataNode.copyStat (what a client sees of it). */
#include "cli/counter.h"

#include <apr_strings.h>

#include "base/plat.h"
#include "client/path.h"
#include "client/requests.h"
#include "cli/dump.h"
#include "cli/tools.h"
#include "wire/code.h"
#include "wire/codec.h"
#include "wire/multi.h"
#include "wire/opcode.h"

/* Pairs in one transaction, and bytes of their paths. */
enum { PAIRS_MAX = 500, BATCH_BYTES_MAX = 256 * 1024, STEP_MS = 100 };

typedef struct answer {
    bool has_arrived;
    int32_t code;
} answer_t;

/* The entries of a failed multi are all errors, those before the culprit with code 0. */
static int32_t find_error(zk_str_t body)
{
    zk_reader_t reader = zk_reader(body.data, zk_str_size(body));
    int i;

    for (i = 0; i < 2 * PAIRS_MAX; i++) {
        zk_multi_header_t header;

        if (!zk_record_decode(&zk_record_multi_header, &header, &reader, NULL))
            return ZK_CODE_MARSHALLING_ERROR;
        if (header.done || header.type != ZK_OP_ERROR)
            return ZK_CODE_OK;
        if (zk_read_int(&reader) != ZK_CODE_OK)
            return header.err;
    }
    return ZK_CODE_RUNTIME_INCONSISTENCY;
}

static void on_answer(void *baton, int32_t code, zk_str_t body)
{
    answer_t *answer = baton;

    answer->has_arrived = true;
    answer->code = code == ZK_CODE_OK ? find_error(body) : code;
}

/* Create and delete CHILD, as the server knows it, COUNT times. */
static int32_t create_and_delete(zk_shell_t *shell, zk_str_t child, int count)
{
    zk_client_request_t request = {ZK_OP_MULTI, NULL,          NULL,
                                   ZK_STR_NULL, ZK_WATCH_NONE, ZK_STR_NULL};
    zk_create_request_t create = {child, zk_str(""), zk_client_acl_open(), ZK_CREATE_PERSISTENT};
    zk_delete_request_t delete_ = {child, -1};
    zk_buffer_t body = ZK_BUFFER_INIT;
    answer_t answer = {false, ZK_CODE_OK};
    int i;

    for (i = 0; i < count; i++) {
        zk_multi_header_encode(&body, ZK_OP_CREATE, false, -1);
        zk_record_encode(&zk_record_create_request, &create, &body);
        zk_multi_header_encode(&body, ZK_OP_DELETE, false, -1);
        zk_record_encode(&zk_record_delete_request, &delete_, &body);
    }
    zk_multi_end_encode(&body);
    request.raw = zk_str_n((const char *)zk_buffer_bytes(&body), zk_buffer_size(&body));
    zk_client_submit(shell->client, &request, on_answer, &answer);
    zk_buffer_free(&body);
    while (!answer.has_arrived)
        zk_client_step(shell->client, STEP_MS);
    return answer.code;
}

/* A name that nobody has. */
static const char *make_name(zk_shell_t *shell)
{
    uint32_t number = 0;

    plat_random_bytes(&number, sizeof(number));
    return apr_psprintf(shell->scratch, "counter-%08x", (unsigned)number);
}

int32_t zk_cli_raise_counter(zk_shell_t *shell, const char *path, int32_t target, int32_t gap_max,
                             int32_t *next, bool *is_too_far)
{
    const char *prefix = path[1] == '\0' ? "" : path;
    zk_str_t child;
    zk_stat_t stat;
    int64_t done = 0;
    int64_t gap;
    int pairs_max;
    int32_t code;

    *is_too_far = false;
    zk_arena_reset(shell->arena);
    code = zk_client_exists(shell->client, zk_str(path), false, &stat, shell->arena);
    if (code != ZK_CODE_OK)
        return code;
    *next = zk_cli_next_sequence(&stat);
    gap = (int64_t)target - *next;
    *is_too_far = gap > gap_max;
    if (*is_too_far)
        return ZK_CODE_OK;
    child = zk_client_path_absolute(
        zk_client_chroot(shell->client),
        zk_str(apr_pstrcat(shell->scratch, prefix, "/", make_name(shell), NULL)), shell->arena);
    pairs_max = (int)(BATCH_BYTES_MAX / (2 * zk_str_size(child) + 100));
    pairs_max = pairs_max > PAIRS_MAX ? PAIRS_MAX : pairs_max < 1 ? 1 : pairs_max;
    while (done < gap && !plat_interrupt_seen()) {
        int pairs = gap - done < pairs_max ? (int)(gap - done) : pairs_max;

        zk_cli_show_progress(shell, "import: raising a counter, %ld of %ld", (long)done, (long)gap);
        code = create_and_delete(shell, child, pairs);
        if (code != ZK_CODE_OK)
            return code;
        done += pairs;
        *next += pairs;
    }
    return ZK_CODE_OK;
}
