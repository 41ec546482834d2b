/* calls.c -- requests on their way: queued, sent, answered or failed.
 *
 *   submitted -> waiting -> pending -> answered
 *                   |          |
 *                   +----------+-----> failed
 *
 * A request waits with its encoded frame until there is a session, then it is sent and becomes
 * pending.  When a link that was up is lost, everything pending and waiting fails: the caller
 * cannot know whether it was done.  A request that was never sent fails only after every server has
 * been tried in vain.
 *
 * The two queues are no more than lists: which of them fails, and why, is the decision of whoever
 * sees the link or the session end (link.c, session.c).  A callback may submit, so what is failed
 * is taken off its list first: what comes meanwhile belongs to the next link.
 *
 * Invariants
 *   1. Pending requests are in the order of their xids; an answer that is not for the first of them
 * is none of ours.
 *   2. Frames leave in the order of submission: nothing waits while the link is up.
 *   3. Whoever submitted is told exactly once, unless the client is destroyed before. */
#include "client/handle.h"

#include <string.h>

#include "wire/code.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/opcode.h"

struct call {
    call_t *next;
    int32_t xid;
    int32_t opcode;
    zk_buffer_t frame; /* empty once sent */
    zk_client_done_fn_t *done;
    void *baton;
    zk_watch_kind_t watch;
    char *watch_path; /* owned; NULL where no watch was asked for */
    int32_t watch_path_length;
};

/* ---- lists of requests ---- */

static void push_call(call_list_t *list, call_t *call)
{
    call->next = NULL;
    *list->end = call;
    list->end = &call->next;
}

static call_t *pop_call(call_list_t *list)
{
    call_t *call = list->first;

    if (call != NULL) {
        list->first = call->next;
        if (list->first == NULL)
            list->end = &list->first;
    }
    return call;
}

static void free_call(call_t *call)
{
    zk_buffer_free(&call->frame);
    zk_free(call->watch_path);
    zk_free(call);
}

static void finish_call(call_t *call, int32_t code, zk_str_t body)
{
    call->done(call->baton, code, body);
    free_call(call);
}

/* Fail what is in LIST now; what the callbacks submit meanwhile stays. */
static void fail_calls(call_list_t *list, int32_t code)
{
    call_list_t failed = *list;
    call_t *call;

    if (failed.first == NULL)
        return;
    list->first = NULL;
    list->end = &list->first;
    while ((call = failed.first) != NULL) {
        failed.first = call->next;
        finish_call(call, code, zk_str(""));
    }
}

void zk_calls_init(zk_client_t *client)
{
    client->next_xid = 1;
    client->waiting.end = &client->waiting.first;
    client->pending.end = &client->pending.first;
}

void zk_calls_fail(zk_client_t *client, int32_t code)
{
    fail_calls(&client->pending, code);
    fail_calls(&client->waiting, code);
}

void zk_calls_fail_unsent(zk_client_t *client, int32_t code)
{
    fail_calls(&client->waiting, code);
}

void zk_calls_free(zk_client_t *client)
{
    call_t *call;

    while ((call = pop_call(&client->pending)) != NULL)
        free_call(call);
    while ((call = pop_call(&client->waiting)) != NULL)
        free_call(call);
}

/* ---- out ---- */

static int32_t take_xid(zk_client_t *client)
{
    int32_t xid = client->next_xid;

    client->next_xid = xid == INT32_MAX - 1 ? 1 : xid + 1;
    return xid;
}

void zk_calls_send(zk_client_t *client)
{
    call_t *call;

    while ((call = pop_call(&client->waiting)) != NULL) {
        zk_buffer_append(&client->out, zk_buffer_bytes(&call->frame), zk_buffer_size(&call->frame));
        zk_buffer_free(&call->frame);
        push_call(&client->pending, call);
    }
}

void zk_client_submit(zk_client_t *client, const zk_client_request_t *request,
                      zk_client_done_fn_t *done, void *baton)
{
    call_t *call = zk_calloc(1, sizeof(*call));
    size_t mark;

    call->xid = take_xid(client);
    call->opcode = request->opcode;
    call->done = done;
    call->baton = baton;
    call->watch = request->watch;
    if (request->watch != ZK_WATCH_NONE) {
        size_t size = zk_str_size(request->watch_path);

        call->watch_path = zk_malloc(size + 1);
        memcpy(call->watch_path, request->watch_path.data, size);
        call->watch_path_length = (int32_t)size;
    }
    mark = zk_frame_begin(&call->frame);
    zk_write_int(&call->frame, call->xid);
    zk_write_int(&call->frame, request->opcode);
    if (request->desc != NULL)
        zk_record_encode(request->desc, request->record, &call->frame);
    else
        zk_write_raw(&call->frame, request->raw.data, zk_str_size(request->raw));
    zk_frame_end(&call->frame, mark);
    push_call(&client->waiting, call);
    if (client->phase == LINK_UP)
        zk_calls_send(client);
    else if (!zk_client_is_alive(client))
        zk_calls_fail_unsent(client, zk_client_end_code(client));
}

/* ---- back ---- */

static void remember_watch(zk_client_t *client, const call_t *call, int32_t code)
{
    zk_str_t path;

    if (call->watch_path == NULL)
        return;
    path = zk_str_n(call->watch_path, (size_t)call->watch_path_length);
    if (code == ZK_CODE_OK)
        zk_watches_add(&client->watches, call->watch, path);
    else if (code == ZK_CODE_NO_NODE && call->opcode == ZK_OP_EXISTS)
        zk_watches_add(&client->watches, ZK_WATCH_EXIST, path);
}

bool zk_calls_answer(zk_client_t *client, const zk_reply_header_t *header, zk_reader_t *reader)
{
    call_t *call = client->pending.first;
    zk_str_t body = zk_str("");

    if (call == NULL || call->xid != header->xid)
        return false;
    pop_call(&client->pending);
    if (header->zxid > client->last_zxid)
        client->last_zxid = header->zxid;
    remember_watch(client, call, header->err);
    if (header->err == ZK_CODE_OK)
        body = zk_str_n((const char *)reader->at, zk_reader_left(reader));
    finish_call(call, header->err, body);
    return true;
}
