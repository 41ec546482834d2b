/* service.h -- the verbs about services of Windows; elsewhere they say that there are none. */
#ifndef ZK_VERBS_SERVICE_H
#define ZK_VERBS_SERVICE_H

#include "verbs/verbs_internal.h"

/* Verbs of their own; like all verbs they return the exit code. */
int zk_verb_install(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance);
int zk_verb_config(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance);
int zk_verb_list(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance);
int zk_verb_uninstall(zk_verbs_t *verbs, const zk_verb_words_t *words,
                      const zk_instance_t *instance);

/* Find the service that WORDS are about: the one they name, else the one that runs INSTANCE, else
 * if one is NEEDED that of the default name.  WORDS->service is NULL afterwards when there is none,
 * and that is ZK_VERB_OK unless one is NEEDED.  Otherwise INSTANCE becomes the service's, and
 * relative paths are taken from where it takes them. */
int zk_service_find(zk_verbs_t *verbs, zk_verb_words_t *words, const zk_instance_t **instance,
                    bool needed);

/* What the verbs of these names do to the service that WORDS->service names. */
int zk_service_start(zk_verbs_t *verbs, const zk_verb_words_t *words,
                     const zk_instance_t *instance);
int zk_service_stop(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance);
int zk_service_status(zk_verbs_t *verbs, const zk_verb_words_t *words,
                      const zk_instance_t *instance);

/* What zk_verb_uninstall does, for a server whose files go as well: no word of what is kept. */
int zk_service_retire(zk_verbs_t *verbs, const zk_verb_words_t *words,
                      const zk_instance_t *instance);

#endif
