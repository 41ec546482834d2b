/* plat_unix.c -- plat.h on POSIX systems, Linux first.
 *
 * Stop signals: the handler only writes a byte to a pipe; a thread of ours reads it and calls the
 * registered function.  Nothing is blocked with sigprocmask, so programs we start inherit ordinary
 * signals.
 *
 * Invariant: after a failed sync nothing here tries again.  The kernel marks the pages clean when
 * it reports the error, so a second sync would report success about lost bytes. */
#include "base/plat.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#include <sys/random.h>
#include <sys/syscall.h>
#endif

#include <apr_portable.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "base/status.h"

/* Where the system cannot mark them all at once, so many descriptors are looked at. */
#define DESCRIPTORS_MARKED_MAX 65536

/* --- time ----------------------------------------------------------------------------------- */

int64_t plat_monotonic_ns(void)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_MONOTONIC, &now);

    ZK_ASSERT(failed == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool plat_local_time(plat_local_time_t *local, int64_t wall_ms)
{
    /* rounded down, also before 1970 */
    int64_t seconds = wall_ms / 1000 - (wall_ms % 1000 < 0 ? 1 : 0);
    time_t when = (time_t)seconds;
    struct tm parts;

    if (localtime_r(&when, &parts) == NULL)
        return false;
    local->year = parts.tm_year + 1900;
    local->month = parts.tm_mon + 1;
    local->day = parts.tm_mday;
    local->weekday = parts.tm_wday;
    local->hour = parts.tm_hour;
    local->minute = parts.tm_min;
    local->second = parts.tm_sec;
    if (parts.tm_zone == NULL || !isalpha((unsigned char)parts.tm_zone[0]))
        plat_zone_print_offset(local->zone, (int)(parts.tm_gmtoff / 60));
    else
        apr_cpystrn(local->zone, parts.tm_zone, sizeof(local->zone));
    return true;
}

/* --- files ---------------------------------------------------------------------------------- */

static int descriptor_of(apr_file_t *file)
{
    apr_os_file_t descriptor = -1;

    apr_os_file_get(&descriptor, file);
    ZK_ASSERT(descriptor >= 0);
    return descriptor;
}

apr_status_t plat_dir_sync(const char *path)
{
    apr_status_t rv = APR_SUCCESS;
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0)
        return errno;
    if (fsync(dir) != 0)
        rv = errno;
    close(dir);
    return rv;
}

apr_status_t plat_file_datasync(apr_file_t *file)
{
    apr_status_t rv = apr_file_flush(file);
    int failed;

    if (rv != APR_SUCCESS)
        return rv;
#ifdef F_FULLFSYNC
    failed = fcntl(descriptor_of(file), F_FULLFSYNC);
#else
    failed = fdatasync(descriptor_of(file));
#endif
    return failed != 0 ? errno : APR_SUCCESS;
}

apr_status_t plat_file_preallocate(apr_file_t *file, int64_t bytes)
{
    int descriptor = descriptor_of(file);
    struct stat now;

    ZK_ASSERT(bytes >= 0);
    if (fstat(descriptor, &now) != 0)
        return errno;
    if (now.st_size >= bytes)
        return APR_SUCCESS;
#ifdef __linux__
    if (fallocate(descriptor, 0, now.st_size, bytes - now.st_size) == 0)
        return APR_SUCCESS;
    if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINTR)
        return errno;
#endif
    /* The length alone: zeros without room behind them. */
    return ftruncate(descriptor, bytes) != 0 ? errno : APR_SUCCESS;
}

apr_status_t plat_file_replace(const char *from, const char *to)
{
    return rename(from, to) != 0 ? errno : APR_SUCCESS;
}

/* --- sockets -------------------------------------------------------------------------------- */

bool plat_socket_reuse_steals(void)
{
    return false;
}

apr_status_t plat_socket_own_port(apr_socket_t *socket)
{
    (void)socket;
    return APR_SUCCESS;
}

bool plat_status_is_port_taken(apr_status_t rv)
{
    return rv == EADDRINUSE;
}

/* --- process -------------------------------------------------------------------------------- */

static void ignore_signal(int number)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = SIG_IGN;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* Whoever starts us may have closed an input or output.  Its number would then go to the next file
 * we open, a log of records or a pipe, and what is printed would land there. */
static void fill_standard_descriptors(void)
{
    int descriptor;

    do {
        descriptor = open("/dev/null", O_RDWR);
    } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
}

void plat_process_init(void)
{
    fill_standard_descriptors();
    ignore_signal(SIGPIPE);
    ignore_signal(SIGHUP);
}

int64_t plat_process_id(void)
{
    return (int64_t)getpid();
}

static const char *read_link(const char *name, apr_pool_t *pool)
{
    char path[PATH_MAX];
    ssize_t length = readlink(name, path, sizeof(path));

    if (length <= 0 || (size_t)length >= sizeof(path))
        return NULL;
    return apr_pstrmemdup(pool, path, (apr_size_t)length);
}

const char *plat_process_path(apr_pool_t *pool)
{
    return read_link("/proc/self/exe", pool);
}

const char *plat_output_path(apr_pool_t *pool)
{
    struct stat info;
    const char *path;

    if (fstat(STDOUT_FILENO, &info) != 0 || !S_ISREG(info.st_mode))
        return NULL;
    path = read_link("/proc/self/fd/1", pool);
    return path != NULL && *path == '/' ? path : NULL;
}

static bool is_same_file(int one, int other)
{
    struct stat first, second;

    return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* The new file takes the number of the old one in one step, so a thread that is just writing a line
 * writes it to one or the other. */
apr_status_t plat_output_reopen(const char *path)
{
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    bool both = is_same_file(STDOUT_FILENO, STDERR_FILENO);
    apr_status_t rv = APR_SUCCESS;

    if (file < 0)
        return errno;
    if (dup2(file, STDOUT_FILENO) < 0 || (both && dup2(file, STDERR_FILENO) < 0))
        rv = errno;
    close(file);
    return rv;
}

/* A signal has no argument of ours, so this one piece of state is the process's. */
static struct {
    plat_stop_fn_t *fn;
    void *baton;
    int pipe[2]; /* read end, write end */
} stop;
static pthread_mutex_t stop_lock = PTHREAD_MUTEX_INITIALIZER;

static void on_stop_signal(int number)
{
    int saved = errno;
    char byte = (char)number;
    ssize_t written;

    do {
        written = write(stop.pipe[1], &byte, 1);
    } while (written < 0 && errno == EINTR);
    errno = saved; /* a full pipe means that the wish is already known */
}

static void *stop_thread(void *unused)
{
    char byte;
    ssize_t got;

    (void)unused;
    plat_thread_set_name("signals");
    for (;;) {
        got = read(stop.pipe[0], &byte, 1);
        if (got == 1 && byte == SIGHUP)
            plat_reload_raise();
        else if (got == 1)
            stop.fn(stop.baton, byte == SIGINT ? "SIGINT" : "SIGTERM");
        else if (got == 0 || errno != EINTR)
            return NULL;
    }
}

static apr_status_t stop_start(void)
{
    struct sigaction action;
    pthread_attr_t attributes;
    pthread_t thread;
    int error;

    if (pipe(stop.pipe) != 0)
        return errno;
    fcntl(stop.pipe[0], F_SETFD, FD_CLOEXEC);
    fcntl(stop.pipe[1], F_SETFD, FD_CLOEXEC);
    fcntl(stop.pipe[1], F_SETFL, O_NONBLOCK);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    error = pthread_create(&thread, &attributes, stop_thread, NULL);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        close(stop.pipe[0]);
        close(stop.pipe[1]);
        return error;
    }
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_stop_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    return APR_SUCCESS;
}

apr_status_t plat_stop_listen(plat_stop_fn_t *fn, void *baton)
{
    apr_status_t rv = APR_EEXIST;

    ZK_ASSERT(fn != NULL);
    pthread_mutex_lock(&stop_lock);
    if (stop.fn == NULL) {
        stop.fn = fn;
        stop.baton = baton;
        rv = stop_start();
        if (rv != APR_SUCCESS)
            stop.fn = NULL;
    }
    pthread_mutex_unlock(&stop_lock);
    return rv;
}

void plat_stop_raise(const char *reason)
{
    plat_stop_fn_t *fn;
    void *baton;

    pthread_mutex_lock(&stop_lock);
    fn = stop.fn;
    baton = stop.baton;
    pthread_mutex_unlock(&stop_lock);
    if (fn != NULL)
        fn(baton, reason);
}

/* kill(0) and kill(-1) mean groups of processes; never reach them with a wrong id. */
static apr_status_t send_signal(int64_t pid, int number)
{
    if (pid <= 0 || pid > INT_MAX)
        return ESRCH;
    return kill((pid_t)pid, number) != 0 ? errno : APR_SUCCESS;
}

apr_status_t plat_process_stop(int64_t pid)
{
    return send_signal(pid, SIGTERM);
}

apr_status_t plat_process_kill(int64_t pid)
{
    return send_signal(pid, SIGKILL);
}

/* Whether PID has ended and only waits for its parent, which in a container may never look.  The
 * state is the letter behind the name, which stands in parentheses and may hold some. */
static bool is_zombie(int64_t pid)
{
    char text[512];
    const char *state;
    size_t size;
    FILE *file;

    snprintf(text, sizeof(text), "/proc/%" PRId64 "/stat", pid);
    file = fopen(text, "re");
    if (file == NULL)
        return false;
    size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = '\0';
    state = strrchr(text, ')');
    return state != NULL && state[1] == ' ' && (state[2] == 'Z' || state[2] == 'X');
}

bool plat_process_alive(int64_t pid)
{
    apr_status_t rv = send_signal(pid, 0);

    return rv == EPERM || (rv == APR_SUCCESS && !is_zombie(pid));
}

const char *plat_process_program(int64_t pid, apr_pool_t *pool)
{
    char name[64];

    snprintf(name, sizeof(name), "/proc/%" PRId64 "/exe", pid);
    return read_link(name, pool);
}

/* Every descriptor above the three standard ones closes with the exec. */
static void mark_descriptors(void)
{
    long max = sysconf(_SC_OPEN_MAX);
    int fd;

#if defined(SYS_close_range) && defined(CLOSE_RANGE_CLOEXEC)
    if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
#endif
    if (max < 0 || max > DESCRIPTORS_MARKED_MAX)
        max = DESCRIPTORS_MARKED_MAX;
    for (fd = STDERR_FILENO + 1; fd < (int)max; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* In the grandchild: a session of its own, outputs to OUTPUT, then ARGV.  Returns errno. */
static int become(const char *const *argv, const char *output)
{
    int in = open("/dev/null", O_RDONLY);
    int out = open(output, O_WRONLY | O_CREAT | O_APPEND, 0666);

    if (in < 0 || out < 0 || setsid() < 0)
        return errno;
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
        return errno;
    if (in > STDERR_FILENO)
        close(in);
    if (out > STDERR_FILENO)
        close(out);
    mark_descriptors();
    execv(argv[0], (char *const *)(uintptr_t)argv);
    return errno;
}

/* What the grandchild tells through the pipe: its id, and later the reason if it cannot start. */
struct birth {
    int64_t pid;
    int error;
};

static void tell_birth(int pipe_end, int error)
{
    struct birth birth = {(int64_t)getpid(), error};

    if (write(pipe_end, &birth, sizeof(birth)) != (ssize_t)sizeof(birth))
        _exit(127);
}

static apr_status_t read_birth(int pipe_end, int64_t *pid)
{
    struct birth birth;
    apr_status_t rv = APR_EGENERAL; /* for a child that told nothing */
    ssize_t got;

    for (;;) {
        got = read(pipe_end, &birth, sizeof(birth));
        if (got < 0 && errno == EINTR)
            continue;
        if (got != (ssize_t)sizeof(birth))
            return rv;
        *pid = birth.pid;
        rv = birth.error;
    }
}

/* Forked twice, so that the new process is nobody's child and leaves no zombie.  The pipe closes
 * itself on a successful exec; until then it carries the reason of a failure. */
apr_status_t plat_process_spawn(int64_t *pid, const char *const *argv, const char *output,
                                apr_pool_t *scratch)
{
    apr_status_t rv;
    int ends[2];
    pid_t child;

    (void)scratch;
    if (pipe(ends) != 0)
        return errno;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    child = fork();
    if (child < 0) {
        rv = errno;
        close(ends[0]);
        close(ends[1]);
        return rv;
    }
    if (child == 0) {
        child = fork();
        if (child == 0) {
            tell_birth(ends[1], 0);
            tell_birth(ends[1], become(argv, output));
            _exit(127);
        }
        _exit(child < 0 ? 1 : 0);
    }
    close(ends[1]);
    rv = read_birth(ends[0], pid);
    close(ends[0]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    return rv;
}

/* --- figures -------------------------------------------------------------------------------- */

int64_t plat_open_files_count(void)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    int64_t count = 0;

    if (dir == NULL)
        dir = opendir("/dev/fd");
    if (dir == NULL)
        return -1;
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            count++;
    closedir(dir);
    return count - 1; /* the one that counted */
}

int64_t plat_open_files_max(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return -1;
    return (int64_t)limit.rlim_cur;
}

int64_t plat_open_files_raise(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit); /* where refused, the old limit stays */
    }
    return plat_open_files_max();
}

int64_t plat_memory_resident_bytes(void)
{
    FILE *statm = fopen("/proc/self/statm", "re");
    long long pages = -1;

    if (statm == NULL)
        return -1;
    if (fscanf(statm, "%*s %lld", &pages) != 1)
        pages = -1;
    fclose(statm);
    return pages < 0 ? -1 : (int64_t)pages * sysconf(_SC_PAGESIZE);
}

int plat_cpu_count(void)
{
    long count;
#ifdef __linux__
    cpu_set_t allowed;

    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0 && CPU_COUNT(&allowed) > 0)
        return CPU_COUNT(&allowed);
#endif
    count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (int)count;
}

/* --- surroundings --------------------------------------------------------------------------- */

const char *plat_state_dir(const char *name, apr_pool_t *pool)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    struct passwd *user;

    /* The base directory specification tells to ignore relative paths. */
    if (state != NULL && state[0] == '/')
        return apr_pstrcat(pool, state, "/", name, NULL);
    if (home == NULL || home[0] != '/') {
        user = getpwuid(getuid());
        home = user != NULL ? user->pw_dir : NULL;
    }
    if (home == NULL || home[0] != '/')
        return NULL;
    return apr_pstrcat(pool, home, "/.local/state/", name, NULL);
}

typedef struct thread_start {
    void (*run)(void *baton);
    void *baton;
} thread_start_t;

static void *run_thread(void *baton)
{
    thread_start_t start = *(thread_start_t *)baton;

    zk_free(baton);
    start.run(start.baton);
    return NULL;
}

apr_status_t plat_thread_start(plat_thread_t *thread, void (*run)(void *baton), void *baton)
{
    thread_start_t *start = zk_malloc(sizeof(*start));
    pthread_t made;
    int error;

    start->run = run;
    start->baton = baton;
    error = pthread_create(&made, NULL, run_thread, start);
    if (error != 0) {
        zk_free(start);
        return error;
    }
    thread->handle = (uintptr_t)made;
    return APR_SUCCESS;
}

void plat_thread_join(plat_thread_t thread)
{
    ZK_ASSERT(pthread_join((pthread_t)thread.handle, NULL) == 0);
}

void plat_thread_detach(plat_thread_t thread)
{
    ZK_ASSERT(pthread_detach((pthread_t)thread.handle) == 0);
}

bool plat_thread_is_current(plat_thread_t thread)
{
    return pthread_equal((pthread_t)thread.handle, pthread_self()) != 0;
}

void plat_thread_set_name(const char *name)
{
#ifdef __linux__
    char cut[16]; /* the kernel refuses more */

    apr_cpystrn(cut, name, sizeof(cut));
    pthread_setname_np(pthread_self(), cut);
#else
    (void)name;
#endif
}

bool plat_input_is_terminal(void)
{
    return isatty(STDIN_FILENO) == 1;
}

bool plat_input_read_line(char *line, size_t size)
{
    size_t length;

    ZK_ASSERT(size >= 2 && size <= INT_MAX);
    if (fgets(line, (int)size, stdin) == NULL) {
        line[0] = '\0';
        return false;
    }
    length = strlen(line);
    if (length == size - 1 && line[length - 1] != '\n')
        return true; /* a piece */
    if (length > 0 && line[length - 1] == '\n')
        line[--length] = '\0';
    if (length > 0 && line[length - 1] == '\r')
        line[--length] = '\0';
    return true;
}

/* Without ISIG too: a signal would leave the terminal as it is meanwhile. */
bool plat_input_read_secret(char *line, size_t size)
{
    struct termios before, silent;
    bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    bool got;

    if (is_terminal) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
        silent.c_lflag |= ICANON;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    got = plat_input_read_line(line, size);
    if (is_terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    if (strchr(line, '\x03') == NULL)
        return got;
    line[0] = '\0';
    return false;
}

/* --- secrets and digests -------------------------------------------------------------------- */

apr_status_t plat_random_bytes(void *bytes, size_t length)
{
    uint8_t *at = bytes;

#ifdef __linux__
    while (length > 0) {
        ssize_t got = getrandom(at, length, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        at += got;
        length -= (size_t)got;
    }
#else
    while (length > 0) {
        size_t part = length < 256 ? length : 256; /* getentropy's limit */

        if (getentropy(at, part) != 0)
            return errno;
        at += part;
        length -= part;
    }
#endif
    return APR_SUCCESS;
}

static const EVP_MD *digest_method(plat_digest_kind_t kind)
{
    switch (kind) {
    case PLAT_DIGEST_MD5:
        return EVP_md5();
    case PLAT_DIGEST_SHA1:
        return EVP_sha1();
    case PLAT_DIGEST_SHA256:
        return EVP_sha256();
    case PLAT_DIGEST_SHA384:
        return EVP_sha384();
    case PLAT_DIGEST_SHA512:
        return EVP_sha512();
    case PLAT_DIGEST_KINDS:
        break;
    }
    return NULL;
}

apr_status_t plat_digest_kind(plat_digest_kind_t kind, const void *data, size_t length,
                              uint8_t out[PLAT_DIGEST_BYTES_MAX], size_t *out_length)
{
    const EVP_MD *method = digest_method(kind);
    unsigned written = 0;

    ZK_ASSERT(method != NULL);
    /* A host in FIPS mode refuses MD5: a failure of the system, not ours. */
    if (EVP_Digest(length > 0 ? data : "", length, out, &written, method, NULL) != 1)
        return APR_ENOTIMPL;
    ZK_ASSERT(written <= PLAT_DIGEST_BYTES_MAX);
    *out_length = written;
    return APR_SUCCESS;
}
