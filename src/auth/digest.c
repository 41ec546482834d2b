/* digest.c -- the scheme `digest`: who knows "user:password" is "user:BASE64(hash(user:password))".
 *
 * The hash runs over the whole credential, with its colon; a credential without one is its own user
 * name.
 *
 * Facts: upstream DigestAuthenticationProvider.java at 3.9.5. */
#include <string.h>

#include "auth/provider.h"
#include "base/plat.h"

#define ALGORITHM_DEFAULT "SHA1"

/* Standard base64 with padding; OUT has room for 4 bytes per begun 3 of SIZE.  Bytes written. */
static size_t encode_base64(char *out, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t written = 0;
    size_t i;

    for (i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t word = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (left > 2 ? (uint32_t)bytes[i + 2] : 0);

        out[written++] = digits[word >> 18];
        out[written++] = digits[word >> 12 & 63];
        out[written++] = '=';
        out[written++] = '=';
        if (left > 1)
            out[written - 2] = digits[word >> 6 & 63];
        if (left > 2)
            out[written - 1] = digits[word & 63];
    }
    return written;
}

zk_str_t zk_auth_digest_id(const zk_auth_config_t *config, zk_str_t credential, zk_arena_t *arena)
{
    const char *algorithm =
        config->digest_algorithm != NULL ? config->digest_algorithm : ALGORITHM_DEFAULT;
    size_t size = zk_str_size(credential);
    const char *colon = size > 0 ? memchr(credential.data, ':', size) : NULL;
    size_t user_size = colon != NULL ? (size_t)(colon - credential.data) : size;
    uint8_t hash[PLAT_DIGEST_BYTES_MAX];
    size_t hash_size = 0;
    char *id;

    if (plat_digest(algorithm, credential.data, size, hash, &hash_size) != APR_SUCCESS)
        return ZK_STR_NULL;
    id = zk_arena_alloc(arena, user_size + 1 + (hash_size + 2) / 3 * 4);
    if (user_size > 0)
        memcpy(id, credential.data, user_size);
    id[user_size] = ':';
    return zk_str_n(id, user_size + 1 + encode_base64(id + user_size + 1, hash, hash_size));
}

/* Exactly two parts at ':', where Java drops empty parts at the end but not at the beginning. */
bool zk_digest_id_is_valid(zk_str_t id)
{
    int colons = 0;
    int32_t i;

    while (id.length > 0 && id.data[id.length - 1] == ':')
        id.length--;
    for (i = 0; i < id.length; i++)
        colons += id.data[i] == ':';
    return colons == 1;
}
