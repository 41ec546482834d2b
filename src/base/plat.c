/* plat.c -- the part of plat.h that is the same on every system.
 *
 * Digest names follow the Java Cryptography Architecture, because zoo.cfg's
 * zookeeper.DigestAuthenticationProvider.digestAlg is written in them. */
#include "base/plat.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <apr_time.h>

#include "base/status.h"

int64_t plat_monotonic_ms(void)
{
    return plat_monotonic_ns() / 1000000;
}

int64_t plat_wall_ms(void)
{
    return (int64_t)(apr_time_now() / 1000);
}

/* A signal has no argument of ours.  The baton is in place before the function is seen. */
static struct {
    _Atomic(plat_reload_fn_t *) fn;
    void *baton;
} reload;

void plat_reload_listen(plat_reload_fn_t *fn, void *baton)
{
    reload.baton = baton;
    atomic_store(&reload.fn, fn);
}

void plat_reload_raise(void)
{
    plat_reload_fn_t *fn = atomic_load(&reload.fn);

    if (fn != NULL)
        fn(reload.baton);
}

void plat_zone_print_offset(char zone[PLAT_ZONE_BYTES], int minutes)
{
    int size = minutes < 0 ? -minutes : minutes;

    ZK_ASSERT(size < 100 * 60);
    snprintf(zone, PLAT_ZONE_BYTES, "GMT%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60 % 100,
             size % 60);
}

static const struct {
    const char *name; /* upper case, without hyphens */
    plat_digest_kind_t kind;
} digest_names[] = {
    {"MD5", PLAT_DIGEST_MD5},       {"SHA", PLAT_DIGEST_SHA1},      {"SHA1", PLAT_DIGEST_SHA1},
    {"SHA256", PLAT_DIGEST_SHA256}, {"SHA384", PLAT_DIGEST_SHA384}, {"SHA512", PLAT_DIGEST_SHA512},
};

bool plat_digest_find(plat_digest_kind_t *kind, const char *alg)
{
    char plain[8];
    size_t length = 0;
    size_t i;

    for (; *alg != '\0'; alg++) {
        if (*alg == '-')
            continue;
        if (length == sizeof(plain) - 1)
            return false;
        plain[length++] = (char)toupper((unsigned char)*alg);
    }
    plain[length] = '\0';
    for (i = 0; i < sizeof(digest_names) / sizeof(digest_names[0]); i++)
        if (strcmp(plain, digest_names[i].name) == 0) {
            *kind = digest_names[i].kind;
            return true;
        }
    return false;
}

apr_status_t plat_digest(const char *alg, const void *data, size_t length,
                         uint8_t out[PLAT_DIGEST_BYTES_MAX], size_t *out_length)
{
    plat_digest_kind_t kind;

    ZK_ASSERT(alg != NULL);
    if (!plat_digest_find(&kind, alg))
        return APR_ENOTIMPL;
    return plat_digest_kind(kind, data, length, out, out_length);
}
