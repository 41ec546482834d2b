/* shim.c -- a disk that fails on command, preloaded under an unmodified server.
 *
 * ZK_FAULT_FILE names a small text file "KIND PART AFTER": once it exists, the call number AFTER (from 1) of KIND on a
 * file whose path contains PART fails, and so do all later ones of that kind on such files.
 *
 *   write   the write fails with EIO
 *   short   half of the bytes are written, then ENOSPC
 *   full    nothing is written: ENOSPC
 *   sync    fdatasync or fsync fails with EIO
 *   rename  rename fails with EIO
 *   open    creating the file fails with EACCES
 *
 * The control file is read again whenever its size changes from nothing to something, so a test first lets the server
 * work, then writes it.  Linux only: file names come from /proc/self/fd. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char kind[16], part[128];
static long after;
static atomic_int loaded;
static atomic_long seen;

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

static void load(void)
{
    const char *path = getenv("ZK_FAULT_FILE");
    struct stat st;
    FILE *file;

    if (atomic_load(&loaded) || path == NULL || stat(path, &st) != 0 || st.st_size == 0)
        return;
    file = fopen(path, "r");
    if (file == NULL)
        return;
    if (fscanf(file, "%15s %127s %ld", kind, part, &after) == 3)
        atomic_store(&loaded, 1);
    fclose(file);
}

/* Is this call of WHAT on PATH one that must fail? */
static int strikes_path(const char *what, const char *path)
{
    load();
    if (!atomic_load(&loaded) || strcmp(kind, what) != 0 || strstr(path, part) == NULL)
        return 0;
    return atomic_fetch_add(&seen, 1) + 1 >= after;
}

static int strikes_fd(const char *what, int fd)
{
    char link[64], path[4096];
    ssize_t n;

    load();
    if (!atomic_load(&loaded) || strcmp(kind, what) != 0)
        return 0;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    if (n < 0)
        return 0;
    path[n] = '\0';
    return strikes_path(what, path);
}

/* The outcome of a write of SIZE bytes: -1 with errno, a short count, or -2 to go on. */
static ssize_t broken_write(int fd, const void *data, size_t size)
{
    if (strikes_fd("write", fd)) {
        errno = EIO;
        return -1;
    }
    if (strikes_fd("full", fd)) {
        errno = ENOSPC;
        return -1;
    }
    if (strikes_fd("short", fd)) {
        if (size > 1 && atomic_load(&seen) == after)
            return REAL(ssize_t(*)(int, const void *, size_t), "write")(fd, data, size / 2);
        errno = ENOSPC;
        return -1;
    }
    return -2;
}

ssize_t write(int fd, const void *data, size_t size)
{
    ssize_t n = broken_write(fd, data, size);

    return n != -2 ? n : REAL(ssize_t(*)(int, const void *, size_t), "write")(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    ssize_t n = broken_write(fd, data, size);

    return n != -2 ? n
                   : REAL(ssize_t(*)(int, const void *, size_t, off_t), "pwrite")(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    ssize_t n = broken_write(fd, data, size);

    return n != -2 ? n
                   : REAL(ssize_t(*)(int, const void *, size_t, off_t), "pwrite64")(fd, data, size,
                                                                                    offset);
}

ssize_t writev(int fd, const struct iovec *vector, int count)
{
    ssize_t n = broken_write(fd, count > 0 ? vector[0].iov_base : NULL, count > 0 ? vector[0].iov_len : 0);

    return n != -2 ? n : REAL(ssize_t(*)(int, const struct iovec *, int), "writev")(fd, vector, count);
}

int fdatasync(int fd)
{
    if (strikes_fd("sync", fd)) {
        errno = EIO;
        return -1;
    }
    return REAL(int (*)(int), "fdatasync")(fd);
}

int fsync(int fd)
{
    if (strikes_fd("sync", fd)) {
        errno = EIO;
        return -1;
    }
    return REAL(int (*)(int), "fsync")(fd);
}

int rename(const char *from, const char *to)
{
    if (strikes_path("rename", to)) {
        errno = EIO;
        return -1;
    }
    return REAL(int (*)(const char *, const char *), "rename")(from, to);
}

static int broken_open(const char *path, int flags)
{
    if ((flags & O_CREAT) == 0 || !strikes_path("open", path))
        return 0;
    errno = EACCES;
    return 1;
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list arguments;

    va_start(arguments, flags);
    if ((flags & O_CREAT) != 0)
        mode = (mode_t)va_arg(arguments, int);
    va_end(arguments);
    return broken_open(path, flags) ? -1 : REAL(int (*)(const char *, int, ...), "open")(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list arguments;

    va_start(arguments, flags);
    if ((flags & O_CREAT) != 0)
        mode = (mode_t)va_arg(arguments, int);
    va_end(arguments);
    return broken_open(path, flags) ? -1
                                    : REAL(int (*)(const char *, int, ...), "open64")(path, flags, mode);
}
