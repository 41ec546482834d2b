/* complete.c -- see complete.h.
 *
 * A request for the children of a znode may outlive the second it is given; its answer is then
 * dropped, so what it writes to is counted and belongs to whoever is last. */
#include "cli/complete.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "base/plat.h"
#include "client/client.h"
#include "client/path.h"
#include "cli/commands.h"
#include "cli/tools.h"
#include "wire/code.h"
#include "wire/codec.h"
#include "wire/opcode.h"

enum { PATIENCE_MS = 1000 };

typedef struct question {
    bool is_answered;
    bool is_abandoned; /* whoever is told of the answer frees this */
    int32_t code;
    zk_buffer_t body;
} question_t;

static void on_children(void *baton, int32_t code, zk_str_t body)
{
    question_t *question = baton;

    if (question->is_abandoned) {
        zk_free(question);
        return;
    }
    question->is_answered = true;
    question->code = code;
    if (code == ZK_CODE_OK)
        zk_buffer_append(&question->body, body.data, zk_str_size(body));
}

/* Ask for the children of the znode PATH; false when the question is left unanswered, and then is
 * no longer ours. */
static bool ask(zk_shell_t *shell, const char *path, question_t *question)
{
    zk_get_children_request_t record = {
        zk_client_path_absolute(zk_client_chroot(shell->client), zk_str(path), shell->arena),
        false};
    zk_client_request_t request = {
        ZK_OP_GET_CHILDREN, &zk_record_get_children_request, &record, ZK_STR_NULL, ZK_WATCH_NONE,
        ZK_STR_NULL};
    int64_t until = plat_monotonic_ms() + PATIENCE_MS;

    zk_client_submit(shell->client, &request, on_children, question);
    while (!question->is_answered) {
        int64_t left = until - plat_monotonic_ms();

        if (left <= 0) {
            question->is_abandoned = true;
            return false;
        }
        zk_client_step(shell->client, left);
    }
    return true;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void finish_choices(zk_edit_choices_t *choices, apr_array_header_t *found)
{
    choices->count = found->nelts;
    choices->items = (const char **)(void *)found->elts;
    if (choices->count > 1)
        qsort(found->elts, (size_t)found->nelts, sizeof(char *), compare_texts);
}

/* PATH, in quotes where it holds a blank or begins with a quote already typed. */
static const char *quote(zk_shell_t *shell, const char *path, char quoted_by)
{
    char mark[2] = {quoted_by, '\0'};

    if (quoted_by == '\0' && strpbrk(path, " \t") != NULL &&
        !zk_dialect_has(shell->dialect, ZK_DIALECT_KEEP_QUOTES))
        mark[0] = strchr(path, '"') == NULL ? '"' : '\'';
    return apr_pstrcat(shell->scratch, mark, path, mark, NULL);
}

static void add_children(zk_shell_t *shell, const question_t *question, const char *typed,
                         char quoted_by, apr_array_header_t *found)
{
    size_t directory = (size_t)(strrchr(typed, '/') + 1 - typed);
    zk_reader_t reader =
        zk_reader(zk_buffer_bytes(&question->body), zk_buffer_size(&question->body));
    zk_get_children_response_t answer;
    int32_t i;

    if (!zk_record_decode(&zk_record_get_children_response, &answer, &reader, shell->arena))
        return;
    for (i = 0; i < answer.children.count; i++) {
        zk_str_t name = answer.children.items[i];

        if (!zk_str_starts_with(name, typed + directory))
            continue;
        APR_ARRAY_PUSH(found, const char *) =
            quote(shell,
                  apr_psprintf(shell->scratch, "%.*s%.*s", (int)directory, typed, (int)name.length,
                               name.data),
                  quoted_by);
    }
}

/* TYPED, without its quote QUOTED_BY, is the beginning of a path. */
static void complete_path(zk_shell_t *shell, const char *typed, char quoted_by,
                          apr_array_header_t *found)
{
    const char *slash = strrchr(typed, '/');
    const char *parent =
        slash == typed ? "/" : apr_pstrmemdup(shell->scratch, typed, (size_t)(slash - typed));
    question_t *question;
    zk_note_t note;

    if (!zk_client_is_alive(shell->client) || !zk_client_path_check(zk_str(parent), false, &note))
        return;
    zk_arena_reset(shell->arena);
    question = zk_calloc(1, sizeof(*question));
    question->body = ZK_BUFFER_INIT;
    if (!ask(shell, parent, question))
        return;
    if (question->code == ZK_CODE_OK)
        add_children(shell, question, typed, quoted_by, found);
    zk_buffer_free(&question->body);
    zk_free(question);
}

static void complete_command(const char *typed, apr_array_header_t *found)
{
    const zk_cli_command_t *command;

    for (command = zk_cli_commands; command->name != NULL; command++)
        if (strncmp(command->name, typed, strlen(typed)) == 0)
            APR_ARRAY_PUSH(found, const char *) = command->name;
}

/* The options of the command NAME, as its row has them. */
static void complete_option(zk_shell_t *shell, const char *name, const char *typed,
                            apr_array_header_t *found)
{
    const zk_cli_command_t *command = zk_cli_find_command(name);
    const char *at = command != NULL ? command->options : "";

    while (*at != '\0') {
        size_t length = strcspn(at, " :+");
        const char *option = apr_psprintf(shell->scratch, "-%.*s", (int)length, at);

        if (strncmp(option, typed, strlen(typed)) == 0)
            APR_ARRAY_PUSH(found, const char *) = option;
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
}

/* Where the last word of TEXT begins; in quotes, at the quote. */
static size_t find_word(const char *text, bool keep_quotes)
{
    const char *blanks = keep_quotes ? " " : " \t";
    size_t start = 0;
    size_t at = 0;

    for (;;) {
        at += strspn(text + at, blanks);
        start = at;
        if (!keep_quotes && (text[at] == '"' || text[at] == '\'')) {
            const char *end = strchr(text + at + 1, text[at]);

            if (end == NULL)
                return start;
            at = (size_t)(end - text) + 1;
        } else {
            at += strcspn(text + at, blanks);
        }
        if (text[at] == '\0')
            return start;
    }
}

void zk_cli_complete(zk_shell_t *shell, const char *line, size_t cursor, zk_edit_choices_t *choices)
{
    bool keep_quotes = zk_dialect_has(shell->dialect, ZK_DIALECT_KEEP_QUOTES);
    apr_array_header_t *found = apr_array_make(shell->scratch, 32, sizeof(const char *));
    const char *before = apr_pstrmemdup(shell->scratch, line, cursor);
    size_t start = find_word(before, keep_quotes);
    const char *typed = before + start;
    char quoted_by = '\0';
    zk_cli_words_t words;

    zk_cli_split_line(&words, apr_pstrmemdup(shell->scratch, before, start), keep_quotes,
                      shell->scratch);
    choices->start = start;
    if (!keep_quotes && (typed[0] == '"' || typed[0] == '\''))
        quoted_by = *typed++;
    if (words.count == 0 || (words.count == 1 && strcmp(words.items[0], "help") == 0))
        complete_command(typed, found);
    else if (typed[0] == '-')
        complete_option(shell, words.items[0], typed, found);
    else if (typed[0] == '/')
        complete_path(shell, typed, quoted_by, found);
    finish_choices(choices, found);
}
