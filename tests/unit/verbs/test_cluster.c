/* test_cluster.c -- several servers on one machine: laid out, found again, and looked through for
 * mistakes. */
#include "verbs/cluster.h"

#include <string.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "lib/texts.h"
#include "lib/zk_test.h"
#include "verbs/files.h"

static const char *dir;

static void setup(void)
{
    dir = zk_test_dir();
}

static void lay_out(int count)
{
    zk_cluster_plan_t plan = {.dir = dir, .count = count, .client_port = 2181};
    zk_note_t note = {""};

    CU_ASSERT_EQUAL_FATAL(zk_cluster_lay_out(&plan, zk_test_pool(), &note), APR_SUCCESS);
}

static zk_cluster_t *find(void)
{
    zk_cluster_t *cluster = NULL;
    zk_note_t note = {""};

    CU_ASSERT_EQUAL_FATAL(zk_cluster_find(&cluster, dir, zk_test_pool(), &note), APR_SUCCESS);
    return cluster;
}

static const zk_cluster_member_t *member(const zk_cluster_t *cluster, int place)
{
    return &APR_ARRAY_IDX(cluster->members, place, zk_cluster_member_t);
}

/* Replace FROM by TO in the configuration of server NAME. */
static void edit(const char *name, const char *from, const char *to)
{
    apr_pool_t *pool = zk_test_pool();
    const char *path = apr_pstrcat(pool, dir, "/", name, "/zoo.cfg", NULL);
    char *text = zk_test_read_text(path);
    char *at = strstr(text, from);

    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    *at = '\0';
    zk_test_write_text(path, apr_pstrcat(pool, text, to, at + strlen(from), NULL));
}

/* What the check prints, and how many mistakes it counts. */
static const char *check(int *mistakes)
{
    FILE *out = zk_test_open_stream("check.txt");

    *mistakes = zk_cluster_check(find(), out, zk_test_pool());
    return zk_test_take_stream(out);
}

static void servers_are_laid_out_with_ports_in_a_row(void)
{
    const char *text;

    lay_out(3);
    text = zk_test_read_text(zk_test_path("2/zoo.cfg"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nclientPort=2182\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nserver.1=localhost:2888:3888\n"
                                        "server.2=localhost:2889:3889\n"
                                        "server.3=localhost:2890:3890\n"));
    CU_ASSERT_STRING_EQUAL(zk_test_read_text(zk_test_path("2/data/myid")), "2\n");
}

static void they_are_found_by_number_and_not_by_letters(void)
{
    zk_cluster_t *cluster;

    lay_out(11);
    cluster = find();
    CU_ASSERT_EQUAL_FATAL(cluster->members->nelts, 11);
    CU_ASSERT_STRING_EQUAL(member(cluster, 1)->name, "2");
    CU_ASSERT_STRING_EQUAL(member(cluster, 10)->name, "11");
    CU_ASSERT_TRUE(zk_cluster_is_laid_out(member(cluster, 0), zk_test_pool()));
}

static void a_layout_made_by_hand_is_found_and_is_not_ours(void)
{
    apr_pool_t *pool = zk_test_pool();
    zk_note_t note;
    zk_cluster_t *cluster;

    zk_verb_make_directory(zk_test_path("zookeeper-3.4.5.2/conf"), pool, &note);
    zk_test_write_text(zk_test_path("zookeeper-3.4.5.2/conf/zoo.cfg"), "clientPort=1\n");
    cluster = find();
    CU_ASSERT_EQUAL_FATAL(cluster->members->nelts, 1);
    CU_ASSERT_STRING_EQUAL(member(cluster, 0)->name, "zookeeper-3.4.5.2");
    CU_ASSERT_FALSE(zk_cluster_is_laid_out(member(cluster, 0), pool));
}

static void what_is_there_is_not_laid_out_again(void)
{
    zk_cluster_plan_t plan = {.dir = dir, .count = 2, .client_port = 2181};
    zk_note_t note = {""};

    lay_out(1);
    CU_ASSERT_NOT_EQUAL(zk_cluster_lay_out(&plan, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "is there already"));
    plan.count = 0;
    CU_ASSERT_EQUAL(zk_cluster_lay_out(&plan, zk_test_pool(), &note), ZK_E_USAGE);
    plan.count = 3;
    plan.client_port = 65000;
    CU_ASSERT_EQUAL(zk_cluster_lay_out(&plan, zk_test_pool(), &note), ZK_E_USAGE);
}

static void a_backslash_in_the_directory_is_doubled(void)
{
    zk_cluster_plan_t plan = {
        .dir = dir, .data_dir = zk_test_path("a\\b"), .count = 1, .client_port = 2181};
    zk_note_t note = {""};
    const char *data_dir;

    CU_ASSERT_EQUAL_FATAL(zk_cluster_lay_out(&plan, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(strstr(zk_test_read_text(zk_test_path("1/zoo.cfg")), "a\\\\b"));
    data_dir = member(find(), 0)->instance->data_dir;
    CU_ASSERT_STRING_EQUAL(data_dir, apr_pstrcat(zk_test_pool(), plan.data_dir, "/1", NULL));
}

/* It was written as UTF-8 and read as Latin-1: no server found its data. */
static void a_directory_may_have_letters_beyond_ascii(void)
{
    zk_cluster_plan_t plan = {.dir = dir,
                              .data_dir = zk_test_path("Zo\xc3\xab \xe6\x95\xb0 \xf0\x9f\x90\xb4"),
                              .count = 1,
                              .client_port = 2181};
    zk_note_t note = {""};

    CU_ASSERT_EQUAL_FATAL(zk_cluster_lay_out(&plan, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(zk_test_read_text(zk_test_path("1/zoo.cfg")), "Zo\\u00eb \\u6570 \\ud83d\\udc34"));
    CU_ASSERT_STRING_EQUAL(member(find(), 0)->instance->data_dir,
                           apr_pstrcat(zk_test_pool(), plan.data_dir, "/1", NULL));
}

static void a_single_server_may_run_alone(void)
{
    int mistakes;

    lay_out(1);
    CU_ASSERT_STRING_EQUAL(check(&mistakes), "");
    CU_ASSERT_EQUAL(mistakes, 0);
}

static void a_good_layout_has_no_mistakes(void)
{
    int mistakes;

    lay_out(5);
    CU_ASSERT_STRING_EQUAL(check(&mistakes), "");
    CU_ASSERT_EQUAL(mistakes, 0);
}

static void each_mistake_is_named(void)
{
    apr_pool_t *pool = zk_test_pool();
    const char *text;
    int mistakes;

    lay_out(3);
    zk_test_write_text(zk_test_path("3/data/myid"), "1\n");
    text = check(&mistakes);
    CU_ASSERT_EQUAL(mistakes, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "both are server 1 by their myid files"));
    apr_file_remove(zk_test_path("3/data/myid"), pool);
    text = check(&mistakes);
    CU_ASSERT_EQUAL(mistakes, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "myid"));
    zk_test_write_text(zk_test_path("3/data/myid"), "7\n");
    check(&mistakes);
    CU_ASSERT_EQUAL(mistakes, 1);
    zk_test_write_text(zk_test_path("3/data/myid"), "3\n");
    edit("2", "clientPort=2182", "clientPort=2183");
    text = check(&mistakes);
    CU_ASSERT_EQUAL(mistakes, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "port 2183 is used twice: clientPort of"));
    edit("2", "clientPort=2183", "clientPort=2182");
    edit("2", "server.3=localhost:2890", "server.3=otherhost:2890");
    text = check(&mistakes);
    CU_ASSERT_TRUE(mistakes >= 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "the lists of all servers must be the same"));
    edit("2", "server.3=otherhost:2890", "server.3=localhost:2890");
    edit("1", "syncLimit=5", "syncLimit=6");
    text = check(&mistakes);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "tickTime, initLimit or syncLimit differ"));
}

static void a_port_used_twice_in_the_list_is_found(void)
{
    static const char *const names[] = {"1", "2", "3"};
    const char *text;
    int mistakes;
    size_t i;

    lay_out(3);
    for (i = 0; i < 3; i++)
        edit(names[i], "server.3=localhost:2890", "server.3=localhost:2889");
    text = check(&mistakes);
    CU_ASSERT_EQUAL(mistakes, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "port 2889 is used twice"));
}

static const zk_test_t tests[] = {
    {"servers are laid out with ports in a row", servers_are_laid_out_with_ports_in_a_row},
    {"they are found by number and not by letters", they_are_found_by_number_and_not_by_letters},
    {"a layout made by hand is found, and is not ours",
     a_layout_made_by_hand_is_found_and_is_not_ours},
    {"what is there is not laid out again", what_is_there_is_not_laid_out_again},
    {"a backslash in the directory is doubled", a_backslash_in_the_directory_is_doubled},
    {"a directory may have letters beyond ASCII", a_directory_may_have_letters_beyond_ascii},
    {"a single server may run alone", a_single_server_may_run_alone},
    {"a good layout has no mistakes", a_good_layout_has_no_mistakes},
    {"each mistake is named", each_mistake_is_named},
    {"a port used twice in the list is found", a_port_used_twice_in_the_list_is_found},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_cluster, "verbs/cluster", tests, setup, NULL);
