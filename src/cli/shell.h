/* shell.h -- zkcli from its arguments to its exit code: connection, lines, history, exit codes.
 *
 * One thread owns the client, the output and all state.  Where lines come from standard input, a
 * second one only reads them and puts them into a bounded queue, so that the session is kept alive
 * and events are shown while nobody types. */
#ifndef ZK_CLI_SHELL_H
#define ZK_CLI_SHELL_H

#include <stdbool.h>
#include <stdio.h>
#include <apr_pools.h>
#include <apr_thread_mutex.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/log.h"
#include "client/client.h"
#include "cli/arguments.h"
#include "cli/configuration.h"
#include "cli/dialect.h"
#include "cli/edit.h"
#include "cli/output.h"

/* Exit codes, as upstream has them. */
enum {
    ZK_CLI_OK = 0,
    ZK_CLI_FAILED = 1,
    ZK_CLI_USAGE = 2,
    ZK_CLI_UNKNOWN = 127,
    ZK_CLI_INTERRUPTED = 130
};

/* Lines remembered for history and redo. */
enum { ZK_CLI_HISTORY_LINES = 1024 };

typedef struct zk_cli_options {
    const char *connect;
    int32_t timeout_ms;
    bool read_only;
    bool wait_for_connection;
    bool help;
    bool no_colour;
    const char *configuration; /* a file, or NULL */
    zk_cli_configuration_t properties;
    zk_dialect_t dialect;
    const char *dialect_name;
    zk_log_level_t log_level;
    bool has_log_level;     /* else it follows from who reads */
    zk_cli_words_t command; /* empty: read lines */
} zk_cli_options_t;

/* A command that takes events for itself: true when this one is not to be shown as usual. */
typedef bool zk_cli_tap_fn_t(void *baton, const zk_client_event_t *event);

struct zk_shell {
    apr_pool_t *pool;
    apr_pool_t *scratch; /* cleared before each command */
    zk_arena_t *arena;   /* reset before each command */
    zk_cli_options_t options;
    const char *connect; /* of the last connect */
    apr_pool_t *client_pool;
    zk_client_t *client;
    apr_thread_mutex_t *client_lock; /* held to replace the client and to wake it */
    zk_buffer_t out;                 /* of the command that runs; flushed in order with err */
    zk_buffer_t err;
    zk_cli_output_t output;
    zk_dialect_t dialect;
    const char *dialect_name;
    bool print_watches;
    zk_cli_tap_fn_t *tap; /* or NULL */
    void *tap_baton;
    bool old_form_noted; /* a person was told that there is a dialect 3.4 */
    bool is_terminal;    /* a person types */
    zk_edit_t *edit;     /* and this edits what is typed, or NULL */
    bool is_editing;     /* right now */
    bool is_quitting;
    bool has_stray_thread; /* that reads standard input and cannot be ended */
    bool is_gathering;     /* nothing is written: all output stays in out and err, for tests */
    bool event_printed;    /* since the prompt was */
    int exit_code;         /* of the last command */
    int count;             /* lines run */
    char *history[ZK_CLI_HISTORY_LINES];
};

/* Parse ARGV[1...].  False with a sentence in NOTE; unknown options are named in COMPLAINTS and
 * ignored. */
bool zk_cli_parse_options(zk_cli_options_t *options, int argc, const char *const *argv,
                          zk_buffer_t *complaints, apr_pool_t *pool, zk_note_t *note);

/* Run the whole program; returns its exit code. */
int zk_shell_main(int argc, const char *const *argv);

/* Close the session, if any, and start another with the servers of CONNECT.  False with a sentence
 * on ERR. */
bool zk_shell_connect(zk_shell_t *shell, const char *connect);

/* Have CLIENT write its log lines as the dialect has them. */
void zk_shell_spell_log(const zk_shell_t *shell, zk_client_t *client);

/* Run the command of WORDS (at least one); returns its exit code. */
int zk_shell_run(zk_shell_t *shell, const zk_cli_words_t *words);

/* Run LINE as typed, unless it is empty. */
void zk_shell_run_line(zk_shell_t *shell, const char *line);

/* The prompt as it is now, in the scratch pool. */
const char *zk_shell_prompt(zk_shell_t *shell);

/* Remember LINE as the one that runs now. */
void zk_shell_remember(zk_shell_t *shell, const char *line);

/* Line NUMBER of this session, or NULL when it is not remembered. */
const char *zk_shell_history(const zk_shell_t *shell, int number);

#endif
