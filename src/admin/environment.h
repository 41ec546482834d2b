/* environment.h -- who we are and where we run: the version line, and the list that `envi` and the
 * first log lines show. */
#ifndef ZK_ADMIN_ENVIRONMENT_H
#define ZK_ADMIN_ENVIRONMENT_H

/* "3.9.5-paddock-<version>, built on <date> <time> UTC": the ZooKeeper release we behave like, then
 * our own.  Tools take it apart; the form must stay. */
const char *zk_environment_version(void);

/* Call VISIT(BATON, key, value) for each key of upstream's list, in its order.  The strings are
 * good during the call. What only a Java machine has is "<NA>".  May ask the system's user
 * database: not for a busy thread. */
void zk_environment_visit(void (*visit)(void *baton, const char *key, const char *value),
                          void *baton);

#endif
