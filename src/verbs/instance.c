/* instance.c -- see instance.h.
 *
 * A pid file may outlive its server, and after a restart of the machine the number in it may be
 * that of another process, even of another server of ours.  So a process counts as this instance's
 * only if
 *
 *   1. it exists, and
 *   2. its program, where the system tells, is a zkserver or a JVM (a Java server that was started
 *      by upstream's script on the same configuration), and
 *   3. for a zkserver: somebody holds the lock of this instance's data directory.
 *
 * Facts: bin/zkServer.sh, bin/zkEnv.sh. */
#include "verbs/instance.h"

#include <string.h>
#include <apr_env.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_network_io.h>
#include <apr_strings.h>
#include <apr_user.h>

#include "base/plat.h"
#include "base/properties.h"
#include "config/config.h"
#include "store/datadir.h"
#include "verbs/pid_file.h"

const char *zk_instance_environment(const char *name, apr_pool_t *pool)
{
    char *value = NULL;

    if (apr_env_get(&value, name, pool) != APR_SUCCESS || value == NULL || *value == '\0')
        return NULL;
    return value;
}

/* ---- places ---- */

static bool has_directory(const char *path)
{
    return strpbrk(path, "/\\") != NULL;
}

/* NAME in DIR, with the separator that DIR is written with. */
static const char *join(const char *dir, const char *name, apr_pool_t *pool)
{
    bool backslash = strchr(dir, '\\') != NULL && strchr(dir, '/') == NULL;

    return apr_pstrcat(pool, dir, backslash ? "\\" : "/", name, NULL);
}

static bool is_there(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;

    return apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS;
}

/* Where the programs are, without a separator at the end. */
static const char *program_dir(apr_pool_t *pool)
{
    const char *dir = zk_instance_environment("ZOOBINDIR", pool);
    char *path;
    char *end;

    if (dir != NULL)
        return dir;
    dir = plat_process_path(pool);
    if (dir == NULL)
        return ".";
    path = apr_pstrdup(pool, dir);
    end = path + strlen(path);
    while (end > path && *end != '/' && *end != '\\')
        end--;
    *end = '\0';
    return path;
}

static const char *find_config_dir(const char *given, apr_pool_t *pool)
{
    const char *dir = given != NULL ? given : zk_instance_environment("ZOOCFGDIR", pool);
    const char *home = join(program_dir(pool), "..", pool);
    const char *conf;
    const char *etc;
    char *package = NULL;

    if (dir != NULL)
        return dir;
    conf = join(home, "conf", pool);
    if (is_there(conf, pool))
        return conf;
    etc = join(home, "etc/zookeeper", pool);
    /* Below /usr, where a package put the programs. */
    if (!is_there(etc, pool) &&
        apr_filepath_merge(&package, NULL, join(home, "../etc/paddock/default", pool), 0, pool) ==
            APR_SUCCESS &&
        is_there(package, pool))
        return package;
    return etc;
}

static const char *user_name(apr_pool_t *pool)
{
    const char *user = zk_instance_environment("USER", pool);
    char *name = NULL;
    apr_uid_t uid;
    apr_gid_t gid;

    if (user != NULL && !has_directory(user))
        return user;
    if (apr_uid_current(&uid, &gid, pool) != APR_SUCCESS ||
        apr_uid_name_get(&name, uid, pool) != APR_SUCCESS || name == NULL || has_directory(name))
        return "";
    return name;
}

static const char *find_output_file(const char *log_dir, apr_pool_t *pool)
{
    const char *name = zk_instance_environment("ZOO_LOG_FILE", pool);
    char host[APRMAXHOSTLEN + 1] = "";

    if (name == NULL) {
        if (apr_gethostname(host, APRMAXHOSTLEN, pool) != APR_SUCCESS)
            memcpy(host, "localhost", sizeof("localhost"));
        name = apr_psprintf(pool, "zookeeper-%s-server-%s.out", user_name(pool), host);
    }
    if (has_directory(name))
        return name;
    return join(log_dir, name, pool);
}

static const char *find_config_file(const char *config_dir, const char *config, apr_pool_t *pool)
{
    const char *name = config != NULL ? config : zk_instance_environment("ZOOCFG", pool);

    if (name != NULL && config == NULL && config_dir != NULL && has_directory(name))
        name = NULL; /* the directory was given later than that */
    if (name == NULL)
        name = "zoo.cfg";
    return has_directory(name) ? name : join(find_config_dir(config_dir, pool), name, pool);
}

/* ---- the file ---- */

apr_array_header_t *zk_instance_read_entries(const char *path, apr_pool_t *pool, zk_note_t *note)
{
    apr_array_header_t *entries = apr_array_make(pool, 1, sizeof(zk_property_t));
    char *text = NULL;
    size_t size = 0;
    apr_status_t rv = zk_config_read_whole(path, &text, &size, pool, note);

    if (APR_STATUS_IS_ENOENT(rv) || APR_STATUS_IS_ENOTDIR(rv))
        zk_note(note, APR_SUCCESS, "%s file is missing", path);
    if (rv == APR_SUCCESS)
        rv = zk_properties_parse(&entries, text, size, pool, note);
    return rv == APR_SUCCESS ? entries : apr_array_make(pool, 1, sizeof(zk_property_t));
}

const char *zk_instance_entry(const apr_array_header_t *entries, const char *key)
{
    const char *value = NULL;
    int i;

    for (i = 0; i < entries->nelts; i++) {
        const zk_property_t *entry = &APR_ARRAY_IDX(entries, i, zk_property_t);

        if (strcmp(entry->key, key) == 0)
            value = entry->value;
    }
    return value != NULL && *value != '\0' ? value : NULL;
}

const char *zk_instance_value(const zk_instance_t *instance, const char *key)
{
    return zk_instance_entry(instance->entries, key);
}

zk_instance_t *zk_instance_at(const char *file, apr_pool_t *pool)
{
    zk_instance_t *instance = apr_pcalloc(pool, sizeof(*instance));

    instance->pool = pool;
    instance->config_file = file;
    instance->log_dir = zk_instance_environment("ZOO_LOG_DIR", pool);
    if (instance->log_dir == NULL)
        instance->log_dir = join(join(program_dir(pool), "..", pool), "logs", pool);
    instance->output_file = find_output_file(instance->log_dir, pool);
    instance->entries = zk_instance_read_entries(file, pool, &instance->unreadable);
    instance->data_dir = zk_instance_value(instance, "dataDir");
    instance->data_log_dir = zk_instance_value(instance, "dataLogDir");
    instance->pid_file = zk_instance_environment("ZOOPIDFILE", pool);
    if (instance->pid_file == NULL)
        instance->pid_file = zk_instance_value(instance, "pidFile");
    if (instance->pid_file == NULL && instance->data_dir != NULL)
        instance->pid_file = join(instance->data_dir, "zookeeper_server.pid", pool);
    return instance;
}

zk_instance_t *zk_instance_find(const char *config_dir, const char *config, apr_pool_t *pool)
{
    return zk_instance_at(find_config_file(config_dir, config, pool), pool);
}

const char *zk_instance_default_file(apr_pool_t *pool)
{
    const char *file = find_config_file(NULL, NULL, pool);

    return zk_instance_environment("ZOOCFG", pool) != NULL || is_there(file, pool) ? file : NULL;
}

/* ---- the process ---- */

bool zk_instance_holds_lock(const char *dir, apr_pool_t *scratch)
{
    const char *path =
        apr_pstrcat(scratch, dir, "/" ZK_STORE_VERSION_DIR "/" ZK_STORE_LOCK_NAME, NULL);
    apr_file_t *file;
    apr_status_t rv;

    rv =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_WRITE, APR_FPROT_OS_DEFAULT, scratch);
    if (rv != APR_SUCCESS)
        return !APR_STATUS_IS_ENOENT(rv) && !APR_STATUS_IS_ENOTDIR(rv); /* not ours to open */
    rv = apr_file_lock(file, APR_FLOCK_EXCLUSIVE | APR_FLOCK_NONBLOCK);
    apr_file_close(file);
    return rv != APR_SUCCESS;
}

int64_t zk_instance_owner(const zk_instance_t *instance)
{
    apr_pool_t *pool = instance->pool;

    if (instance->data_dir == NULL || !zk_instance_holds_lock(instance->data_dir, pool))
        return 0;
    return zk_pid_file_read(apr_pstrcat(pool, instance->data_dir,
                                        "/" ZK_STORE_VERSION_DIR "/" ZK_STORE_OWNER_NAME, NULL),
                            pool);
}

static bool is_named(const char *program, const char *name)
{
    const char *base = program + strlen(program);

    while (base > program && base[-1] != '/' && base[-1] != '\\')
        base--;
    return strlen(base) >= strlen(name) && memcmp(base, name, strlen(name)) == 0;
}

static bool is_process_of(const zk_instance_t *instance, int64_t pid)
{
    const char *program;

    if (pid == 0 || !plat_process_alive(pid))
        return false;
    program = plat_process_program(pid, instance->pool);
    if (program == NULL || is_named(program, "java"))
        return true;
    if (!is_named(program, "zkserver"))
        return false;
    return instance->data_dir == NULL || zk_instance_holds_lock(instance->data_dir, instance->pool);
}

int64_t zk_instance_process(const zk_instance_t *instance, int64_t *stale)
{
    int64_t pid =
        instance->pid_file != NULL ? zk_pid_file_read(instance->pid_file, instance->pool) : 0;
    bool running = is_process_of(instance, pid);

    if (stale != NULL)
        *stale = running ? 0 : pid;
    return running ? pid : 0;
}
