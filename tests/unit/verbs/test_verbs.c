/* test_verbs.c -- which words are a verb, and which server they are about.  What the verbs do to
 * processes is in tests/scripts. */
#include "lib/zk_test.h"

#include <string.h>
#include <apr_env.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "lib/texts.h"
#include "verbs/instance.h"
#include "verbs/pid_file.h"
#include "verbs/verbs.h"

static const char *const variables[] = {"ZOOBINDIR",    "ZOOCFGDIR",  "ZOOCFG", "ZOO_LOG_DIR",
                                        "ZOO_LOG_FILE", "ZOOPIDFILE", "USER"};
static const char *dir;
static int served;

static void setup(void)
{
    size_t i;

    dir = zk_test_dir();
    for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        apr_env_delete(variables[i], zk_test_pool());
    apr_env_set("ZOOBINDIR", dir, zk_test_pool());
    served = 0;
}

/* ---- words ---- */

static bool wanted(const char *first, const char *second)
{
    const char *const argv[] = {"zkserver", first, second, NULL};

    return zk_verbs_wanted(first == NULL ? 1 : second == NULL ? 2 : 3, argv, zk_test_pool());
}

static void verbs_are_verbs_and_the_rest_is_a_server_s(void)
{
    CU_ASSERT_TRUE(wanted("start", NULL));
    CU_ASSERT_TRUE(wanted("status", "zoo2.cfg"));
    CU_ASSERT_TRUE(wanted("--config", "dir"));
    CU_ASSERT_TRUE(wanted("-Dx=y", "start"));
    CU_ASSERT_TRUE(wanted("--help", NULL));
    CU_ASSERT_FALSE(wanted(NULL, NULL));
    CU_ASSERT_FALSE(wanted("zoo.cfg", NULL));
    CU_ASSERT_FALSE(wanted("/etc/start", NULL));
    CU_ASSERT_FALSE(wanted("2181", "data"));
    CU_ASSERT_FALSE(wanted("-Dx=y", NULL));
}

static void a_word_of_letters_is_a_mistyped_verb_unless_it_is_a_file(void)
{
    CU_ASSERT_TRUE(wanted("begin", NULL));
    CU_ASSERT_FALSE(wanted("Begin", NULL));
    CU_ASSERT_FALSE(wanted(zk_test_path("begin"), NULL));
    CU_ASSERT_FALSE(wanted("begin", "data"));
}

static int count_serve(int argc, const char *const *argv)
{
    served = argc;
    CU_ASSERT_STRING_EQUAL(argv[argc - 1], zk_test_path("a.cfg"));
    return 7;
}

/* The exit code of WORDS; what they print goes nowhere. */
static int run(int count, const char *const *words)
{
    FILE *out = zk_test_open_stream("out");
    zk_verbs_t verbs = {out, out, count_serve, zk_test_pool()};
    int code;

    code = zk_verbs_run(&verbs, count, words);
    fclose(out);
    return code;
}

static void start_foreground_runs_a_server_here_and_ends_with_its_code(void)
{
    const char *const words[] = {"zkserver", "start-foreground", "-Da=b", zk_test_path("a.cfg")};

    CU_ASSERT_EQUAL(run(4, words), 7);
    CU_ASSERT_EQUAL(served, 3);
}

static void wrong_words_start_nothing(void)
{
    const char *const two[] = {"zkserver", "start-foreground", "a.cfg", "b.cfg"};
    const char *const option[] = {"zkserver", "start-foreground", "--fast"};
    const char *const bare[] = {"zkserver", "--config", "dir"};

    CU_ASSERT_EQUAL(run(4, two), 2);
    CU_ASSERT_EQUAL(run(3, option), 2);
    CU_ASSERT_EQUAL(run(3, bare), 2);
    CU_ASSERT_EQUAL(served, 0);
}

/* ---- places ---- */

static void the_directory_beside_the_programs_is_the_last_choice(void)
{
    const zk_instance_t *instance;

    apr_env_set("ZOOBINDIR", zk_test_path("none/bin"), zk_test_pool());
    instance = zk_instance_find(NULL, NULL, zk_test_pool());
    CU_ASSERT_STRING_EQUAL(instance->config_file,
                           zk_test_path("none/bin/../etc/zookeeper/zoo.cfg"));
    apr_env_set("ZOOBINDIR", zk_test_path("bin"), zk_test_pool());
    apr_dir_make(zk_test_path("bin"), APR_FPROT_OS_DEFAULT, zk_test_pool());
    apr_dir_make(zk_test_path("conf"), APR_FPROT_OS_DEFAULT, zk_test_pool());
    instance = zk_instance_find(NULL, NULL, zk_test_pool());
    CU_ASSERT_STRING_EQUAL(instance->config_file, zk_test_path("bin/../conf/zoo.cfg"));
    CU_ASSERT_STRING_EQUAL(instance->log_dir, zk_test_path("bin/../logs"));
    CU_ASSERT_PTR_NOT_NULL(strstr(instance->unreadable.text, "file is missing"));
    CU_ASSERT_PTR_NULL(instance->pid_file);
}

static void words_win_over_the_environment(void)
{
    apr_pool_t *pool = zk_test_pool();

    apr_env_set("ZOOCFGDIR", "/e", pool);
    apr_env_set("ZOOCFG", "e.cfg", pool);
    CU_ASSERT_STRING_EQUAL(zk_instance_find(NULL, NULL, pool)->config_file, "/e/e.cfg");
    CU_ASSERT_STRING_EQUAL(zk_instance_find("/w", NULL, pool)->config_file, "/w/e.cfg");
    CU_ASSERT_STRING_EQUAL(zk_instance_find(NULL, "w.cfg", pool)->config_file, "/e/w.cfg");
    CU_ASSERT_STRING_EQUAL(zk_instance_find("/w", "w.cfg", pool)->config_file, "/w/w.cfg");
    CU_ASSERT_STRING_EQUAL(zk_instance_find("/w", "./w.cfg", pool)->config_file, "./w.cfg");
    CU_ASSERT_STRING_EQUAL(zk_instance_find("E:\\zk", "w.cfg", pool)->config_file, "E:\\zk\\w.cfg");
    apr_env_set("ZOOCFG", "/whole/e.cfg", pool);
    CU_ASSERT_STRING_EQUAL(zk_instance_find(NULL, NULL, pool)->config_file, "/whole/e.cfg");
    CU_ASSERT_STRING_EQUAL(zk_instance_find("/w", NULL, pool)->config_file, "/w/zoo.cfg");
}

static void the_file_is_read_although_it_has_mistakes(void)
{
    apr_pool_t *pool = zk_test_pool();
    const zk_instance_t *instance;

    zk_test_write_text(zk_test_path("a.cfg"),
                       "tickTime=never\n dataDir = /d d \ndataDir=/e\ndataLogDir=\nx\n");
    instance = zk_instance_at(zk_test_path("a.cfg"), pool);
    CU_ASSERT_STRING_EQUAL(instance->data_dir, "/e");
    CU_ASSERT_PTR_NULL(instance->data_log_dir);
    CU_ASSERT_STRING_EQUAL(instance->pid_file, "/e/zookeeper_server.pid");
    CU_ASSERT_STRING_EQUAL(instance->unreadable.text, "");
    zk_test_write_text(zk_test_path("a.cfg"), "dataDir=/e\npidFile=/run/zk.pid\n");
    CU_ASSERT_STRING_EQUAL(zk_instance_at(zk_test_path("a.cfg"), pool)->pid_file, "/run/zk.pid");
    apr_env_set("ZOOPIDFILE", "/p", pool);
    CU_ASSERT_STRING_EQUAL(zk_instance_at(zk_test_path("a.cfg"), pool)->pid_file, "/p");
}

static void a_server_without_words_takes_only_a_file_that_is_there_or_named(void)
{
    apr_pool_t *pool = zk_test_pool();

    apr_env_set("ZOOCFGDIR", dir, pool);
    CU_ASSERT_PTR_NULL(zk_instance_default_file(pool));
    zk_test_write_text(zk_test_path("zoo.cfg"), "");
    CU_ASSERT_STRING_EQUAL(zk_instance_default_file(pool), zk_test_path("zoo.cfg"));
    apr_env_set("ZOOCFG", "other.cfg", pool);
    CU_ASSERT_STRING_EQUAL(zk_instance_default_file(pool), zk_test_path("other.cfg"));
}

/* ---- processes ---- */

/* This test runs, but is no server. */
static void a_process_of_another_program_is_not_the_instance_s(void)
{
    const zk_instance_t *instance;
    zk_note_t note;
    int64_t stale = 0;

    zk_test_write_text(zk_test_path("a.cfg"), apr_psprintf(zk_test_pool(), "dataDir=%s\n", dir));
    instance = zk_instance_at(zk_test_path("a.cfg"), zk_test_pool());
    CU_ASSERT_EQUAL(zk_instance_process(instance, &stale), 0);
    CU_ASSERT_EQUAL(stale, 0);
    zk_pid_file_write(instance->pid_file, plat_process_id(), zk_test_pool(), &note);
    CU_ASSERT_EQUAL(zk_instance_process(instance, &stale), 0);
    CU_ASSERT_EQUAL(stale, plat_process_id());
}

static const zk_test_t tests[] = {
    {"verbs are verbs and the rest is a server's", verbs_are_verbs_and_the_rest_is_a_server_s},
    {"a word of letters is a mistyped verb unless it is a file",
     a_word_of_letters_is_a_mistyped_verb_unless_it_is_a_file},
    {"start-foreground runs a server here and ends with its code",
     start_foreground_runs_a_server_here_and_ends_with_its_code},
    {"wrong words start nothing", wrong_words_start_nothing},
    {"the directory beside the programs is the last choice",
     the_directory_beside_the_programs_is_the_last_choice},
    {"words win over the environment", words_win_over_the_environment},
    {"the file is read although it has mistakes", the_file_is_read_although_it_has_mistakes},
    {"a server without words takes only a file that is there or named",
     a_server_without_words_takes_only_a_file_that_is_there_or_named},
    {"a process of another program is not the instance's",
     a_process_of_another_program_is_not_the_instance_s},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_verbs, "verbs/verbs", tests, setup, NULL);
