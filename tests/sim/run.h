/* run.h -- runs in processes of their own, so that an assertion in one ends only that one. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "sim/sim.h"

enum { SIM_RUN_FAULTS_MAX = 256 };

typedef struct sim_run_options {
    bool trace, only_alone, only_together;
    int jobs;
    const char *mutation;
    bool left_out[SIM_RUN_FAULTS_MAX];
} sim_run_options_t;

/* Each returns the exit code: 0 when all was well. */
int sim_run_seed(const sim_run_options_t *options, uint64_t seed);
int sim_run_seeds(const sim_run_options_t *options, uint64_t from, uint64_t to);
int sim_run_twice(const sim_run_options_t *options, uint64_t seed);
int sim_shrink(const sim_run_options_t *options, uint64_t seed);
/* NAME NULL: all. */
int sim_run_scenarios(const sim_run_options_t *options, const char *name);
/* Each with its cure taken out: it must fail.  For the program with mutations. */
int sim_prove_scenarios(const sim_run_options_t *options, const char *name);
/* Checkers proved by seeds: with a mutation put in, one of a bounded number must fail. */
int sim_prove_seeds(const sim_run_options_t *options, const char *name);

/* What a run in another process came to. */
typedef struct sim_outcome {
    bool finished; /* false: the process died */
    bool failed;
    uint64_t trace_hash;
    int faults_count;
    sim_stats_t stats;
    char failure[512];
} sim_outcome_t;

void sim_outcome_of(const sim_t *sim, sim_outcome_t *outcome);

typedef void sim_run_job_t(const void *what, const sim_run_options_t *options, uint64_t number,
                           sim_outcome_t *outcome);
/* JOB in a process of its own. */
void sim_run_job_apart(sim_run_job_t *job, const void *what, const sim_run_options_t *options,
                       uint64_t number, sim_outcome_t *outcome);
void sim_run_apart(const sim_run_options_t *options, uint64_t seed, sim_outcome_t *outcome);

/* Put the fault NAME (NULL: none) back; false when this program cannot. */
bool sim_mutate(const char *name);

#endif
