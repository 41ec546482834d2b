/* follow_command.c -- watch: follow a subtree, a line for each event.
 *
 * A persistent recursive watch is set, and taken away at the end unless the user had one there. The
 * events it causes come to us instead of being shown as usual.  With data asked for, an event waits
 * in a queue for the answer; lines keep the order of the events.
 *
 * The client sets the watch again on each new connection, but the server does not tell what changed
 * in between, so that is said.  An expired session is replaced. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "client/path.h"
#include "client/requests.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/print.h"
#include "cli/tools.h"
#include "wire/code.h"
#include "wire/codec.h"
#include "wire/opcode.h"

enum {
    STEP_MS = 100,
    LINES_MAX = 1000 /* that wait for data; further ones do without */
};

typedef struct following following_t;

/* An event that is to be shown. */
typedef struct line {
    struct line *next;
    following_t *following; /* NULL when it has ended and the answer is still to come */
    bool is_waiting;
    bool has_data;
    int32_t type;
    int64_t zxid;
    int64_t wall_ms;
    zk_buffer_t data; /* body of the answer */
    char path[];
} line_t;

struct following {
    zk_shell_t *shell;
    const char *root;
    bool wants_data;
    bool is_json;
    bool is_lost;    /* the connection */
    bool is_expired; /* the session */
    int64_t left;    /* events still to show */
    int lines;
    line_t *first;
    line_t **end;
};

/* ---- lines ---- */

static void print_time(zk_buffer_t *out, int64_t wall_ms)
{
    plat_local_time_t local;

    if (!plat_local_time(&local, wall_ms)) {
        zk_buffer_printf(out, "%" PRId64, wall_ms);
        return;
    }
    zk_buffer_printf(out, "%04d-%02d-%02d %02d:%02d:%02d.%03d", local.year, local.month, local.day,
                     local.hour, local.minute, local.second, (int)(wall_ms % 1000));
}

static zk_str_t data_of(const line_t *line, bool *is_known)
{
    zk_reader_t reader = zk_reader(zk_buffer_bytes(&line->data), zk_buffer_size(&line->data));
    zk_get_data_response_t answer;

    *is_known =
        line->has_data && zk_record_decode(&zk_record_get_data_response, &answer, &reader, NULL);
    return *is_known ? answer.data : ZK_STR_NULL;
}

static void print_json_line(zk_buffer_t *out, const line_t *line)
{
    bool is_known;
    zk_str_t data = data_of(line, &is_known);

    zk_buffer_printf(out, "{\"time\":%" PRId64 ",\"zxid\":", line->wall_ms);
    if (line->zxid >= 0)
        zk_buffer_printf(out, "\"0x%" PRIx64 "\"", (uint64_t)line->zxid);
    else
        zk_buffer_printf(out, "null");
    zk_buffer_printf(out, ",\"type\":\"%s\",\"path\":", zk_cli_event_type_name(line->type));
    zk_cli_json_string(out, zk_str(line->path));
    if (is_known) {
        zk_buffer_printf(out, ",");
        zk_cli_json_data(out, data, false);
    }
    zk_buffer_printf(out, "}\n");
}

static void print_plain_line(zk_shell_t *shell, const line_t *line)
{
    zk_buffer_t *out = &shell->out;
    bool is_known;
    zk_str_t data = data_of(line, &is_known);

    print_time(out, line->wall_ms);
    if (line->zxid >= 0)
        zk_buffer_printf(out, " 0x%" PRIx64 " ", (uint64_t)line->zxid);
    else
        zk_buffer_printf(out, " - ");
    zk_cli_set_colour(shell, line->type == ZK_EVENT_TYPE_CREATED   ? ZK_CLI_GREEN
                             : line->type == ZK_EVENT_TYPE_DELETED ? ZK_CLI_RED
                                                                   : ZK_CLI_YELLOW);
    zk_buffer_printf(out, "%s", zk_cli_event_type_name(line->type));
    zk_cli_set_colour(shell, ZK_CLI_PLAIN);
    zk_buffer_printf(out, " %s", line->path);
    if (is_known) { /* as JSON has it, so that the event stays one line */
        zk_buffer_printf(out, " ");
        if (zk_str_is_null(data))
            zk_buffer_printf(out, "null");
        else if (zk_cli_is_text(data))
            zk_cli_json_string(out, data);
        else {
            zk_buffer_printf(out, "base64:");
            zk_cli_append_base64(out, data);
        }
    }
    zk_buffer_printf(out, "\n");
}

static void free_line(line_t *line)
{
    zk_buffer_free(&line->data);
    zk_free(line);
}

/* Show the lines that wait for nothing, in order. */
static void print_lines(following_t *following)
{
    line_t *line;

    while ((line = following->first) != NULL && !line->is_waiting) {
        following->first = line->next;
        if (following->first == NULL)
            following->end = &following->first;
        following->lines--;
        if (following->left > 0) {
            following->left--;
            if (following->is_json)
                print_json_line(&following->shell->out, line);
            else
                print_plain_line(following->shell, line);
        }
        free_line(line);
    }
    zk_shell_flush(following->shell);
}

/* ---- events ---- */

static void on_data(void *baton, int32_t code, zk_str_t body)
{
    line_t *line = baton;

    if (line->following == NULL) {
        free_line(line);
        return;
    }
    line->is_waiting = false;
    line->has_data = code == ZK_CODE_OK; /* else it is gone again, or not ours to read */
    if (line->has_data)
        zk_buffer_append(&line->data, body.data, zk_str_size(body));
}

static void ask_for_data(following_t *following, line_t *line)
{
    zk_client_t *client = following->shell->client;
    zk_arena_t *arena = zk_arena_create();
    zk_get_data_request_t record = {
        zk_client_path_absolute(zk_client_chroot(client), zk_str(line->path), arena), false};
    zk_client_request_t request = {ZK_OP_GET_DATA, &zk_record_get_data_request,
                                   &record,        ZK_STR_NULL,
                                   ZK_WATCH_NONE,  ZK_STR_NULL};

    line->is_waiting = true;
    zk_client_submit(client, &request, on_data, line);
    zk_arena_destroy(arena);
}

static void add_line(following_t *following, const zk_client_event_t *event)
{
    size_t size = zk_str_size(event->path);
    line_t *line = zk_calloc(1, sizeof(*line) + size + 1);

    line->following = following;
    line->type = event->type;
    line->zxid = event->zxid;
    line->wall_ms = plat_wall_ms();
    line->data = ZK_BUFFER_INIT;
    memcpy(line->path, event->path.data, size);
    *following->end = line;
    following->end = &line->next;
    following->lines++;
    if (following->wants_data && event->type != ZK_EVENT_TYPE_DELETED &&
        following->lines <= LINES_MAX)
        ask_for_data(following, line);
}

static void note_session_event(following_t *following, int32_t state)
{
    zk_buffer_t *err = &following->shell->err;

    if (state == ZK_CLIENT_EVENT_DISCONNECTED) {
        following->is_lost = true;
        zk_buffer_printf(err, "watch: the connection is lost\n");
    } else if ((state == ZK_CLIENT_EVENT_CONNECTED ||
                state == ZK_CLIENT_EVENT_CONNECTED_READ_ONLY) &&
               following->is_lost) {
        following->is_lost = false;
        zk_buffer_printf(err, "watch: connected again; what changed meanwhile is not shown\n");
    } else if (state == ZK_CLIENT_EVENT_EXPIRED) {
        following->is_expired = true;
    }
}

static bool on_event(void *baton, const zk_client_event_t *event)
{
    following_t *following = baton;

    if (event->type == ZK_EVENT_TYPE_NONE) {
        note_session_event(following, event->state);
        return true;
    }
    if (event->type == ZK_CLIENT_EVENT_PERSISTENT_WATCH_REMOVED)
        return true; /* ours, at the end */
    if (event->type < ZK_EVENT_TYPE_CREATED || event->type > ZK_EVENT_TYPE_DATA_CHANGED ||
        !zk_cli_is_below(event->path, zk_str(following->root)))
        return false;
    add_line(following, event);
    return true;
}

/* ---- the command ---- */

/* Whether this session has that watch already. */
static bool has_watch(zk_shell_t *shell, const char *root)
{
    zk_str_t path =
        zk_client_path_absolute(zk_client_chroot(shell->client), zk_str(root), shell->arena);

    return zk_client_has_watch(shell->client, ZK_WATCH_RECURSIVE, path);
}

static int32_t set_watch(following_t *following)
{
    zk_shell_t *shell = following->shell;

    zk_arena_reset(shell->arena);
    return zk_client_add_watch(shell->client, zk_str(following->root), ZK_ADD_WATCH_RECURSIVE,
                               shell->arena);
}

/* The session has expired: open another and set the watch again. */
static int32_t begin_anew(following_t *following)
{
    zk_shell_t *shell = following->shell;

    zk_buffer_printf(&shell->err, "watch: the session has expired; a new one is opened, and what "
                                  "changed meanwhile is not shown\n");
    zk_shell_flush(shell);
    following->is_expired = false;
    following->is_lost = false;
    if (!zk_shell_connect(shell, apr_pstrdup(shell->scratch, shell->connect)))
        return ZK_CODE_SYSTEM_ERROR;
    while (zk_client_state(shell->client) == ZK_CLIENT_CONNECTING && !plat_interrupt_seen())
        zk_client_step(shell->client, STEP_MS);
    return plat_interrupt_seen() ? ZK_CODE_OK : set_watch(following);
}

static void drop_lines(following_t *following)
{
    line_t *line;

    while ((line = following->first) != NULL) {
        following->first = line->next;
        if (line->is_waiting)
            line->following = NULL; /* the answer frees it */
        else
            free_line(line);
    }
}

static int32_t follow(following_t *following, int64_t until_ms)
{
    zk_shell_t *shell = following->shell;
    int32_t code = ZK_CODE_OK;

    while (following->left > 0 && plat_monotonic_ms() < until_ms && !plat_interrupt_seen() &&
           !shell->output.has_failed && code == ZK_CODE_OK) {
        int64_t left_ms = until_ms - plat_monotonic_ms();

        print_lines(following);
        if (following->left == 0)
            break;
        if (following->is_expired)
            code = begin_anew(following);
        else if (!zk_client_is_alive(shell->client))
            return ZK_CODE_AUTH_FAILED;
        else
            zk_client_step(shell->client, left_ms < STEP_MS ? left_ms : STEP_MS);
    }
    print_lines(following);
    return code;
}

static bool take_limits(zk_shell_t *shell, const zk_cli_arguments_t *arguments,
                        following_t *following, int64_t *until_ms)
{
    const char *count = zk_cli_option(arguments, "n");
    const char *seconds = zk_cli_option(arguments, "t");
    int64_t number = 0;

    following->left = INT64_MAX;
    *until_ms = INT64_MAX;
    if (count != NULL && !zk_cli_parse_number(&following->left, count, 1, INT64_MAX)) {
        zk_cli_complain(shell, "-n must be a number of events, at least 1");
        return false;
    }
    if (seconds != NULL) {
        if (!zk_cli_parse_number(&number, seconds, 1, INT32_MAX)) {
            zk_cli_complain(shell, "-t must be a number of seconds, at least 1");
            return false;
        }
        *until_ms = plat_monotonic_ms() + number * 1000;
    }
    return true;
}

int zk_cli_run_watch(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    following_t following = {.shell = shell};
    bool was_set;
    int64_t until_ms;
    int32_t code;

    if (arguments->words.count != 1)
        return zk_cli_usage(shell, "watch");
    following.root = arguments->words.items[0];
    following.wants_data = zk_cli_has(arguments, "d");
    following.is_json = zk_cli_has(arguments, "json");
    following.end = &following.first;
    if (!take_limits(shell, arguments, &following, &until_ms) ||
        !zk_cli_path_is_valid(shell, following.root, false))
        return ZK_CLI_FAILED;
    was_set = has_watch(shell, following.root);
    shell->tap = on_event;
    shell->tap_baton = &following;
    code = set_watch(&following);
    if (code == ZK_CODE_OK && shell->output.err_is_terminal)
        zk_buffer_printf(&shell->err, "watch: changes of %s and below; Ctrl+C ends\n",
                         following.root);
    zk_shell_flush(shell);
    if (code == ZK_CODE_OK)
        code = follow(&following, until_ms);
    if (!was_set && zk_client_is_alive(shell->client) && !following.is_lost) {
        zk_arena_reset(shell->arena);
        zk_client_remove_watches(shell->client, zk_str(following.root),
                                 ZK_WATCHER_PERSISTENT_RECURSIVE, true, shell->arena);
    }
    drop_lines(&following);
    shell->tap = NULL;
    return zk_cli_finish(shell, code, following.root);
}
