/* cluster.h -- several servers of one ensemble on one machine: their directories and
 * configurations.
 *
 * Below one directory each server has a directory of its own with its zoo.cfg (or conf/zoo.cfg, as
 * in an unpacked release).  That is all the state there is: what belongs to the cluster is read
 * from there each time, so it may as well have been laid out by hand. */
#ifndef ZK_VERBS_CLUSTER_H
#define ZK_VERBS_CLUSTER_H

#include <stdbool.h>
#include <stdio.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "base/status.h"
#include "verbs/instance.h"

#define ZK_CLUSTER_SERVERS_MAX 99

typedef struct zk_cluster_member {
    const char *name;        /* of its directory, or its configuration file */
    zk_instance_t *instance; /* output goes to `logs` beside its configuration */
} zk_cluster_member_t;

typedef struct zk_cluster {
    const char *dir;
    apr_array_header_t *members; /* of zk_cluster_member_t, by name, numbers as numbers */
} zk_cluster_t;

/* How a new one shall look. */
typedef struct zk_cluster_plan {
    const char *dir;      /* DIR/1/zoo.cfg, DIR/2/zoo.cfg ... */
    const char *data_dir; /* DATA_DIR/1 ...; NULL: DIR/1/data ... */
    int count;
    int client_port; /* of the first; the others follow, quorum and election ports at fixed
                        distances */
} zk_cluster_plan_t;

/* From client port to quorum and election port: 2181, 2888, 3888 as in every tutorial. */
enum { ZK_CLUSTER_QUORUM_DISTANCE = 707, ZK_CLUSTER_ELECTION_DISTANCE = 1707 };

/* The servers below DIR.  ZK_E_NOT_FOUND when there are none. */
apr_status_t zk_cluster_find(zk_cluster_t **cluster, const char *dir, apr_pool_t *pool,
                             zk_note_t *note);

/* The servers of the COUNT configuration FILES. */
zk_cluster_t *zk_cluster_of_files(const char *const *files, int count, apr_pool_t *pool);

/* Make directories, configurations and myid files.  Nothing that is there is overwritten: fails
 * when one of the server directories exists. */
apr_status_t zk_cluster_lay_out(const zk_cluster_plan_t *plan, apr_pool_t *pool, zk_note_t *note);

/* Was MEMBER made by zk_cluster_lay_out? Only then is its directory ours to remove. */
bool zk_cluster_is_laid_out(const zk_cluster_member_t *member, apr_pool_t *scratch);

/* zk_config_compare for the servers of CLUSTER. */
int zk_cluster_check(const zk_cluster_t *cluster, FILE *out, apr_pool_t *pool);

#endif
