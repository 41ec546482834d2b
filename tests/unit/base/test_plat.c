/* test_plat.c -- the platform functions, the same promises on every system.
 *
 * Durability cannot be seen without cutting the power; these tests hold what can be observed:
 * results, errors and side effects. */
#include "base/plat.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_atomic.h>
#include <apr_env.h>
#include <apr_file_info.h>
#include <apr_network_io.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#include "lib/texts.h"
#include "lib/zk_test.h"

static apr_file_t *create_file(const char *path, const char *text)
{
    apr_file_t *file = NULL;

    CU_ASSERT_EQUAL_FATAL(
        apr_file_open(&file, path,
                      APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_BINARY,
                      APR_FPROT_OS_DEFAULT, zk_test_pool()),
        APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(apr_file_write_full(file, text, strlen(text), NULL), APR_SUCCESS);
    return file;
}

static int64_t size_of(apr_file_t *file)
{
    apr_finfo_t info;

    memset(&info, 0, sizeof(info));
    apr_file_info_get(&info, APR_FINFO_SIZE, file);
    return (int64_t)info.size;
}

static const char *hex_of(const uint8_t *bytes, size_t length)
{
    char *text = apr_pcalloc(zk_test_pool(), 2 * length + 1);
    size_t i;

    for (i = 0; i < length; i++)
        apr_snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

/* --- time ----------------------------------------------------------------------------------- */

static void the_monotonic_clock_follows_elapsed_time(void)
{
    int64_t start_ns = plat_monotonic_ns();
    int64_t start_ms = plat_monotonic_ms();
    int64_t passed_ns;

    apr_sleep(30 * 1000);
    passed_ns = plat_monotonic_ns() - start_ns;
    CU_ASSERT_TRUE(passed_ns >= 25 * 1000000);
    CU_ASSERT_TRUE(passed_ns < INT64_C(60) * 1000000000);
    CU_ASSERT_TRUE(plat_monotonic_ms() - start_ms >= 25);
}

static void the_monotonic_clock_never_goes_back(void)
{
    int64_t last = plat_monotonic_ns();
    int i;

    for (i = 0; i < 10000; i++) {
        int64_t now = plat_monotonic_ns();

        if (now < last)
            CU_FAIL("went back");
        last = now;
    }
}

static void the_wall_clock_counts_milliseconds_since_1970(void)
{
    int64_t expected = (int64_t)(apr_time_now() / 1000);
    int64_t now = plat_wall_ms();

    CU_ASSERT_TRUE(now >= expected);
    CU_ASSERT_TRUE(now < expected + 60000);
}

/* WALL_MS in ZONE (NULL: the system's own), as "2026-11-22 10:22:03 0 UTC" with the weekday. */
static const char *local_text(const char *zone, int64_t wall_ms)
{
    plat_local_time_t local;

    if (zone != NULL) {
        apr_env_set("TZ", zone, zk_test_pool());
        tzset();
    }
    if (!plat_local_time(&local, wall_ms))
        return "none";
    return apr_psprintf(zk_test_pool(), "%d-%02d-%02d %02d:%02d:%02d %d %s", local.year,
                        local.month, local.day, local.hour, local.minute, local.second,
                        local.weekday, local.zone);
}

static void local_time_follows_the_zone(void)
{
    CU_ASSERT_STRING_EQUAL(local_text("UTC0", 1795342923000), "2026-11-22 10:22:03 0 UTC");
    CU_ASSERT_STRING_EQUAL(local_text("UTC", 0), "1970-01-01 00:00:00 4 UTC");
    CU_ASSERT_STRING_EQUAL(local_text("UTC0", -1), "1969-12-31 23:59:59 3 UTC");
    CU_ASSERT_STRING_EQUAL(local_text("UTC0", 951782400999), "2000-02-29 00:00:00 2 UTC");
    CU_ASSERT_STRING_EQUAL(local_text("CST-8", 0), "1970-01-01 08:00:00 4 CST");
    CU_ASSERT_STRING_EQUAL(local_text("EST5", 0), "1969-12-31 19:00:00 3 EST");
}

static void a_zone_without_a_short_name_is_an_offset(void)
{
    CU_ASSERT_STRING_EQUAL(local_text("<+0330>-3:30", 0), "1970-01-01 03:30:00 4 GMT+03:30");
    CU_ASSERT_STRING_EQUAL(local_text("<-05>5", 0), "1969-12-31 19:00:00 3 GMT-05:00");
    CU_ASSERT_STRING_EQUAL(local_text("<-0930>9:30", 0), "1969-12-31 14:30:00 3 GMT-09:30");
}

/* Whatever the zone of the machine, its clock is within a day of the world's. */
static void the_systems_own_zone_has_a_name(void)
{
    const char *text;

    apr_env_delete("TZ", zk_test_pool());
    tzset();
    text = local_text(NULL, 1795342923000);
    CU_ASSERT_EQUAL(strncmp(text, "2026-11-2", 9), 0);
    CU_ASSERT_TRUE(strlen(text) > strlen("2026-11-22 10:22:03 0 "));
}

/* Calendars end at different years. */
static void the_largest_time_is_right_or_refused(void)
{
    const char *text = local_text("UTC0", INT64_MAX);

    if (strcmp(text, "none") != 0)
        CU_ASSERT_STRING_EQUAL(text, "292278994-08-17 07:12:55 0 UTC");
    text = local_text("UTC0", INT64_MIN);
    if (strcmp(text, "none") != 0)
        CU_ASSERT_EQUAL(strncmp(text, "-2922750", 8), 0);
}

/* --- files ---------------------------------------------------------------------------------- */

static void a_directory_can_be_synced(void)
{
    zk_test_write_text(zk_test_path("file"), "x");
    CU_ASSERT_EQUAL(plat_dir_sync(zk_test_dir()), APR_SUCCESS);
}

static void syncing_a_missing_directory_fails(void)
{
    CU_ASSERT_TRUE(APR_STATUS_IS_ENOENT(plat_dir_sync(zk_test_path("missing"))));
}

static void syncing_a_file_as_a_directory_fails(void)
{
    zk_test_write_text(zk_test_path("file"), "x");
    CU_ASSERT_TRUE(APR_STATUS_IS_ENOTDIR(plat_dir_sync(zk_test_path("file"))));
}

static void datasync_writes_what_is_buffered(void)
{
    const char *path = zk_test_path("log");
    apr_file_t *file = NULL;

    CU_ASSERT_EQUAL_FATAL(
        apr_file_open(&file, path,
                      APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_BUFFERED | APR_FOPEN_BINARY,
                      APR_FPROT_OS_DEFAULT, zk_test_pool()),
        APR_SUCCESS);
    apr_file_puts("txn", file);
    CU_ASSERT_STRING_EQUAL(zk_test_read_text(path), "");
    CU_ASSERT_EQUAL(plat_file_datasync(file), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(zk_test_read_text(path), "txn");
    apr_file_close(file);
}

static void preallocation_appends_zeros_and_keeps_the_position(void)
{
    apr_file_t *file = create_file(zk_test_path("log"), "abc");
    apr_off_t start = 0;
    const char *text;
    size_t i;

    CU_ASSERT_EQUAL(plat_file_preallocate(file, 4000), APR_SUCCESS);
    CU_ASSERT_EQUAL(size_of(file), 4000);
    CU_ASSERT_EQUAL(apr_file_write_full(file, "def", 3, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(size_of(file), 4000);
    apr_file_seek(file, APR_SET, &start);
    apr_file_close(file);
    text = zk_test_read_text(zk_test_path("log"));
    CU_ASSERT_EQUAL(memcmp(text, "abcdef", 6), 0);
    for (i = 6; i < 4000; i++)
        if (text[i] != '\0')
            CU_FAIL("not zero");
}

static void preallocation_never_shortens_a_file(void)
{
    apr_file_t *file = create_file(zk_test_path("log"), "abcdef");

    CU_ASSERT_EQUAL(plat_file_preallocate(file, 3), APR_SUCCESS);
    CU_ASSERT_EQUAL(size_of(file), 6);
    apr_file_close(file);
    CU_ASSERT_STRING_EQUAL(zk_test_read_text(zk_test_path("log")), "abcdef");
}

static void preallocation_of_a_log_segment_works(void)
{
    apr_file_t *file = create_file(zk_test_path("log"), "");

    CU_ASSERT_EQUAL(plat_file_preallocate(file, 64 * 1024 * 1024), APR_SUCCESS);
    CU_ASSERT_EQUAL(size_of(file), 64 * 1024 * 1024);
    apr_file_close(file);
}

static void replacing_takes_the_place_of_an_existing_file(void)
{
    zk_test_write_text(zk_test_path("epoch.tmp"), "2");
    zk_test_write_text(zk_test_path("epoch"), "1");
    CU_ASSERT_EQUAL(plat_file_replace(zk_test_path("epoch.tmp"), zk_test_path("epoch")),
                    APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(zk_test_read_text(zk_test_path("epoch")), "2");
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("epoch.tmp")));
}

static void replacing_works_with_names_beyond_ascii(void)
{
    zk_test_write_text(zk_test_path("\xc3\xa9poque \xe6\x99\x82.tmp"), "2");
    CU_ASSERT_EQUAL(plat_file_replace(zk_test_path("\xc3\xa9poque \xe6\x99\x82.tmp"),
                                      zk_test_path("\xc3\xa9poque \xe6\x99\x82")),
                    APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(zk_test_read_text(zk_test_path("\xc3\xa9poque \xe6\x99\x82")), "2");
}

static void deep_directories_are_no_obstacle(void)
{
    const char *part = "/a directory name of some thirty-nine letters";
    const char *dir =
        apr_pstrcat(zk_test_pool(), zk_test_path("d"), part, part, part, part, part, part, NULL);
    const char *old_name = apr_pstrcat(zk_test_pool(), dir, "/epoch.tmp", NULL);
    const char *new_name = apr_pstrcat(zk_test_pool(), dir, "/epoch", NULL);

    CU_ASSERT_EQUAL_FATAL(apr_dir_make_recursive(dir, APR_FPROT_OS_DEFAULT, zk_test_pool()),
                          APR_SUCCESS);
    zk_test_write_text(old_name, "2");
    CU_ASSERT_EQUAL(plat_file_replace(old_name, new_name), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(zk_test_read_text(new_name), "2");
    CU_ASSERT_EQUAL(plat_dir_sync(dir), APR_SUCCESS);
}

static void replacing_with_a_missing_file_fails_and_keeps_the_old(void)
{
    zk_test_write_text(zk_test_path("epoch"), "1");
    CU_ASSERT_TRUE(
        APR_STATUS_IS_ENOENT(plat_file_replace(zk_test_path("missing"), zk_test_path("epoch"))));
    CU_ASSERT_STRING_EQUAL(zk_test_read_text(zk_test_path("epoch")), "1");
}

/* APR's own lock is what plat.h relies on: held once, also within one process, free after close. */
static void an_exclusive_lock_is_refused_to_a_second_holder(void)
{
    const int how = APR_FLOCK_EXCLUSIVE | APR_FLOCK_NONBLOCK;
    apr_file_t *first = create_file(zk_test_path("lock"), "");
    apr_file_t *second = create_file(zk_test_path("lock"), "");

    CU_ASSERT_EQUAL(apr_file_lock(first, how), APR_SUCCESS);
    CU_ASSERT_TRUE(APR_STATUS_IS_EAGAIN(apr_file_lock(second, how)));
    apr_file_close(first);
    CU_ASSERT_EQUAL(apr_file_lock(second, how), APR_SUCCESS);
    apr_file_close(second);
}

/* --- sockets --------------------------------------------------------------------------------- */

/* A listening socket on loopback PORT (0: any), made as listeners make it. */
static apr_status_t listen_on(apr_socket_t **socket, apr_port_t *port)
{
    apr_sockaddr_t *address = NULL;
    apr_status_t rv;

    apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET, *port, 0, zk_test_pool());
    CU_ASSERT_EQUAL_FATAL(
        apr_socket_create(socket, APR_INET, SOCK_STREAM, APR_PROTO_TCP, zk_test_pool()),
        APR_SUCCESS);
    if (!plat_socket_reuse_steals())
        apr_socket_opt_set(*socket, APR_SO_REUSEADDR, 1);
    CU_ASSERT_EQUAL(plat_socket_own_port(*socket), APR_SUCCESS);
    rv = apr_socket_bind(*socket, address);
    if (rv == APR_SUCCESS)
        rv = apr_socket_listen(*socket, 5);
    if (rv == APR_SUCCESS) {
        apr_socket_addr_get(&address, APR_LOCAL, *socket);
        *port = address->port;
    }
    return rv;
}

static void a_port_that_is_listened_on_cannot_be_taken_again(void)
{
    apr_socket_t *first;
    apr_socket_t *second;
    apr_socket_t *third;
    apr_port_t port = 0;

    CU_ASSERT_EQUAL(listen_on(&first, &port), APR_SUCCESS);
    CU_ASSERT_TRUE(port != 0);
    CU_ASSERT_TRUE(plat_status_is_port_taken(listen_on(&second, &port)));
    CU_ASSERT_FALSE(plat_status_is_port_taken(APR_SUCCESS));
    CU_ASSERT_FALSE(plat_status_is_port_taken(APR_EGENERAL));
    apr_socket_close(second);
    apr_socket_close(first);
    CU_ASSERT_EQUAL(listen_on(&third, &port), APR_SUCCESS);
    apr_socket_close(third);
}

/* --- process -------------------------------------------------------------------------------- */

static void this_process_is_alive_and_an_unknown_one_is_not(void)
{
    CU_ASSERT_TRUE(plat_process_id() > 0);
    CU_ASSERT_TRUE(plat_process_alive(plat_process_id()));
    CU_ASSERT_FALSE(plat_process_alive(INT32_MAX));
    CU_ASSERT_FALSE(plat_process_alive(0));
    CU_ASSERT_FALSE(plat_process_alive(-1));
}

static void process_ids_that_mean_groups_are_refused(void)
{
    CU_ASSERT_NOT_EQUAL(plat_process_stop(0), APR_SUCCESS);
    CU_ASSERT_NOT_EQUAL(plat_process_stop(-1), APR_SUCCESS);
    CU_ASSERT_NOT_EQUAL(plat_process_kill(0), APR_SUCCESS);
    CU_ASSERT_NOT_EQUAL(plat_process_kill(INT64_C(1) << 32), APR_SUCCESS);
}

static void the_executable_knows_its_path(void)
{
    const char *path = plat_process_path(zk_test_pool());

    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
    CU_ASSERT_TRUE(zk_test_exists(path));
    CU_ASSERT_PTR_NOT_NULL(strstr(path, "test_base"));
}

/* Not a pool's: the listening thread lives as long as the process. */
static struct {
    volatile apr_uint32_t times;
    const char *volatile reason;
} stopped;

static void note_stop(void *baton, const char *reason)
{
    CU_ASSERT_PTR_EQUAL(baton, &stopped);
    stopped.reason = reason;
    apr_atomic_inc32(&stopped.times);
}

static void wait_for_stops(apr_uint32_t times)
{
    int i;

    for (i = 0; i < 500 && apr_atomic_read32(&stopped.times) < times; i++)
        apr_sleep(10 * 1000);
}

static void a_stop_request_calls_the_registered_function(void)
{
    plat_stop_raise("nobody listens yet");
    CU_ASSERT_EQUAL(apr_atomic_read32(&stopped.times), 0);
    CU_ASSERT_EQUAL_FATAL(plat_stop_listen(note_stop, &stopped), APR_SUCCESS);
    CU_ASSERT_TRUE(APR_STATUS_IS_EEXIST(plat_stop_listen(note_stop, &stopped)));

    plat_stop_raise("service stop");
    CU_ASSERT_EQUAL(apr_atomic_read32(&stopped.times), 1);
    CU_ASSERT_STRING_EQUAL(stopped.reason, "service stop");

    CU_ASSERT_EQUAL(plat_process_stop(plat_process_id()), APR_SUCCESS);
    wait_for_stops(2);
    CU_ASSERT_EQUAL(apr_atomic_read32(&stopped.times), 2);
}

/* The test's own executable, asked for a suite that does not exist, says so in its summary and
 * ends. */
static void a_spawned_process_writes_to_its_file_and_is_not_waited_for(void)
{
    const char *argv[] = {plat_process_path(zk_test_pool()), "no \"such\" suite\\", NULL};
    const char *output = zk_test_path("out.log");
    int64_t pid = 0;
    int i;

    zk_test_write_text(output, "kept\n");
    CU_ASSERT_EQUAL_FATAL(plat_process_spawn(&pid, argv, output, zk_test_pool()), APR_SUCCESS);
    CU_ASSERT_TRUE(pid > 0);
    CU_ASSERT_NOT_EQUAL(pid, plat_process_id());
    for (i = 0; i < 1000 && plat_process_alive(pid); i++)
        apr_sleep(10 * 1000);
    CU_ASSERT_FALSE(plat_process_alive(pid));
    CU_ASSERT_EQUAL(strncmp(zk_test_read_text(output), "kept", 4), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(zk_test_read_text(output), "Run Summary"));
}

static void spawning_a_missing_program_fails(void)
{
    const char *argv[] = {zk_test_path("missing"), NULL};
    int64_t pid = 0;

    CU_ASSERT_TRUE(APR_STATUS_IS_ENOENT(
        plat_process_spawn(&pid, argv, zk_test_path("out.log"), zk_test_pool())));
}

/* --- figures -------------------------------------------------------------------------------- */

static void an_opened_file_is_counted_where_the_system_counts(void)
{
    int64_t before = plat_open_files_count();
    apr_file_t *file = create_file(zk_test_path("file"), "");
    int64_t during = plat_open_files_count();

    CU_ASSERT_TRUE((before > 0 && during > before) || (before == -1 && during == -1));
    apr_file_close(file);
    CU_ASSERT_TRUE(plat_open_files_count() < during || during == -1);
}

static void raising_the_limit_of_open_files_never_lowers_it(void)
{
    int64_t before = plat_open_files_max();
    int64_t after = plat_open_files_raise();

    CU_ASSERT_TRUE(after == -1 || after >= before);
    CU_ASSERT_EQUAL(plat_open_files_max(), after);
}

static void touched_memory_is_counted_as_resident(void)
{
    const size_t bytes = 32 * 1024 * 1024;
    int64_t before = plat_memory_resident_bytes();
    volatile char *memory = malloc(bytes);
    size_t i;

    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    for (i = 0; i < bytes; i += 1024)
        memory[i] = 1;
    CU_ASSERT_TRUE(before > 0);
    CU_ASSERT_TRUE(plat_memory_resident_bytes() >= before + (int64_t)bytes / 2);
    free((void *)(uintptr_t)memory);
}

static void there_is_at_least_one_processor(void)
{
    CU_ASSERT_TRUE(plat_cpu_count() >= 1);
    CU_ASSERT_TRUE(plat_cpu_count() <= 65536);
}

/* --- surroundings --------------------------------------------------------------------------- */

static void the_state_directory_ends_with_the_given_name(void)
{
    const char *dir = plat_state_dir("paddock", zk_test_pool());

    CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
    CU_ASSERT_TRUE(strlen(dir) > strlen("/paddock"));
    CU_ASSERT_STRING_EQUAL(dir + strlen(dir) - strlen("/paddock"), "/paddock");
}

static void *APR_THREAD_FUNC name_myself(apr_thread_t *thread, void *baton)
{
    plat_thread_set_name("a name that is longer than kernels like");
    *(bool *)baton = true;
    (void)thread;
    return NULL;
}

static void a_thread_name_of_any_length_is_accepted(void)
{
    apr_thread_t *thread;
    apr_status_t result;
    bool ran = false;

    CU_ASSERT_EQUAL_FATAL(apr_thread_create(&thread, NULL, name_myself, &ran, zk_test_pool()),
                          APR_SUCCESS);
    apr_thread_join(&result, thread);
    CU_ASSERT_TRUE(ran);
}

/* --- secrets and digests -------------------------------------------------------------------- */

static void random_bytes_fill_the_whole_buffer(void)
{
    uint8_t bytes[1024] = {0};
    uint8_t again[1024] = {0};
    size_t zeros = 0;
    size_t i;

    CU_ASSERT_EQUAL(plat_random_bytes(bytes, sizeof(bytes)), APR_SUCCESS);
    CU_ASSERT_EQUAL(plat_random_bytes(again, sizeof(again)), APR_SUCCESS);
    CU_ASSERT_NOT_EQUAL(memcmp(bytes, again, sizeof(bytes)), 0);
    for (i = 0; i < sizeof(bytes); i++)
        zeros += bytes[i] == 0;
    CU_ASSERT_TRUE(zeros < 64); /* 4 expected */
}

/* "abc" is the example of RFC 1321 and of FIPS 180-2. */
static void digests_of_abc_are_those_of_the_standards(void)
{
    static const struct {
        const char *alg;
        const char *hex;
    } cases[] = {
        {"MD5", "900150983cd24fb0d6963f7d28e17f72"},
        {"SHA1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"SHA-384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                    "8086072ba1e7cc2358baeca134c825a7"},
        {"SHA-512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    };
    uint8_t out[PLAT_DIGEST_BYTES_MAX];
    size_t length;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        length = 0;
        CU_ASSERT_EQUAL(plat_digest(cases[i].alg, "abc", 3, out, &length), APR_SUCCESS);
        CU_ASSERT_STRING_EQUAL(hex_of(out, length), cases[i].hex);
    }
}

static void the_digest_of_nothing_is_defined(void)
{
    uint8_t out[PLAT_DIGEST_BYTES_MAX];
    size_t length = 0;

    CU_ASSERT_EQUAL(plat_digest("SHA1", NULL, 0, out, &length), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(hex_of(out, length), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

static void digest_names_are_accepted_in_javas_spellings(void)
{
    static const char *const spellings[] = {"SHA1", "SHA-1", "sha1", "Sha-1", "SHA"};
    plat_digest_kind_t kind;
    size_t i;

    for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        kind = PLAT_DIGEST_KINDS;
        CU_ASSERT_TRUE(plat_digest_find(&kind, spellings[i]));
        CU_ASSERT_EQUAL(kind, PLAT_DIGEST_SHA1);
    }
    CU_ASSERT_TRUE(plat_digest_find(&kind, "sha256"));
    CU_ASSERT_EQUAL(kind, PLAT_DIGEST_SHA256);
}

static void an_unknown_digest_is_refused(void)
{
    uint8_t out[PLAT_DIGEST_BYTES_MAX];
    size_t length = 0;

    CU_ASSERT_TRUE(APR_STATUS_IS_ENOTIMPL(plat_digest("RipeMD160", "abc", 3, out, &length)));
    CU_ASSERT_TRUE(APR_STATUS_IS_ENOTIMPL(plat_digest("", "abc", 3, out, &length)));
    CU_ASSERT_TRUE(APR_STATUS_IS_ENOTIMPL(plat_digest("SHA-2567", "abc", 3, out, &length)));
}

static const zk_test_t tests[] = {
    {"the monotonic clock follows elapsed time", the_monotonic_clock_follows_elapsed_time},
    {"the monotonic clock never goes back", the_monotonic_clock_never_goes_back},
    {"the wall clock counts milliseconds since 1970",
     the_wall_clock_counts_milliseconds_since_1970},
    {"local time follows the zone", local_time_follows_the_zone},
    {"a zone without a short name is an offset", a_zone_without_a_short_name_is_an_offset},
    {"the system's own zone has a name", the_systems_own_zone_has_a_name},
    {"the largest time is right or refused", the_largest_time_is_right_or_refused},
    {"a directory can be synced", a_directory_can_be_synced},
    {"syncing a missing directory fails", syncing_a_missing_directory_fails},
    {"syncing a file as a directory fails", syncing_a_file_as_a_directory_fails},
    {"datasync writes what is buffered", datasync_writes_what_is_buffered},
    {"preallocation appends zeros and keeps the position",
     preallocation_appends_zeros_and_keeps_the_position},
    {"preallocation never shortens a file", preallocation_never_shortens_a_file},
    {"preallocation of a log segment works", preallocation_of_a_log_segment_works},
    {"replacing takes the place of an existing file",
     replacing_takes_the_place_of_an_existing_file},
    {"replacing works with names beyond ASCII", replacing_works_with_names_beyond_ascii},
    {"deep directories are no obstacle", deep_directories_are_no_obstacle},
    {"replacing with a missing file fails and keeps the old",
     replacing_with_a_missing_file_fails_and_keeps_the_old},
    {"an exclusive lock is refused to a second holder",
     an_exclusive_lock_is_refused_to_a_second_holder},
    {"a port that is listened on cannot be taken again",
     a_port_that_is_listened_on_cannot_be_taken_again},
    {"this process is alive and an unknown one is not",
     this_process_is_alive_and_an_unknown_one_is_not},
    {"process ids that mean groups are refused", process_ids_that_mean_groups_are_refused},
    {"the executable knows its path", the_executable_knows_its_path},
    {"a stop request calls the registered function", a_stop_request_calls_the_registered_function},
    {"a spawned process writes to its file and is not waited for",
     a_spawned_process_writes_to_its_file_and_is_not_waited_for},
    {"spawning a missing program fails", spawning_a_missing_program_fails},
    {"an opened file is counted, where the system counts",
     an_opened_file_is_counted_where_the_system_counts},
    {"raising the limit of open files never lowers it",
     raising_the_limit_of_open_files_never_lowers_it},
    {"touched memory is counted as resident", touched_memory_is_counted_as_resident},
    {"there is at least one processor", there_is_at_least_one_processor},
    {"the state directory ends with the given name", the_state_directory_ends_with_the_given_name},
    {"a thread name of any length is accepted", a_thread_name_of_any_length_is_accepted},
    {"random bytes fill the whole buffer", random_bytes_fill_the_whole_buffer},
    {"digests of abc are those of the standards", digests_of_abc_are_those_of_the_standards},
    {"the digest of nothing is defined", the_digest_of_nothing_is_defined},
    {"digest names are accepted in Java's spellings", digest_names_are_accepted_in_javas_spellings},
    {"an unknown digest is refused", an_unknown_digest_is_refused},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_plat, "base/plat", tests, NULL, NULL);
