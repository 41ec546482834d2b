/* environment.c -- the version line and the list of `envi`.
 *
 * The build's date is fixed when the build is configured (or by SOURCE_DATE_EPOCH), so that
 * building twice gives the same bytes.  Keys are upstream's, because scripts look for them; a value
 * that only a Java machine could give is "<NA>", which is what upstream itself prints for a missing
 * one.
 *
 * Facts: upstream Environment.java, Version.java. */
#include "admin/environment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_network_io.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <apr_user.h>

#include "base/plat.h"
#include "base/status.h"

#define NOT_AVAILABLE "<NA>"
#define MEGABYTE (1024 * 1024)

typedef struct visitor {
    void (*visit)(void *baton, const char *key, const char *value);
    void *baton;
} visitor_t;

const char *zk_environment_version(void)
{
    return "3.9.5-paddock-" PADDOCK_VERSION ", built on " ZK_BUILD_DATE " UTC";
}

static void put(const visitor_t *visitor, const char *key, const char *value)
{
    visitor->visit(visitor->baton, key, value != NULL ? value : NOT_AVAILABLE);
}

static const char *host_name(apr_pool_t *pool)
{
    char *name = apr_pcalloc(pool, APRMAXHOSTLEN + 1);

    return apr_gethostname(name, APRMAXHOSTLEN, pool) == APR_SUCCESS ? name : NULL;
}

static const char *temp_dir(apr_pool_t *pool)
{
    const char *path = NULL;

    return apr_temp_dir_get(&path, pool) == APR_SUCCESS ? path : NULL;
}

/* The kernel's release where the system shows it as a file. */
static const char *os_version(apr_pool_t *pool)
{
    apr_file_t *file = NULL;
    char *text = apr_pcalloc(pool, 128);

    if (apr_file_open(&file, "/proc/sys/kernel/osrelease", APR_FOPEN_READ, 0, pool) != APR_SUCCESS)
        return NULL;
    if (apr_file_gets(text, 127, file) != APR_SUCCESS)
        text = NULL;
    (void)apr_file_close(file);
    if (text != NULL)
        text[strcspn(text, "\r\n")] = '\0';
    return text;
}

static void put_user(const visitor_t *visitor, apr_pool_t *pool)
{
    apr_uid_t user;
    apr_gid_t group;
    char *name = NULL;
    char *home = NULL;
    char *directory = NULL;

    if (apr_uid_current(&user, &group, pool) != APR_SUCCESS ||
        apr_uid_name_get(&name, user, pool) != APR_SUCCESS)
        name = NULL;
    if (name == NULL || apr_uid_homepath_get(&home, name, pool) != APR_SUCCESS)
        home = NULL;
    if (apr_filepath_get(&directory, APR_FILEPATH_NATIVE, pool) != APR_SUCCESS)
        directory = NULL;
    put(visitor, "user.name", name);
    put(visitor, "user.home", home);
    put(visitor, "user.dir", directory);
}

static void put_memory(const visitor_t *visitor)
{
    char text[40] = NOT_AVAILABLE;
    int64_t bytes = plat_memory_resident_bytes();

    if (bytes >= 0)
        snprintf(text, sizeof(text), "%" PRId64 "MB", bytes / MEGABYTE);
    put(visitor, "os.memory.free", NULL);
    put(visitor, "os.memory.max", NULL);
    put(visitor, "os.memory.total", text);
}

void zk_environment_visit(void (*visit)(void *baton, const char *key, const char *value),
                          void *baton)
{
    visitor_t visitor = {visit, baton};
    apr_pool_t *pool = NULL;

    if (apr_pool_create_ex(&pool, NULL, zk_pool_abort, NULL) != APR_SUCCESS)
        return;
    put(&visitor, "zookeeper.version", zk_environment_version());
    put(&visitor, "host.name", host_name(pool));
    put(&visitor, "java.version", NULL);
    put(&visitor, "java.vendor", NULL);
    put(&visitor, "java.home", NULL);
    put(&visitor, "java.class.path", NULL);
    put(&visitor, "java.library.path", NULL);
    put(&visitor, "java.io.tmpdir", temp_dir(pool));
    put(&visitor, "java.compiler", NULL);
    put(&visitor, "os.name", ZK_BUILD_SYSTEM);
    put(&visitor, "os.arch", ZK_BUILD_PROCESSOR);
    put(&visitor, "os.version", os_version(pool));
    put_user(&visitor, pool);
    put_memory(&visitor);
    apr_pool_destroy(pool);
}
