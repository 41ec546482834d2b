/*
 * zkload: a neutral load generator for anything that speaks the ZooKeeper client protocol.
 *
 * It opens C connections to the servers given, keeps W requests outstanding on each, and counts
 * what comes back: operations per second, latency percentiles, errors. Because it knows nothing of
 * the server but the wire protocol, two servers are compared by running it against each in turn.
 *
 * `zkload --limit PORT` is a server with no data tree and no log: it answers each frame at once
 * with a canned reply of the right size. What zkload measures against it is the ceiling that
 * sockets and scheduling allow on this machine; a real server is judged as a share of it.
 *
 * `zkload --fsync DIR` appends and fdatasyncs blocks to a preallocated file: the disk's ceiling.
 *
 * Linux only (epoll). Build: cc -O2 -pthread -o zkload zkload.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    OP_CREATE = 1,
    OP_DELETE = 2,
    OP_EXISTS = 3,
    OP_GET = 4,
    OP_SET = 5,
    OP_PING = 11,
    OP_LS2 = 12,
    OP_MULTI = 14
};
enum kind { K_GET, K_SET, K_CREATE, K_CHURN, K_EXISTS, K_LS, K_KINDS };
static const char *const kind_name[] = {"get", "set", "create", "churn", "exists", "ls"};

static int conns = 32, threads = 1, window = 16, seconds = 10, size = 128, keys = 1000, warmup = 2,
           timeout_ms = 30000;
static long fill; /* --fill N: create N nodes, then stop */
static int weight[K_KINDS];
static int json, keep;
static uint64_t seed = 1;
static char root[64] = "/zkload";
static struct sockaddr_in servers[16];
static int nservers;

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}
static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* ---- latency histogram: 64 sub-buckets per power of two of microseconds ---- */
#define HB 2048
struct hist {
    uint64_t n, b[HB], max;
};
static void hist_add(struct hist *h, uint64_t ns)
{
    uint64_t us = ns / 1000;
    int idx;
    if (us < 64)
        idx = (int)us;
    else {
        int e = 63 - __builtin_clzll(us);
        idx = (e - 5) * 64 + (int)((us >> (e - 6)) & 63);
    }
    if (idx >= HB)
        idx = HB - 1;
    h->b[idx]++;
    h->n++;
    if (us > h->max)
        h->max = us;
}
static uint64_t hist_value(int idx)
{
    if (idx < 64)
        return (uint64_t)idx;
    int e = idx / 64 + 5;
    return (1ull << e) + ((uint64_t)(idx % 64) << (e - 6));
}
static uint64_t hist_pct(const struct hist *h, double p)
{
    uint64_t want = (uint64_t)(p / 100.0 * (double)h->n), seen = 0;
    for (int i = 0; i < HB; i++) {
        seen += h->b[i];
        if (seen > want)
            return hist_value(i);
    }
    return h->max;
}

/* ---- wire ---- */
static uint8_t *put32(uint8_t *p, uint32_t v)
{
    v = htonl(v);
    memcpy(p, &v, 4);
    return p + 4;
}
static uint8_t *put64(uint8_t *p, uint64_t v)
{
    p = put32(p, (uint32_t)(v >> 32));
    return put32(p, (uint32_t)v);
}
static uint8_t *putstr(uint8_t *p, const char *s)
{
    size_t n = strlen(s);
    p = put32(p, (uint32_t)n);
    memcpy(p, s, n);
    return p + n;
}
static uint32_t get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return ntohl(v);
}

struct pending {
    uint64_t t;
    uint8_t kind;
};
struct conn {
    int fd, connected;
    uint32_t xid;
    uint64_t rng;
    uint8_t *in, *out;
    size_t inlen, incap, outlen, outoff, outcap;
    struct pending *ring;
    int head, tail, count;
    uint64_t churn_seq;
    int churn_delete;
    int id;
};
struct worker {
    pthread_t th;
    struct conn *c;
    int n;
    struct hist h[K_KINDS];
    uint64_t ok[K_KINDS], err, bytes_in;
    uint32_t first_err;
    int id;
};
static volatile int phase; /* 0 warm-up, 1 measured, 2 stop */
static uint8_t *blob;

static uint64_t rnd(struct conn *c)
{
    uint64_t x = c->rng;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return c->rng = x;
}

static void out_need(struct conn *c, size_t n)
{
    if (c->outlen + n > c->outcap) {
        c->outcap = (c->outlen + n) * 2;
        c->out = realloc(c->out, c->outcap);
    }
}
static void key_path(char *buf, size_t cap, uint64_t k)
{
    snprintf(buf, cap, "%s/k%07llu", root, (unsigned long long)k);
}

/* Appends one request to the connection's output. */
static void push(struct conn *c, int op, enum kind k, const char *path, int data, uint32_t flags)
{
    out_need(c, 256 + (size_t)size);
    uint8_t *start = c->out + c->outlen, *p = start + 4;
    p = put32(p, ++c->xid);
    p = put32(p, (uint32_t)op);
    p = putstr(p, path);
    if (op == OP_GET || op == OP_EXISTS || op == OP_LS2)
        *p++ = 0;
    if (op == OP_SET || op == OP_CREATE) {
        p = put32(p, (uint32_t)data);
        memcpy(p, blob, (size_t)data);
        p += data;
    }
    if (op == OP_SET || op == OP_DELETE)
        p = put32(p, (uint32_t)-1);
    if (op == OP_CREATE) {
        p = put32(p, 1);
        p = put32(p, 31);
        p = putstr(p, "world");
        p = putstr(p, "anyone");
        p = put32(p, flags);
    }
    put32(start, (uint32_t)(p - start - 4));
    c->outlen += (size_t)(p - start);
    c->ring[c->tail] = (struct pending){now_ns(), (uint8_t)k};
    c->tail = (c->tail + 1) % window;
    c->count++;
}
static void next_request(struct conn *c)
{
    char path[160];
    uint64_t total = 0, r;
    for (int i = 0; i < K_KINDS; i++)
        total += (uint64_t)weight[i];
    r = rnd(c) % total;
    int k = 0;
    while (r >= (uint64_t)weight[k])
        r -= (uint64_t)weight[k++];
    switch (k) {
    case K_GET:
        key_path(path, sizeof path, rnd(c) % (uint64_t)keys);
        push(c, OP_GET, K_GET, path, 0, 0);
        break;
    case K_EXISTS:
        key_path(path, sizeof path, rnd(c) % (uint64_t)keys);
        push(c, OP_EXISTS, K_EXISTS, path, 0, 0);
        break;
    case K_SET:
        key_path(path, sizeof path, rnd(c) % (uint64_t)keys);
        push(c, OP_SET, K_SET, path, size, 0);
        break;
    case K_LS:
        push(c, OP_LS2, K_LS, root, 0, 0);
        break;
    case K_CREATE:
        snprintf(path, sizeof path, "%s/c%d-", root, c->id);
        push(c, OP_CREATE, K_CREATE, path, size, 2);
        break;
    case K_CHURN: /* ephemeral create, then its delete */
        snprintf(path, sizeof path, "%s/e%d-%llu", root, c->id, (unsigned long long)c->churn_seq);
        if (!c->churn_delete) {
            push(c, OP_CREATE, K_CHURN, path, size, 1);
            c->churn_delete = 1;
        } else {
            push(c, OP_DELETE, K_CHURN, path, 0, 0);
            c->churn_delete = 0;
            c->churn_seq++;
        }
        break;
    default:
        abort();
    }
}

static int dial(const struct sockaddr_in *a)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0)
        die("socket");
    if (connect(fd, (const struct sockaddr *)a, sizeof *a) < 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}
static void write_all(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t w = write(fd, p, n);
        if (w <= 0) {
            if (w < 0 && errno == EINTR)
                continue;
            die("write");
        }
        p += w;
        n -= (size_t)w;
    }
}
static void read_all(int fd, uint8_t *p, size_t n)
{
    while (n) {
        ssize_t r = read(fd, p, n);
        if (r <= 0) {
            if (r < 0 && errno == EINTR)
                continue;
            fprintf(stderr, "zkload: server closed the connection\n");
            exit(2);
        }
        p += r;
        n -= (size_t)r;
    }
}
static void handshake(int fd)
{
    uint8_t b[64], *p = b + 4, l[4];
    p = put32(p, 0);
    p = put64(p, 0);
    p = put32(p, (uint32_t)timeout_ms);
    p = put64(p, 0);
    p = put32(p, 16);
    memset(p, 0, 16);
    p += 16;
    *p++ = 0;
    put32(b, (uint32_t)(p - b - 4));
    write_all(fd, b, (size_t)(p - b));
    read_all(fd, l, 4);
    uint32_t n = get32(l);
    if (n > 1024) {
        fprintf(stderr, "zkload: bad connect response\n");
        exit(2);
    }
    uint8_t *r = malloc(n);
    read_all(fd, r, n);
    if (get32(r + 4) == 0) {
        fprintf(stderr, "zkload: session refused\n");
        exit(2);
    }
    free(r);
}
/* One synchronous create; -110 (exists) is fine. */
static int sync_call(int fd, int op, const char *path, int data)
{
    uint8_t *b = malloc(512 + (size_t)data), *p = b + 4, l[4];
    p = put32(p, 1);
    p = put32(p, (uint32_t)op);
    p = putstr(p, path);
    if (op == OP_CREATE) {
        p = put32(p, (uint32_t)data);
        memcpy(p, blob, (size_t)data);
        p += data;
        p = put32(p, 1);
        p = put32(p, 31);
        p = putstr(p, "world");
        p = putstr(p, "anyone");
        p = put32(p, 0);
    }
    if (op == OP_DELETE)
        p = put32(p, (uint32_t)-1);
    put32(b, (uint32_t)(p - b - 4));
    write_all(fd, b, (size_t)(p - b));
    free(b);
    for (;;) {
        read_all(fd, l, 4);
        uint32_t n = get32(l);
        uint8_t *r = malloc(n);
        read_all(fd, r, n);
        int xid = (int)get32(r), err = (int)get32(r + 12);
        free(r);
        if (xid == 1)
            return err;
    }
}

static void flush_out(struct conn *c, int ep)
{
    while (c->outoff < c->outlen) {
        ssize_t w = write(c->fd, c->out + c->outoff, c->outlen - c->outoff);
        if (w < 0) {
            if (errno == EAGAIN)
                break;
            if (errno == EINTR)
                continue;
            die("write");
        }
        c->outoff += (size_t)w;
    }
    if (c->outoff == c->outlen)
        c->outoff = c->outlen = 0;
    struct epoll_event ev = {.events = EPOLLIN | (c->outlen ? EPOLLOUT : 0u), .data.ptr = c};
    static __thread int dummy;
    (void)dummy;
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
}
static void take_replies(struct worker *w, struct conn *c)
{
    size_t off = 0;
    uint64_t t = now_ns();
    while (c->inlen - off >= 4) {
        uint32_t n = get32(c->in + off);
        if (c->inlen - off - 4 < n) {
            if (n + 4 > c->incap) {
                c->incap = n + 65536;
                c->in = realloc(c->in, c->incap);
            }
            break;
        }
        const uint8_t *r = c->in + off + 4;
        int32_t xid = (int32_t)get32(r), err = (int32_t)get32(r + 12);
        off += 4 + n;
        if (xid < 0)
            continue;
        struct pending pd = c->ring[c->head];
        c->head = (c->head + 1) % window;
        c->count--;
        if (phase == 1) {
            if (err) {
                w->err++;
                if (!w->first_err)
                    w->first_err = (uint32_t)err;
            } else {
                w->ok[pd.kind]++;
                hist_add(&w->h[pd.kind], t - pd.t);
            }
        }
    }
    w->bytes_in += off;
    memmove(c->in, c->in + off, c->inlen - off);
    c->inlen -= off;
}
static void *run(void *arg)
{
    struct worker *w = arg;
    int ep = epoll_create1(0);
    for (int i = 0; i < w->n; i++) {
        struct conn *c = &w->c[i];
        fcntl(c->fd, F_SETFL, O_NONBLOCK);
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
        while (c->count < window)
            next_request(c);
        flush_out(c, ep);
    }
    struct epoll_event evs[256];
    while (phase < 2) {
        int n = epoll_wait(ep, evs, 256, 100);
        for (int i = 0; i < n; i++) {
            struct conn *c = evs[i].data.ptr;
            if (evs[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
                ssize_t r = read(c->fd, c->in + c->inlen, c->incap - c->inlen);
                if (r == 0 || (r < 0 && errno != EAGAIN && errno != EINTR)) {
                    fprintf(stderr, "zkload: connection lost\n");
                    exit(2);
                }
                if (r > 0) {
                    c->inlen += (size_t)r;
                    take_replies(w, c);
                }
                while (c->count < window)
                    next_request(c);
            }
            flush_out(c, ep);
        }
    }
    close(ep);
    return NULL;
}

/* ---- --limit: canned replies ---- */
struct lconn {
    int fd, hello;
    uint8_t *in, *out;
    size_t inlen, outlen, outoff;
};
#define LCAP (1 << 20)
static void limit_reply(struct lconn *c, const uint8_t *f)
{
    uint8_t *s = c->out + c->outlen, *p = s + 4;
    if (!c->hello) {
        p = put32(p, 0);
        p = put32(p, 30000);
        p = put64(p, 0x1234567890ull);
        p = put32(p, 16);
        memset(p, 0, 16);
        p += 16;
        *p++ = 0;
        c->hello = 1;
    } else {
        uint32_t xid = get32(f), op = get32(f + 4);
        p = put32(p, xid);
        p = put64(p, 1);
        p = put32(p, 0);
        if (op == OP_GET) {
            p = put32(p, (uint32_t)size);
            memcpy(p, blob, (size_t)size);
            p += size;
            memset(p, 0, 68);
            p += 68;
        } else if (op == OP_SET || op == OP_EXISTS) {
            memset(p, 0, 68);
            p += 68;
        } else if (op == OP_CREATE)
            p = putstr(p, "/zkload/c0-0000000000");
    }
    put32(s, (uint32_t)(p - s - 4));
    c->outlen += (size_t)(p - s);
}
static void limit_server(int port)
{
    int ls = socket(AF_INET, SOCK_STREAM, 0), one = 1, ep = epoll_create1(0);
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(ls, (struct sockaddr *)&a, sizeof a) < 0 || listen(ls, 1024) < 0)
        die("bind");
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL}, evs[256];
    epoll_ctl(ep, EPOLL_CTL_ADD, ls, &ev);
    for (;;) {
        int n = epoll_wait(ep, evs, 256, -1);
        for (int i = 0; i < n; i++) {
            struct lconn *c = evs[i].data.ptr;
            if (!c) {
                int fd = accept4(ls, NULL, NULL, SOCK_NONBLOCK);
                if (fd < 0)
                    continue;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                c = calloc(1, sizeof *c);
                c->fd = fd;
                c->in = malloc(LCAP);
                c->out = malloc(LCAP * 2);
                struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
                epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
                continue;
            }
            ssize_t r = read(c->fd, c->in + c->inlen, LCAP - c->inlen);
            if (r <= 0) {
                if (r < 0 && errno == EAGAIN)
                    goto out;
                close(c->fd);
                free(c->in);
                free(c->out);
                free(c);
                continue;
            }
            c->inlen += (size_t)r;
            size_t off = 0;
            while (c->inlen - off >= 4) {
                uint32_t l = get32(c->in + off);
                if (c->inlen - off - 4 < l)
                    break;
                limit_reply(c, c->in + off + 4);
                off += 4 + l;
            }
            memmove(c->in, c->in + off, c->inlen - off);
            c->inlen -= off;
        out:
            while (c->outoff < c->outlen) {
                ssize_t wr = write(c->fd, c->out + c->outoff, c->outlen - c->outoff);
                if (wr < 0)
                    break;
                c->outoff += (size_t)wr;
            }
            if (c->outoff == c->outlen)
                c->outoff = c->outlen = 0;
            struct epoll_event e = {.events = EPOLLIN | (c->outlen ? EPOLLOUT : 0u), .data.ptr = c};
            epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
        }
    }
}
static void fsync_limit(const char *dir)
{
    char path[512];
    snprintf(path, sizeof path, "%s/zkload.fsync", dir);
    int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
    if (fd < 0)
        die(path);
    if (posix_fallocate(fd, 0, 64 << 20))
        die("fallocate");
    fsync(fd);
    for (size_t block = 512; block <= 262144; block *= 8) {
        uint8_t *b = malloc(block);
        memset(b, 7, block);
        struct hist *h = calloc(1, sizeof *h);
        uint64_t end = now_ns() + 2000000000ull;
        off_t off = 0;
        while (now_ns() < end) {
            uint64_t t = now_ns();
            if (pwrite(fd, b, block, off) < 0 || fdatasync(fd) < 0)
                die("fdatasync");
            hist_add(h, now_ns() - t);
            off = (off + (off_t)block) % (63 << 20);
        }
        printf("append+fdatasync %6zu bytes: %7.0f /s  p50 %llu us  p99 %llu us\n", block,
               (double)h->n / 2.0, (unsigned long long)hist_pct(h, 50),
               (unsigned long long)hist_pct(h, 99));
        free(b);
        free(h);
    }
    close(fd);
    unlink(path);
}

static void usage(int code)
{
    fputs(
        "usage: zkload --servers H:P[,H:P...] [--mix get=1,set=0,create=0,churn=0,exists=0,ls=0]\n"
        "              [--conns 32] [--threads 1] [--window 16] [--size 128] [--keys 1000]\n"
        "              [--seconds 10] [--warmup 2] [--root /zkload] [--seed 1] [--json]\n"
        "       zkload --servers H:P --fill N [--size 128] [--window 256] [--root /fill]   create "
        "N nodes, stop\n"
        "       zkload --idle N --servers H:P [--seconds 30]   open N sessions, hold them, ping "
        "nothing\n"
        "       zkload --limit PORT [--size 128]     the loopback ceiling, as a server\n"
        "       zkload --fsync DIR                   the disk's ceiling\n",
        code ? stderr : stdout);
    exit(code);
}
static void parse_servers(char *s)
{
    for (char *t = strtok(s, ","); t && nservers < 16; t = strtok(NULL, ",")) {
        char *colon = strrchr(t, ':');
        if (!colon)
            usage(2);
        *colon = 0;
        struct hostent *h = gethostbyname(t);
        if (!h || h->h_addrtype != AF_INET) {
            fprintf(stderr, "zkload: no address for %s\n", t);
            exit(2);
        }
        servers[nservers].sin_family = AF_INET;
        servers[nservers].sin_port = htons((uint16_t)atoi(colon + 1));
        memcpy(&servers[nservers++].sin_addr, h->h_addr_list[0], 4);
    }
}
static void parse_mix(char *s)
{
    memset(weight, 0, sizeof weight);
    for (char *t = strtok(s, ","); t; t = strtok(NULL, ",")) {
        char *eq = strchr(t, '=');
        int k;
        if (!eq)
            usage(2);
        *eq = 0;
        for (k = 0; k < K_KINDS && strcmp(t, kind_name[k]); k++) {
        }
        if (k == K_KINDS)
            usage(2);
        weight[k] = atoi(eq + 1);
    }
}
int main(int argc, char **argv)
{
    int limit = 0, idle = 0;
    char *fs = NULL;
    weight[K_GET] = 1;
    for (int i = 1; i < argc; i++) {
        char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : NULL;
        if (!strcmp(a, "--help"))
            usage(0);
        if (!strcmp(a, "--json")) {
            json = 1;
            continue;
        }
        if (!strcmp(a, "--keep")) {
            keep = 1;
            continue;
        }
        if (!v)
            usage(2);
        i++;
        if (!strcmp(a, "--servers"))
            parse_servers(v);
        else if (!strcmp(a, "--mix"))
            parse_mix(v);
        else if (!strcmp(a, "--conns"))
            conns = atoi(v);
        else if (!strcmp(a, "--threads"))
            threads = atoi(v);
        else if (!strcmp(a, "--window"))
            window = atoi(v);
        else if (!strcmp(a, "--size"))
            size = atoi(v);
        else if (!strcmp(a, "--keys"))
            keys = atoi(v);
        else if (!strcmp(a, "--seconds"))
            seconds = atoi(v);
        else if (!strcmp(a, "--warmup"))
            warmup = atoi(v);
        else if (!strcmp(a, "--seed"))
            seed = (uint64_t)atoll(v);
        else if (!strcmp(a, "--root"))
            snprintf(root, sizeof root, "%s", v);
        else if (!strcmp(a, "--fill"))
            fill = atol(v);
        else if (!strcmp(a, "--idle"))
            idle = atoi(v);
        else if (!strcmp(a, "--limit"))
            limit = atoi(v);
        else if (!strcmp(a, "--fsync"))
            fs = v;
        else
            usage(2);
    }
    blob = malloc((size_t)size + 1);
    for (int i = 0; i < size; i++)
        blob[i] = (uint8_t)('a' + i % 26);
    if (limit)
        limit_server(limit);
    if (fs) {
        fsync_limit(fs);
        return 0;
    }
    if (!nservers || conns < 1 || threads < 1 || window < 1)
        usage(2);
    if (idle) {
        int *fds = calloc((size_t)idle, sizeof *fds);
        uint64_t t = now_ns();
        for (int i = 0; i < idle; i++) {
            fds[i] = dial(&servers[i % nservers]);
            handshake(fds[i]);
        }
        printf("%d sessions open in %.2f s\n", idle, (double)(now_ns() - t) / 1e9);
        fflush(stdout);
        sleep((unsigned)seconds);
        return 0;
    }
    int fd = dial(&servers[0]);
    handshake(fd);
    sync_call(fd, OP_CREATE, root, 0);
    if (fill) {
        /* pipelined creates of root/dddd/kkkkkkk, 1000 to a directory */
        struct conn c = {.fd = fd, .rng = 1, .xid = 10};
        long sent = 0, done = 0, errs = 0;
        char path[160];
        c.ring = calloc((size_t)window, sizeof *c.ring);
        c.incap = 1 << 20;
        c.in = malloc(c.incap);
        uint64_t t = now_ns();
        long dirs = (fill + 999) / 1000, total = fill + dirs;
        while (done < total) {
            while (sent < total && c.count < window) {
                long d = sent / 1001, k = sent % 1001;
                if (k == 0)
                    snprintf(path, sizeof path, "%s/%06ld", root, d);
                else
                    snprintf(path, sizeof path, "%s/%06ld/k%06ld", root, d, k - 1);
                push(&c, OP_CREATE, K_CREATE, path, k ? size : 0, 0);
                sent++;
            }
            write_all(fd, c.out, c.outlen);
            c.outlen = 0;
            ssize_t r = read(fd, c.in + c.inlen, c.incap - c.inlen);
            if (r <= 0)
                die("read");
            c.inlen += (size_t)r;
            size_t off = 0;
            while (c.inlen - off >= 4) {
                uint32_t n = get32(c.in + off);
                if (c.inlen - off - 4 < n)
                    break;
                if ((int32_t)get32(c.in + off + 4) > 0) {
                    if (get32(c.in + off + 16))
                        errs++;
                    done++;
                    c.head = (c.head + 1) % window;
                    c.count--;
                }
                off += 4 + n;
            }
            memmove(c.in, c.in + off, c.inlen - off);
            c.inlen -= off;
        }
        double s = (double)(now_ns() - t) / 1e9;
        printf("filled %ld nodes of %d bytes in %.2f s: %.0f creates/s, %ld errors\n", total, size,
               s, (double)total / s, errs);
        return errs != 0;
    }
    for (int k = 0; k < keys; k++) {
        char path[160];
        key_path(path, sizeof path, (uint64_t)k);
        sync_call(fd, OP_CREATE, path, size);
    }
    struct worker *w = calloc((size_t)threads, sizeof *w);
    struct conn *cs = calloc((size_t)conns, sizeof *cs);
    for (int i = 0; i < conns; i++) {
        cs[i].fd = dial(&servers[i % nservers]);
        handshake(cs[i].fd);
        cs[i].rng = (seed + (uint64_t)i + 1) * 0x9E3779B97F4A7C15ull;
        cs[i].id = i;
        cs[i].incap = 1 << 17;
        cs[i].in = malloc(cs[i].incap);
        cs[i].ring = calloc((size_t)window, sizeof(struct pending));
    }
    for (int t = 0, at = 0; t < threads; t++) {
        w[t].n = conns / threads + (t < conns % threads);
        w[t].c = cs + at;
        at += w[t].n;
        w[t].id = t;
    }
    for (int t = 0; t < threads; t++)
        pthread_create(&w[t].th, NULL, run, &w[t]);
    sleep((unsigned)warmup);
    uint64_t t0 = now_ns();
    phase = 1;
    sleep((unsigned)seconds);
    phase = 2;
    double s = (double)(now_ns() - t0) / 1e9;
    for (int t = 0; t < threads; t++)
        pthread_join(w[t].th, NULL);
    struct hist all = {0}, per[K_KINDS];
    memset(per, 0, sizeof per);
    uint64_t ok = 0, err = 0, okk[K_KINDS] = {0};
    uint32_t fe = 0;
    for (int t = 0; t < threads; t++) {
        err += w[t].err;
        if (w[t].first_err)
            fe = w[t].first_err;
        for (int k = 0; k < K_KINDS; k++) {
            ok += w[t].ok[k];
            okk[k] += w[t].ok[k];
            for (int b = 0; b < HB; b++) {
                per[k].b[b] += w[t].h[k].b[b];
                all.b[b] += w[t].h[k].b[b];
            }
            per[k].n += w[t].h[k].n;
            all.n += w[t].h[k].n;
            if (w[t].h[k].max > per[k].max)
                per[k].max = w[t].h[k].max;
            if (w[t].h[k].max > all.max)
                all.max = w[t].h[k].max;
        }
    }
    if (json)
        printf("{\"ops_per_s\":%.0f,\"errors\":%llu,\"p50_us\":%llu,\"p99_us\":%llu,\"p999_us\":%"
               "llu,\"max_us\":%llu,\"conns\":%d,\"window\":%d,\"size\":%d}\n",
               (double)ok / s, (unsigned long long)err, (unsigned long long)hist_pct(&all, 50),
               (unsigned long long)hist_pct(&all, 99), (unsigned long long)hist_pct(&all, 99.9),
               (unsigned long long)all.max, conns, window, size);
    else {
        printf("%.0f ops/s  p50 %llu us  p99 %llu us  p99.9 %llu us  max %llu us  errors %llu%s\n",
               (double)ok / s, (unsigned long long)hist_pct(&all, 50),
               (unsigned long long)hist_pct(&all, 99), (unsigned long long)hist_pct(&all, 99.9),
               (unsigned long long)all.max, (unsigned long long)err, "");
        if (err)
            printf("  first error code %d\n", (int)fe);
        for (int k = 0; k < K_KINDS; k++)
            if (okk[k])
                printf("  %-7s %9.0f /s  p50 %llu us  p99 %llu us\n", kind_name[k],
                       (double)okk[k] / s, (unsigned long long)hist_pct(&per[k], 50),
                       (unsigned long long)hist_pct(&per[k], 99));
    }
    return err != 0;
}
