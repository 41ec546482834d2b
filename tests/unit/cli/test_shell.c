/* test_shell.c -- options of the program, and the commands that need no server. */
#include "cli/shell.h"

#include <string.h>
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#include "base/plat.h"
#include "lib/texts.h"
#include "lib/zk_test.h"

static zk_cli_options_t options;
static zk_buffer_t complaints;
static zk_note_t note;
static zk_shell_t shell;

static void setup(void)
{
    complaints = ZK_BUFFER_INIT;
    note.text[0] = '\0';
    memset(&shell, 0, sizeof(shell));
    shell.pool = zk_test_pool();
    shell.options.timeout_ms = 1000;
    shell.print_watches = true;
    shell.is_gathering = true;
    shell.dialect = ZK_DIALECT_DEFAULT;
    shell.dialect_name = "3.9";
    shell.arena = zk_arena_create();
    apr_pool_create(&shell.scratch, shell.pool);
    apr_thread_mutex_create(&shell.client_lock, APR_THREAD_MUTEX_DEFAULT, shell.pool);
}

static void teardown(void)
{
    int i;

    if (shell.client != NULL)
        zk_client_destroy(shell.client);
    for (i = 0; i < ZK_CLI_HISTORY_LINES; i++)
        zk_free(shell.history[i]);
    zk_arena_destroy(shell.arena);
    zk_buffer_free(&shell.out);
    zk_buffer_free(&shell.err);
    zk_buffer_free(&complaints);
}

/* Parse the words of LINE as the program's arguments. */
static bool parse(const char *line)
{
    zk_cli_words_t words;

    zk_cli_split_line(&words, apr_pstrcat(zk_test_pool(), "zkcli ", line, NULL), false,
                      zk_test_pool());
    return zk_cli_parse_options(&options, words.count, words.items, &complaints, zk_test_pool(),
                                &note);
}

static void defaults_are_upstreams(void)
{
    CU_ASSERT_TRUE(parse(""));
    CU_ASSERT_STRING_EQUAL(options.connect, "localhost:2181");
    CU_ASSERT_EQUAL(options.timeout_ms, 30000);
    CU_ASSERT_FALSE(options.read_only);
    CU_ASSERT_EQUAL(options.command.count, 0);
}

static void options_end_where_the_command_begins(void)
{
    CU_ASSERT_TRUE(parse("-timeout 500 -r -server h:1/x get -s /a -r"));
    CU_ASSERT_STRING_EQUAL(options.connect, "h:1/x");
    CU_ASSERT_EQUAL(options.timeout_ms, 500);
    CU_ASSERT_TRUE(options.read_only);
    CU_ASSERT_EQUAL_FATAL(options.command.count, 4);
    CU_ASSERT_STRING_EQUAL(options.command.items[0], "get");
    CU_ASSERT_STRING_EQUAL(options.command.items[3], "-r");
}

static void an_unknown_option_is_named_and_passed_over(void)
{
    CU_ASSERT_TRUE(parse("-bogus ls /"));
    zk_buffer_append(&complaints, "", 1);
    CU_ASSERT_STRING_EQUAL((const char *)zk_buffer_bytes(&complaints), "Unknown option: -bogus\n");
    CU_ASSERT_EQUAL(options.command.count, 2);
}

static void an_option_without_its_argument_is_refused(void)
{
    CU_ASSERT_FALSE(parse("-server"));
    CU_ASSERT_STRING_EQUAL(note.text, "Error: no argument found for option -server");
    CU_ASSERT_FALSE(parse("-timeout"));
    CU_ASSERT_STRING_EQUAL(note.text, "Error: no argument found for option -timeout");
    CU_ASSERT_FALSE(parse("-timeout abc ls /"));
    CU_ASSERT_STRING_EQUAL(note.text, "Invalid value for -timeout: abc");
    CU_ASSERT_FALSE(parse("-compat new ls /"));
    CU_ASSERT_STRING_EQUAL(note.text, "Invalid value for -compat: new");
    CU_ASSERT_FALSE(parse("-log loud ls /"));
    CU_ASSERT_STRING_EQUAL(note.text, "Invalid value for -log: loud");
}

static void dialect_and_log_level_can_be_chosen(void)
{
    CU_ASSERT_TRUE(parse("-compat 3.4 -log INFO ls /"));
    CU_ASSERT_EQUAL(options.dialect, 3004006);
    CU_ASSERT_EQUAL(options.log_level, ZK_LOG_INFO);
    CU_ASSERT_TRUE(parse(""));
    CU_ASSERT_EQUAL(options.dialect, ZK_DIALECT_DEFAULT);
    CU_ASSERT_FALSE(options.has_log_level);
}

/* Run LINE as if typed; returns the exit code. */
static int run(const char *line)
{
    zk_cli_words_t words;
    int exit_code;

    zk_buffer_clear(&shell.out);
    zk_buffer_clear(&shell.err);
    zk_cli_split_line(&words, line, zk_dialect_has(shell.dialect, ZK_DIALECT_KEEP_QUOTES),
                      shell.scratch);
    zk_shell_remember(&shell, line);
    exit_code = zk_shell_run(&shell, &words);
    shell.count++;
    return exit_code;
}

/* A client that is never stepped, so it never connects. */
static void connect_nowhere(void)
{
    CU_ASSERT_TRUE_FATAL(zk_shell_connect(&shell, "127.0.0.1:1"));
}

static void wrong_arguments_show_the_commands_own_line(void)
{
    static const struct {
        const char *line;
        int exit_code;
        const char *err;
    } cases[] = {
        {"create", 1, "create [-s] [-e] [-c] [-t ttl] path [data] [acl]\n"},
        {"delete", 1, "delete [-v version] path\n"},
        {"ls", 1, "ls [-s] [-w] [-R] path\n"},
        {"setAcl /a", 1, "setAcl [-s] [-v version] [-R] path acl\n"},
        {"ls -x /a", 1, "Unrecognized option: -x\nls [-s] [-w] [-R] path\n"},
        {"create -c -e /a", 1,
         "-c cannot be combined with -s or -e. Containers cannot be ephemeral or sequential.\n"},
        {"create -t x /a", 1, "-t argument must be a long value\n"},
        {"create -t 0 /a", 1, "ttl must be positive and cannot be larger than: 1099511627775\n"},
        {"create -t 1099511627776 /a", 1,
         "ttl must be positive and cannot be larger than: 1099511627775\n"},
        {"create -t 5 -e /a", 1, "TTLs cannot be used with Ephemeral znodes\n"},
        {"create -t 5 -c /a", 1, "TTLs cannot be used with Container znodes\n"},
        {"create a", 1, "Path must start with / character\n"},
        {"create /a d world", 1,
         "world does not have the form scheme:id:perm\n"
         "KeeperErrorCode = InvalidACL\nAcl is not valid : null\n"},
        {"setAcl /a world", 1,
         "world does not have the form scheme:id:perm\nAcl is not valid : null\n"},
        {"set -v x /a b", 1, "-v must be an int value\n"},
        {"set -b /a !", 1, "Invalid base64 data\n"},
        {"get /a/", 1, "Path must not end with / character\n"},
        {"addWatch -m NEVER /a", 1,
         "addWatch [-m mode] path # optional mode is one of [PERSISTENT, PERSISTENT_RECURSIVE] - "
         "default is PERSISTENT_RECURSIVE\n"},
        {"deleteall /a -b x", 1, "-b argument must be an int value\n"},
        {"setquota /a", 1,
         "Missing required option: [-n num soft quota, -b bytes soft quota, -N num hard quota, -B "
         "bytes hard quota]\nsetquota -n|-b|-N|-B val path\n"},
        {"setquota -n 1 -B 2 /a", 1,
         "The option 'B' was specified but an option from this group has already been selected: "
         "'n'\nsetquota -n|-b|-N|-B val path\n"},
        {"setquota -n 0 /a", 0, "the num quota must be greater than zero\n"},
        {"setquota -N 2147483648 /a", 0,
         "NumberFormatException happens when parsing the option value\n"
         "hint: \"2147483648\" is not a whole number, or too large\n"},
        {"setquota -B -1 /a", 0, "the bytes quota must be greater than or equal to zero\n"},
        {"setquota -n 1 /zookeeper/quota/x", 0,
         "cannot set a quota under the path: /zookeeper/quota\n"},
        {"reconfig -v zz -add x", 1, "-v must be followed by a long (configuration version)\n"},
        {"reconfig -add x -members y", 1,
         "Can't use -file or -members together with -add or -remove (mixing incremental and "
         "non-incremental modes is not allowed)\n"},
        {"reconfig -file x -members y", 1,
         "Can't use -file and -members together (conflicting non-incremental modes)\n"},
        {"export", 1,
         "export [-k] path [file]\n -k   Keep going: leave out znodes that may not be "
         "read\n\n"},
        {"export /a/", 1, "Path must not end with / character\n"},
        {"import -", 1,
         "import: name a file (standard input is read here only by `zkcli import` with "
         "the command on zkcli's own command line)\n"},
        {"import -s -o x", 1, "import: -s and -o exclude each other\n"},
        {"import -g x y", 1, "-g argument must be an int value\n"},
        {"import x a", 1, "Path must start with / character\n"},
        {"tree -d -1 /", 1, "-d must be a number from 0 to 1000000\n"},
        {"find -kind odd /", 1, "-kind must be ephemeral or persistent\n"},
        {"find -larger x /", 1, "-larger must be a number from 0 to 2147483647\n"},
        {"watch -n 0 /", 1, "-n must be a number of events, at least 1\n"},
        {"watch -t 0 /", 1, "-t must be a number of seconds, at least 1\n"},
        {"help nothing", 127, "Command not found: Command not found nothing\n"},
    };
    size_t i;

    connect_nowhere();
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CU_ASSERT_EQUAL(run(cases[i].line), cases[i].exit_code);
        CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.err), cases[i].err);
        CU_ASSERT_EQUAL(zk_buffer_size(&shell.out), 0);
    }
}

static void an_unknown_command_shows_the_usage_and_exits_127(void)
{
    const char *text;

    connect_nowhere();
    CU_ASSERT_EQUAL(run("getacl /"), 127);
    text = zk_test_buffer_text(&shell.err);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n\tgetAcl [-s] path\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nCommand not found: Command not found getacl (did you "
                                        "mean getAcl?)\n"));
}

static void a_whole_line_given_as_one_word_is_explained(void)
{
    connect_nowhere();
    CU_ASSERT_EQUAL(run("\"ls /\""), 127);
    CU_ASSERT_PTR_NOT_NULL(strstr(zk_test_buffer_text(&shell.err),
                                  "Command not found ls / (a command and its "
                                  "arguments are words of their own)\n"));
}

static void a_dialect_is_shown_and_switched_within_a_session(void)
{
    connect_nowhere();
    run("compat");
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.out), "compat is 3.9\n");
    CU_ASSERT_EQUAL(run("compat 3.4.6"), 0);
    CU_ASSERT_EQUAL(run("get a"), 1);
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.err),
                           "Command failed: java.lang.IllegalArgumentException: Path must start "
                           "with / character\n");
    CU_ASSERT_EQUAL(run("foo"), 127);
    CU_ASSERT_PTR_NULL(strstr(zk_test_buffer_text(&shell.err), "Command not found"));
    CU_ASSERT_EQUAL(run("quit"), 0);
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.out), "Quitting...\n");
    CU_ASSERT_EQUAL(run("compat x"), 1);
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.err), "compat [version]\n");
}

static void old_commands_are_understood_in_every_dialect(void)
{
    connect_nowhere();
    CU_ASSERT_EQUAL(run("rmr a"), 1);
    CU_ASSERT_STRING_EQUAL(
        zk_test_buffer_text(&shell.err),
        "The command 'rmr' has been deprecated. Please use 'deleteall' instead.\n"
        "Path must start with / character\n");
    CU_ASSERT_EQUAL(run("ls2 a w"), 1);
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.err),
                           "'ls2' has been deprecated. Please use 'ls [-s] path' instead.\n"
                           "'ls path [watch]' has been deprecated. Please use 'ls [-w] path' "
                           "instead.\nPath must start with / character\n");
    run("compat 3.4.14");
    CU_ASSERT_EQUAL(run("rmr a"), 1);
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.err),
                           "Command failed: java.lang.IllegalArgumentException: Path must start "
                           "with / character\n");
}

static void a_closed_session_answers_not_connected(void)
{
    connect_nowhere();
    shell.print_watches = false;
    zk_client_close(shell.client);
    CU_ASSERT_EQUAL(run("ls /"), 0);
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.out), "Not connected\n");
    CU_ASSERT_EQUAL(run("printwatches"), 0);
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.out), "printwatches is off\nNot connected\n");
}

static void a_pasted_line_that_fails_tells_of_its_typography(void)
{
    static const struct {
        const char *line;
        int exit_code;
        const char *hint; /* at the end of what is said; "" for none */
    } cases[] = {
        {"create \xe2\x80\x93s /a x", 1, "starts with a typographic dash, not with \"-\"\n"},
        {"ls\xc2\xa0/", 127, "holds a no-break space, which does not separate words\n"},
        {"create a \xe2\x80\x9cx\xe2\x80\x9d", 1,
         "starts with a typographic quote; only ' and \" group words\n"},
        {"get a\xe2\x80\x93z", 1, "Path must start with / character\n"},
        {"printwatches \xe2\x80\x93s", 0, ""},
    };
    size_t i;

    connect_nowhere();
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *text;
        size_t size = strlen(cases[i].hint);

        CU_ASSERT_EQUAL(run(cases[i].line), cases[i].exit_code);
        text = zk_test_buffer_text(&shell.err);
        CU_ASSERT_TRUE(strlen(text) >= size);
        CU_ASSERT_STRING_EQUAL(text + strlen(text) - size, cases[i].hint);
        CU_ASSERT_EQUAL(strstr(text, "hint: ") != NULL, i < 3);
    }
}

static void history_shows_the_last_eleven_lines_and_redo_repeats_one(void)
{
    int i;

    connect_nowhere();
    CU_ASSERT_EQUAL(run("printwatches off"), 0);
    for (i = 0; i < 11; i++)
        run("printwatches  on");
    CU_ASSERT_EQUAL(run("history"), 0);
    CU_ASSERT_EQUAL(strncmp(zk_test_buffer_text(&shell.out), "2 - printwatches  on\n", 21), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(zk_test_buffer_text(&shell.out), "\n12 - history\n"));
    CU_ASSERT_EQUAL(run("redo 0"), 0);
    CU_ASSERT_FALSE(shell.print_watches);
    CU_ASSERT_STRING_EQUAL(zk_shell_history(&shell, 13), "printwatches off");
    CU_ASSERT_EQUAL(run("redo 14"), 1);
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.err), "Command index out of range\n");
    CU_ASSERT_EQUAL(run("redo 14"), 1);
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.err), "No redoing redos\n");
    CU_ASSERT_EQUAL(run("redo -1"), 1);
    CU_ASSERT_EQUAL(run("redo abc"), 1);
    CU_ASSERT_STRING_EQUAL(zk_test_buffer_text(&shell.err), "redo cmdno\n");
}

/* Start the zkcli beside this test with PROCESS->in open; false where there is none. */
static bool start_program(apr_proc_t *process)
{
    const char *self = plat_process_path(zk_test_pool());
    const char *name = apr_filepath_name_get(self);
    const char *suffix = strchr(name, '.') != NULL ? strchr(name, '.') : "";
    const char *program =
        apr_pstrcat(zk_test_pool(), apr_pstrmemdup(zk_test_pool(), self, (apr_size_t)(name - self)),
                    "zkcli", suffix, NULL);
    const char *const arguments[] = {program, "-server", "127.0.0.1:1", NULL};
    apr_procattr_t *attributes;

    apr_procattr_create(&attributes, zk_test_pool());
    apr_procattr_io_set(attributes, APR_FULL_BLOCK, APR_NO_PIPE, APR_NO_PIPE);
    apr_procattr_cmdtype_set(attributes, APR_PROGRAM_ENV);
    apr_procattr_error_check_set(attributes, 1);
    return apr_proc_create(process, program, arguments, NULL, attributes, zk_test_pool()) ==
           APR_SUCCESS;
}

static void quit_ends_the_program_though_more_input_could_come(void)
{
    apr_proc_t process;
    apr_exit_why_e why;
    int exit_code = -1;
    int tries;
    apr_status_t rv = APR_CHILD_NOTDONE;

    if (!start_program(&process))
        return;
    CU_ASSERT_EQUAL(apr_file_puts("nothing\nquit\n", process.in), APR_SUCCESS);
    for (tries = 0; tries < 500 && rv == APR_CHILD_NOTDONE; tries++) {
        apr_sleep(20000);
        rv = apr_proc_wait(&process, &exit_code, &why, APR_NOWAIT);
    }
    CU_ASSERT_EQUAL(rv, APR_CHILD_DONE);
    CU_ASSERT_EQUAL(exit_code, ZK_CLI_UNKNOWN);
    if (rv == APR_CHILD_NOTDONE) {
        apr_proc_kill(&process, 9);
        apr_proc_wait(&process, &exit_code, &why, APR_WAIT);
    }
    apr_file_close(process.in);
}

static void history_forgets_the_oldest_lines(void)
{
    int i;

    for (i = 0; i < ZK_CLI_HISTORY_LINES + 5; i++) {
        zk_shell_remember(&shell, apr_psprintf(zk_test_pool(), "%d", i));
        shell.count++;
    }
    CU_ASSERT_PTR_NULL(zk_shell_history(&shell, 0));
    CU_ASSERT_PTR_NULL(zk_shell_history(&shell, 5));
    CU_ASSERT_STRING_EQUAL(zk_shell_history(&shell, 6), "6");
    CU_ASSERT_STRING_EQUAL(zk_shell_history(&shell, ZK_CLI_HISTORY_LINES + 4), "1028");
    CU_ASSERT_PTR_NULL(zk_shell_history(&shell, -1));
}

static const zk_test_t tests[] = {
    {"defaults are upstream's", defaults_are_upstreams},
    {"options end where the command begins", options_end_where_the_command_begins},
    {"an unknown option is named and passed over", an_unknown_option_is_named_and_passed_over},
    {"an option without its argument is refused", an_option_without_its_argument_is_refused},
    {"dialect and log level can be chosen", dialect_and_log_level_can_be_chosen},
    {"a dialect is shown and switched within a session",
     a_dialect_is_shown_and_switched_within_a_session},
    {"old commands are understood in every dialect", old_commands_are_understood_in_every_dialect},
    {"wrong arguments show the command's own line", wrong_arguments_show_the_commands_own_line},
    {"an unknown command shows the usage and exits 127",
     an_unknown_command_shows_the_usage_and_exits_127},
    {"a whole line given as one word is explained", a_whole_line_given_as_one_word_is_explained},
    {"a closed session answers Not connected", a_closed_session_answers_not_connected},
    {"a pasted line that fails tells of its typography",
     a_pasted_line_that_fails_tells_of_its_typography},
    {"history shows the last eleven lines and redo repeats one",
     history_shows_the_last_eleven_lines_and_redo_repeats_one},
    {"quit ends the program though more input could come",
     quit_ends_the_program_though_more_input_could_come},
    {"history forgets the oldest lines", history_forgets_the_oldest_lines},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_shell, "cli/shell", tests, setup, teardown);
