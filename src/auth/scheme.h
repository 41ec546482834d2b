/* scheme.h -- who a connection is, and whether that matches an ACL entry.
 *
 * A connection carries a set of identities {scheme, id}.  Sets are immutable and counted: a request keeps the set
 * its connection had when the request was read, so a later auth packet never changes what an earlier request may
 * do.  Schemes are one table: name, how a credential becomes an identity, which ACL ids are valid, how they match.
 *
 * Facts: upstream server/auth, AuthenticationHelper.java, PrepRequestProcessor.fixupACL. */
#ifndef ZK_AUTH_SCHEME_H
#define ZK_AUTH_SCHEME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "wire/code.h"
#include "wire/records.h"

/* What the configuration says about authentication.  Strings belong to the configuration, NULL where unset. */
typedef struct zk_auth_config {
    bool digest_enabled;             /* DigestAuthenticationProvider.enabled */
    const char *digest_algorithm;    /* DigestAuthenticationProvider.digestAlg, "SHA1" */
    const char *super_digest;        /* DigestAuthenticationProvider.superDigest */
    bool skip_acl;                   /* zookeeper.skipACL is exactly "yes" */
    const char *ensemble_names;      /* zookeeper.ensembleAuthName, comma list */
    bool enforce_enabled;            /* enforce.auth.enabled, sessionRequireClientSASLAuth */
    const char *enforce_schemes;     /* enforce.auth.schemes, comma list */
} zk_auth_config_t;

typedef struct zk_identities zk_identities_t;

/* A set holding only ip:ADDRESS (a fresh connection).  One reference, the caller's. */
zk_identities_t *zk_identities_for_address(zk_str_t address);
/* SET with {SCHEME, ID} added (a new set, unless it was there: then SET held once more). */
zk_identities_t *zk_identities_with(zk_identities_t *set, zk_str_t scheme, zk_str_t id);
/* The COUNT entries at IDS, an address first, as another server names them.  *ALL tells whether
 * they were not too many for one connection: the rest is left out. */
zk_identities_t *zk_identities_of(const zk_id_t *ids, int32_t count, bool *all);
zk_identities_t *zk_identities_hold(zk_identities_t *set);
void zk_identities_release(zk_identities_t *set);
/* The identities, good as long as SET is held. */
int32_t zk_identities_count(const zk_identities_t *set);
zk_id_t zk_identities_at(const zk_identities_t *set, int32_t index);
/* True when an identity of scheme "super" is in SET. */
bool zk_identities_is_super(const zk_identities_t *set);

typedef enum zk_auth_outcome {
    ZK_AUTH_OK,            /* *IDENTITIES replaced where the credential gave an identity */
    ZK_AUTH_FAILED,        /* answer -115, then close */
    ZK_AUTH_CLOSE_SILENTLY /* ensemble name mismatch: close without a word */
} zk_auth_outcome_t;

/* Handle an auth packet: SCHEME (may be null) with credential AUTH (may be null).  On success *IDENTITIES is
 * released and replaced by the larger set. */
zk_auth_outcome_t zk_auth_authenticate(const zk_auth_config_t *config, zk_identities_t **identities,
                                       zk_str_t scheme, zk_str_t auth);

/* Is SCHEME (may be null) one that an auth packet can name here? */
bool zk_auth_has_scheme(const zk_auth_config_t *config, zk_str_t scheme);
/* Append the names of all such schemes to TEXT, a blank behind each. */
void zk_auth_list_schemes(const zk_auth_config_t *config, zk_buffer_t *text);

/* "user:password" -> "user:BASE64(digest(user:password))" in ARENA, null when the algorithm is unknown. */
zk_str_t zk_auth_digest_id(const zk_auth_config_t *config, zk_str_t credential, zk_arena_t *arena);

/* Does ACL entry ID {scheme, id} match one of IDENTITIES (world, equality, ip prefix ...)? */
bool zk_auth_matches(const zk_auth_config_t *config, const zk_id_t *id,
                     const zk_identities_t *identities);

/* The list a create or setACL stores: duplicates dropped, `auth` expanded, every entry validated.  *FIXED (items in
 * ARENA, views into LIST and IDENTITIES).  ZK_CODE_OK, ZK_CODE_INVALID_ACL, or ZK_CODE_MARSHALLING_ERROR where
 * upstream answers -5 (null id). */
zk_code_t zk_auth_fix_acl(const zk_auth_config_t *config, zk_acl_vector_t *fixed,
                          const zk_acl_vector_t *list, const zk_identities_t *identities,
                          zk_arena_t *arena);

/* User name of an identity as whoAmI and the audit log show it: digest: before ':'; super: empty; else the id. */
zk_str_t zk_auth_user_name(const zk_id_t *id);

/* Enforced authentication: may a connection with IDENTITIES send ordinary requests? */
bool zk_auth_enforced_ok(const zk_auth_config_t *config, const zk_identities_t *identities);

#endif
