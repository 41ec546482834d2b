/* shell.c -- see shell.h.
 *
 * Output is gathered per command and event and written in order; what is for standard error follows
 * what went to standard output before it.  Events arrive while a command waits for its answer and
 * are written at once, so that the order is that of the wire.
 *
 * The program ends in one of two ways.  A command on the command line leaves its session behind, as
 * upstream does: scripts rely on seeing an ephemeral znode for a moment.  Otherwise the session is
 * closed, by `quit` or at the end of input. */
#include "cli/shell.h"

#include <stdlib.h>
#include <string.h>
#include <apr_env.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "base/log.h"
#include "base/plat.h"
#include "base/queue.h"
#include "client/requests.h"
#include "cli/commands.h"
#include "cli/hints.h"
#include "cli/print.h"
#include "cli/terminal.h"
#include "cli/tools.h"
#include "wire/opcode.h"

enum {
    LINE_BYTES_MAX = 2 * 1024 * 1024, /* more than a server takes */
    LINES_QUEUED_MAX = 64,
    STEP_MS = 60000,
    FIRST_PROMPT_WAIT_MS = 1000
};

/* ---- events ---- */

static void on_event(void *baton, const zk_client_event_t *event)
{
    zk_shell_t *shell = baton;

    bool is_closed = event->type == ZK_EVENT_TYPE_NONE && event->state == ZK_CLIENT_EVENT_CLOSED;

    if (shell->tap != NULL && shell->tap(shell->tap_baton, event))
        return;
    if (!shell->print_watches ||
        (is_closed && !zk_dialect_has(shell->dialect, ZK_DIALECT_CLOSED_EVENT)))
        return;
    if (shell->is_editing)
        zk_edit_leave(shell->edit, zk_dialect_has(shell->dialect, ZK_DIALECT_NO_REDRAW));
    zk_shell_flush(shell);
    zk_cli_print_event(&shell->out, event, shell->dialect);
    zk_shell_flush(shell);
    shell->event_printed = true;
}

/* ---- options of the program ---- */

/* The argument of option ARGV[*AT], or NULL with a sentence. */
static const char *take_argument(int argc, const char *const *argv, int *at, zk_note_t *note)
{
    if (*at + 1 < argc)
        return argv[++*at];
    zk_note(note, APR_SUCCESS, "Error: no argument found for option %s", argv[*at]);
    return NULL;
}

static bool take_timeout(zk_cli_options_t *options, const char *text, zk_note_t *note)
{
    int64_t timeout_ms;

    if (text == NULL)
        return false;
    if (!zk_cli_parse_number(&timeout_ms, text, INT32_MIN, INT32_MAX)) {
        zk_note(note, APR_SUCCESS, "Invalid value for -timeout: %s", text);
        return false;
    }
    options->timeout_ms = (int32_t)timeout_ms;
    return true;
}

static bool take_dialect(zk_cli_options_t *options, const char *name, const char *text,
                         zk_note_t *note)
{
    if (text == NULL)
        return false;
    if (!zk_dialect_parse(&options->dialect, text)) {
        zk_note(note, APR_SUCCESS, "Invalid value for %s: %s", name, text);
        return false;
    }
    options->dialect_name = text;
    return true;
}

static bool take_log_level(zk_cli_options_t *options, const char *name, const char *text,
                           zk_note_t *note)
{
    static const char *const names[] = {"trace", "debug", "info", "warn", "error"};
    int i;

    if (text == NULL)
        return false;
    for (i = 0; i < 5 && !zk_cli_equal_ignoring_case(names[i], text); i++)
        ;
    if (i == 5) {
        zk_note(note, APR_SUCCESS, "Invalid value for %s: %s", name, text);
        return false;
    }
    options->log_level = (zk_log_level_t)i; /* the names are in the order of the levels */
    options->has_log_level = true;
    return true;
}

/* What the environment asks for; the command line comes after it. */
static bool take_environment(zk_cli_options_t *options, apr_pool_t *pool, zk_note_t *note)
{
    char *text;

    if (apr_env_get(&text, "ZKCLI_COMPAT", pool) == APR_SUCCESS &&
        !take_dialect(options, "ZKCLI_COMPAT", text, note))
        return false;
    return apr_env_get(&text, "ZKCLI_LOG", pool) != APR_SUCCESS ||
           take_log_level(options, "ZKCLI_LOG", text, note);
}

/* Take option ARGV[*AT] and its argument. */
static bool take_program_option(zk_cli_options_t *options, int argc, const char *const *argv,
                                int *at, zk_buffer_t *complaints, zk_note_t *note)
{
    const char *name = argv[*at];

    if (strcmp(name, "-server") == 0) {
        options->connect = take_argument(argc, argv, at, note);
        return options->connect != NULL;
    }
    if (strcmp(name, "-timeout") == 0)
        return take_timeout(options, take_argument(argc, argv, at, note), note);
    if (strcmp(name, "-compat") == 0)
        return take_dialect(options, name, take_argument(argc, argv, at, note), note);
    if (strcmp(name, "-log") == 0)
        return take_log_level(options, name, take_argument(argc, argv, at, note), note);
    if (strcmp(name, "-client-configuration") == 0) {
        options->configuration = take_argument(argc, argv, at, note);
        return options->configuration != NULL;
    }
    if (strcmp(name, "-r") == 0)
        options->read_only = true;
    else if (strcmp(name, "-waitforconnection") == 0)
        options->wait_for_connection = true;
    else if (strcmp(name, "-nocolor") == 0)
        options->no_colour = true;
    else if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0)
        options->help = true;
    else
        zk_buffer_printf(complaints, "Unknown option: %s\n", name);
    return true;
}

bool zk_cli_parse_options(zk_cli_options_t *options, int argc, const char *const *argv,
                          zk_buffer_t *complaints, apr_pool_t *pool, zk_note_t *note)
{
    int at;

    memset(options, 0, sizeof(*options));
    options->connect = "localhost:2181";
    options->timeout_ms = 30000;
    options->dialect = ZK_DIALECT_DEFAULT;
    options->dialect_name = "3.9";
    if (!take_environment(options, pool, note))
        return false;
    for (at = 1; at < argc && argv[at][0] == '-'; at++)
        if (!take_program_option(options, argc, argv, &at, complaints, note))
            return false;
    if (options->configuration != NULL &&
        !zk_cli_read_configuration(&options->properties, options->configuration, complaints, pool,
                                   note))
        return false;
    options->command.count = argc - at;
    options->command.items = apr_palloc(pool, sizeof(char *) * ((size_t)(argc - at) + 1));
    for (; at < argc; at++)
        options->command.items[options->command.count - (argc - at)] = argv[at];
    return true;
}

/* ---- the client ---- */

void zk_shell_spell_log(const zk_shell_t *shell, zk_client_t *client)
{
    zk_client_spell_session(
        client, zk_dialect_has(shell->dialect, ZK_DIALECT_SESSIONID) ? "sessionid" : "session id");
}

bool zk_shell_connect(zk_shell_t *shell, const char *connect)
{
    zk_client_options_t options = {.timeout_ms = shell->options.timeout_ms,
                                   .read_only = shell->options.read_only,
                                   .event = on_event,
                                   .event_baton = shell};
    zk_client_t *client = NULL;
    zk_note_t note = {""};
    apr_pool_t *pool;
    apr_status_t rv;

    plat_random_bytes(&options.seed, sizeof(options.seed));
    apr_pool_create(&pool, shell->pool);
    rv = zk_client_create(&client, connect, &options, pool, &note);
    if (rv != APR_SUCCESS) {
        zk_buffer_printf(&shell->err, "%s\n", note.text);
        apr_pool_destroy(pool);
        return false;
    }
    zk_client_allow_frames(client, shell->options.properties.frame_bytes_max);
    zk_shell_spell_log(shell, client);
    if (shell->client != NULL)
        zk_client_close(shell->client);
    apr_thread_mutex_lock(shell->client_lock);
    if (shell->client != NULL) {
        zk_client_destroy(shell->client);
        apr_pool_destroy(shell->client_pool);
    }
    shell->client = client;
    shell->client_pool = pool;
    apr_thread_mutex_unlock(shell->client_lock);
    shell->connect = apr_pstrdup(pool, connect);
    return true;
}

/* ---- commands ---- */

static int run_unknown(zk_shell_t *shell, const char *name)
{
    const zk_cli_command_t *guess = zk_cli_guess_command(name);

    zk_cli_print_usage(&shell->err);
    if (!zk_dialect_has(shell->dialect, ZK_DIALECT_NOT_FOUND))
        return ZK_CLI_UNKNOWN;
    zk_buffer_printf(&shell->err, "Command not found: Command not found %s", name);
    if (guess != NULL)
        zk_buffer_printf(&shell->err, " (did you mean %s?)", guess->name);
    else if (strpbrk(name, " \t") != NULL) /* zkcli "ls /" */
        zk_buffer_printf(&shell->err, " (a command and its arguments are words of their own)");
    zk_buffer_append(&shell->err, "\n", 1);
    return ZK_CLI_UNKNOWN;
}

/* Commands that 3.5 had for the last time, as what replaced them: ls2 is ls -s, rmr is deleteall.
 */
static const zk_cli_words_t *translate_old(zk_shell_t *shell, const zk_cli_words_t *words)
{
    bool is_ls2 = strcmp(words->items[0], "ls2") == 0;
    zk_cli_words_t *now;
    int i;

    if (!is_ls2 && strcmp(words->items[0], "rmr") != 0)
        return words;
    zk_cli_deprecate(
        shell, is_ls2 ? "'ls2' has been deprecated. Please use 'ls [-s] path' instead."
                      : "The command 'rmr' has been deprecated. Please use 'deleteall' instead.");
    now = apr_palloc(shell->scratch, sizeof(*now));
    now->count = 0;
    now->items = apr_palloc(shell->scratch, sizeof(char *) * ((size_t)words->count + 1));
    now->items[now->count++] = is_ls2 ? "ls" : "deleteall";
    if (is_ls2)
        now->items[now->count++] = "-s";
    for (i = 1; i < words->count; i++)
        now->items[now->count++] = words->items[i];
    return now;
}

/* Ctrl+C ends a command that upstream lacks, and zkcli itself while any other works. */
static int run_command(zk_shell_t *shell, const zk_cli_command_t *command,
                       const zk_cli_arguments_t *arguments)
{
    int exit_code;

    zk_cli_begin_progress(shell);
    if (!command->is_ours || shell->is_gathering) {
        exit_code = command->run(shell, arguments);
    } else {
        plat_interrupt_hold();
        exit_code = command->run(shell, arguments);
        if (plat_interrupt_seen()) {
            exit_code = ZK_CLI_INTERRUPTED;
            if (shell->output.err_is_terminal)
                zk_buffer_append(&shell->err, "\n", 1); /* behind ^C */
        }
        plat_interrupt_release();
    }
    zk_cli_end_progress(shell);
    return exit_code;
}

static int run_command_of(zk_shell_t *shell, const zk_cli_words_t *words)
{
    const zk_cli_command_t *command;
    zk_cli_arguments_t arguments;
    zk_note_t note = {""};

    zk_arena_reset(shell->arena);
    words = translate_old(shell, words);
    command = zk_cli_find_command(words->items[0]);
    if (command == NULL)
        return run_unknown(shell, words->items[0]);
    if (command->needs_session && !zk_client_is_alive(shell->client)) {
        zk_buffer_printf(&shell->out, "Not connected\n");
        return ZK_CLI_OK;
    }
    if (!zk_cli_parse_arguments(&arguments, words, command->options, shell->scratch, &note)) {
        zk_buffer_printf(&shell->err, "%s\n", note.text);
        zk_cli_print_command_usage(&shell->err, command);
        return ZK_CLI_FAILED;
    }
    return run_command(shell, command, &arguments);
}

int zk_shell_run(zk_shell_t *shell, const zk_cli_words_t *words)
{
    int exit_code = run_command_of(shell, words);

    if (exit_code == ZK_CLI_FAILED || exit_code == ZK_CLI_UNKNOWN)
        zk_cli_hint_typography(&shell->err, words);
    return exit_code;
}

const char *zk_shell_history(const zk_shell_t *shell, int number)
{
    if (number < 0 || number > shell->count || number <= shell->count - ZK_CLI_HISTORY_LINES)
        return NULL;
    return shell->history[number % ZK_CLI_HISTORY_LINES];
}

void zk_shell_remember(zk_shell_t *shell, const char *line)
{
    char **slot = &shell->history[shell->count % ZK_CLI_HISTORY_LINES];
    size_t size = strlen(line) + 1;

    zk_free(*slot);
    *slot = zk_malloc(size);
    memcpy(*slot, line, size);
}

void zk_shell_run_line(zk_shell_t *shell, const char *line)
{
    zk_cli_words_t words;

    apr_pool_clear(shell->scratch);
    zk_cli_split_line(&words, line, zk_dialect_has(shell->dialect, ZK_DIALECT_KEEP_QUOTES),
                      shell->scratch);
    if (words.count == 0)
        return;
    zk_shell_remember(shell, line);
    shell->exit_code = zk_shell_run(shell, &words);
    shell->count++;
    zk_shell_flush(shell);
}

/* ---- lines from standard input ---- */

typedef struct reader {
    zk_shell_t *shell;
    zk_queue_t *lines; /* of malloc'ed strings; end_of_input is the last */
} reader_t;

static char end_of_input[] = "";
static char too_long[] = ""; /* in the place of a line that is */

static void wake_client(void *baton)
{
    zk_shell_t *shell = baton;

    apr_thread_mutex_lock(shell->client_lock);
    zk_client_wake(shell->client);
    apr_thread_mutex_unlock(shell->client_lock);
}

static void put_line(reader_t *reader, const char *line, size_t size)
{
    char *copy = zk_malloc(size);

    memcpy(copy, line, size);
    if (zk_queue_put_wait(reader->lines, copy) != APR_SUCCESS)
        zk_free(copy);
}

static void *APR_THREAD_FUNC read_lines(apr_thread_t *thread, void *baton)
{
    reader_t *reader = baton;
    char *line = zk_malloc(LINE_BYTES_MAX);
    bool is_rest = false; /* of a line that is too long, and must not be taken for one */

    (void)thread;
    while (plat_input_read_line(line, LINE_BYTES_MAX)) {
        size_t size = strlen(line) + 1;
        bool is_piece = size == LINE_BYTES_MAX;

        if (is_piece && !is_rest)
            zk_queue_put_wait(reader->lines, too_long);
        else if (!is_piece && !is_rest)
            put_line(reader, line, size);
        is_rest = is_piece;
    }
    zk_free(line);
    zk_queue_put_wait(reader->lines, end_of_input);
    return NULL;
}

static const char *state_name(zk_client_state_t state)
{
    static const char *const names[] = {"CONNECTING", "CONNECTED", "CONNECTEDREADONLY", "CLOSED",
                                        "AUTH_FAILED"};

    return names[state];
}

const char *zk_shell_prompt(zk_shell_t *shell)
{
    return apr_psprintf(shell->scratch, "[zk: %s(%s) %d] ", shell->connect,
                        state_name(zk_client_state(shell->client)), shell->count);
}

static void print_prompt(zk_shell_t *shell)
{
    if (!shell->is_terminal)
        return;
    zk_buffer_printf(&shell->out, "%s", zk_shell_prompt(shell));
    zk_shell_flush(shell);
    shell->event_printed = false;
}

/* The next line, with the session kept alive meanwhile.  The caller frees it unless it is
 * end_of_input or too_long. */
static char *next_line(zk_shell_t *shell, zk_queue_t *lines)
{
    void *line;

    for (;;) {
        if (zk_queue_take_some(lines, &line, 1) == 1)
            return line;
        if (!zk_queue_sleep(lines))
            continue;
        zk_client_step(shell->client, STEP_MS);
        if (shell->event_printed && !zk_dialect_has(shell->dialect, ZK_DIALECT_NO_REDRAW))
            print_prompt(shell);
    }
}

static void greet(zk_shell_t *shell)
{
    zk_buffer_printf(&shell->out, "Welcome to ZooKeeper!\n");
    if (shell->is_terminal)
        zk_buffer_printf(&shell->out, "JLine support is enabled\n");
    zk_shell_flush(shell);
    if (shell->is_terminal)
        zk_client_wait_connected(shell->client, FIRST_PROMPT_WAIT_MS);
}

/* Whether what others wait for did not reach them in full.  Upstream's commands do not mind that
 * nobody reads on. */
static bool has_lost_output(const zk_shell_t *shell)
{
    return shell->output.has_failed &&
           (!shell->output.has_no_reader || zk_cli_is_bare(&shell->options.command));
}

/* Say that output was lost.  Returns the exit code. */
static int tell_lost_output(zk_shell_t *shell)
{
    if (!shell->output.has_no_reader) /* who has seen enough needs no word */
        zk_buffer_printf(&shell->err, "not all of the result could be written\n");
    zk_buffer_clear(&shell->out);
    zk_shell_flush(shell);
    return ZK_CLI_FAILED;
}

static void refuse_line(zk_shell_t *shell)
{
    zk_buffer_printf(&shell->err, "a line of more than %d bytes was passed over\n",
                     LINE_BYTES_MAX - 2);
    zk_shell_remember(shell, "");
    shell->exit_code = ZK_CLI_FAILED;
    shell->count++;
    zk_shell_flush(shell);
}

/* Run lines until quit or the end of input; does not return unless there is no thread. */
static int run_plain_lines(zk_shell_t *shell)
{
    reader_t reader = {shell, NULL};
    apr_thread_t *thread;
    char *line;

    if (zk_queue_create(&reader.lines, LINES_QUEUED_MAX, wake_client, shell, shell->pool) !=
            APR_SUCCESS ||
        apr_thread_create(&thread, NULL, read_lines, &reader, shell->pool) != APR_SUCCESS) {
        zk_buffer_printf(&shell->err, "cannot start a thread to read lines\n");
        return ZK_CLI_FAILED;
    }
    do {
        print_prompt(shell);
        line = next_line(shell, reader.lines);
        if (line == end_of_input)
            break;
        if (line == too_long) {
            refuse_line(shell);
            continue;
        }
        zk_shell_run_line(shell, line);
        zk_free(line);
    } while (!shell->is_quitting);
    zk_client_close(shell->client);
    zk_shell_flush(shell);
    if (has_lost_output(shell))
        shell->exit_code = tell_lost_output(shell);
    /* The reader may sit in a read that nothing ends, so the process ends without it; and nothing
     * here may touch standard input, whose lock it holds.  Both outputs have been flushed. */
    _Exit(shell->exit_code);
}

/* Run lines until quit or the end of input; returns the exit code. */
static int run_lines(zk_shell_t *shell)
{
    greet(shell);
    if (!shell->is_terminal || !zk_terminal_open(shell))
        return run_plain_lines(shell);
    zk_terminal_run(shell);
    zk_client_close(shell->client);
    return shell->exit_code;
}

/* ---- start and end ---- */

static int run_words(zk_shell_t *shell)
{
    int exit_code = zk_shell_run(shell, &shell->options.command);

    if (shell->is_quitting)
        zk_client_close(shell->client);
    return exit_code;
}

static int run_connected(zk_shell_t *shell)
{
    if (shell->options.wait_for_connection &&
        !zk_client_wait_connected(shell->client, shell->options.timeout_ms)) {
        zk_buffer_printf(&shell->err, "KeeperErrorCode = ConnectionLoss\n");
        return ZK_CLI_FAILED;
    }
    apr_pool_create(&shell->scratch, shell->pool);
    return shell->options.command.count > 0 ? run_words(shell) : run_lines(shell);
}

static void destroy_shell(zk_shell_t *shell)
{
    int i;

    if (shell->client != NULL)
        zk_client_destroy(shell->client);
    for (i = 0; i < ZK_CLI_HISTORY_LINES; i++)
        zk_free(shell->history[i]);
    zk_arena_destroy(shell->arena);
    zk_buffer_free(&shell->out);
    zk_buffer_free(&shell->err);
    zk_cli_output_free(shell);
}

/* A person also wants to see which server was reached. */
static zk_log_level_t choose_log_level(const zk_shell_t *shell)
{
    if (shell->options.has_log_level)
        return shell->options.log_level;
    return shell->is_terminal ? ZK_LOG_INFO : ZK_LOG_WARN;
}

static void clear_for_log(void *baton)
{
    zk_cli_end_progress(baton);
}

int zk_shell_main(int argc, const char *const *argv)
{
    static zk_shell_t shell;
    zk_note_t note = {""};
    int exit_code = ZK_CLI_USAGE;

    apr_pool_create(&shell.pool, NULL);
    apr_thread_mutex_create(&shell.client_lock, APR_THREAD_MUTEX_DEFAULT, shell.pool);
    shell.arena = zk_arena_create();
    shell.out = ZK_BUFFER_INIT;
    shell.err = ZK_BUFFER_INIT;
    if (!zk_cli_parse_options(&shell.options, argc, argv, &shell.err, shell.pool, &note)) {
        zk_cli_output_init(&shell, true);
        zk_buffer_printf(&shell.err, "%s\n", note.text);
    } else if (shell.options.help) {
        zk_cli_print_usage(&shell.out);
        zk_buffer_append(&shell.out, "\n", 1);
        zk_cli_print_extras(&shell.out);
        exit_code = ZK_CLI_OK;
    } else {
        zk_cli_output_init(&shell, shell.options.no_colour);
        shell.dialect = shell.options.dialect;
        shell.dialect_name = shell.options.dialect_name;
        shell.is_terminal = shell.options.command.count == 0 && plat_input_is_terminal();
        zk_log_setup(stderr, choose_log_level(&shell), -1);
        zk_log_announce(clear_for_log, &shell);
        shell.print_watches = !zk_cli_is_bare(&shell.options.command);
        if (shell.print_watches)
            zk_buffer_printf(&shell.out, "Connecting to %s\n", shell.options.connect);
        zk_shell_flush(&shell);
        exit_code =
            zk_shell_connect(&shell, shell.options.connect) ? run_connected(&shell) : ZK_CLI_FAILED;
    }
    zk_shell_flush(&shell);
    if (has_lost_output(&shell))
        exit_code = tell_lost_output(&shell);
    if (shell.has_stray_thread)
        _Exit(exit_code); /* it uses what would be freed now */
    destroy_shell(&shell);
    apr_pool_destroy(shell.pool);
    return exit_code;
}
