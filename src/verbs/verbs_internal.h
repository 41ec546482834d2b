/* verbs_internal.h -- shared by the files that make up the verbs. */
#ifndef ZK_VERBS_VERBS_INTERNAL_H
#define ZK_VERBS_VERBS_INTERNAL_H

#include "config/config.h"
#include "verbs/instance.h"
#include "verbs/verbs.h"

enum { ZK_VERB_OK = 0, ZK_VERB_FAILED = 1, ZK_VERB_USAGE = 2 };

/* The words of one call, sorted. */
typedef struct zk_verb_words {
    const char *config_dir;      /* of --config; NULL without */
    const char *config;          /* the CONFIG word; NULL without */
    apr_array_header_t *defines; /* of const char *: the -D words */
    apr_array_header_t *rest;    /* of const char *: words that only the verb understands */
    const char *service;         /* of -n, and then as found; NULL: not a service */
    int wait_seconds;            /* of --wait; 0 without */
} zk_verb_words_t;

/* Each does its verb and returns the exit code.  The header line is printed already. */
int zk_verb_start(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance);
int zk_verb_stop(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance);
int zk_verb_status(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance);
int zk_verb_live(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance);
int zk_verb_ready(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance);
int zk_verb_cluster(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance);
int zk_verb_initialize(zk_verbs_t *verbs, const zk_verb_words_t *words,
                       const zk_instance_t *instance);

/* What the server of INSTANCE says it is ("follower"), in POOL; NULL when it does not serve. */
const char *zk_verb_mode(const zk_instance_t *instance, apr_pool_t *pool);

/* Why a server gave up, by what file PATH holds behind offset FROM; in POOL, perhaps "". */
const char *zk_verb_find_reason(const char *path, int64_t from, apr_pool_t *pool);

/* The configuration of INSTANCE as its server would read it: the environment's properties, then the
 * -D words, then the file.  Fills NOTE. */
apr_status_t zk_verb_load(zk_config_t **config, zk_verbs_t *verbs, const zk_verb_words_t *words,
                          const zk_instance_t *instance, zk_note_t *note);

/* The command line of the server of INSTANCE in the background, ended by NULL, in the pool of
 * VERBS. */
const char *const *zk_verb_command(zk_verbs_t *verbs, const zk_verb_words_t *words,
                                   const zk_instance_t *instance);

#endif
