/* provider.h -- private to auth/: the questions that scheme.c's table asks of single schemes. */
#ifndef ZK_AUTH_PROVIDER_H
#define ZK_AUTH_PROVIDER_H

#include <stdbool.h>

#include "auth/scheme.h"

/* The most identities one connection may gather. */
#define ZK_AUTH_IDENTITIES_MAX 1024
/* The most text in them: requests that wait hold the set of their moment, so this is what each can
 * cost. */
#define ZK_AUTH_IDENTITIES_BYTES_MAX ((size_t)64 * 1024)

/* ---- ip.c: EXPRESSION is "address" or "address/bits" ---- */
bool zk_ip_is_valid(zk_str_t expression);
bool zk_ip_matches(zk_str_t address, zk_str_t expression);

/* ---- digest.c: ids are "user:hash" ---- */
bool zk_digest_id_is_valid(zk_str_t id);

#endif
