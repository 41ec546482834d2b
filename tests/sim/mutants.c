/* mutants.c -- checkers proved by seeds: with a fault put into the brain, one of a bounded number
 * of seeds must fail. */
#include "sim/run.h"

#include <stdio.h>
#include <string.h>

typedef struct mutant {
    const char *name, *sentence;
    bool alone;
    uint64_t seeds;
} mutant_t;

static const mutant_t mutants[] = {
    {"read_overtakes_write", "a read that does not wait for the writes before it", true, 40},
    {"missed_event_not_told", "a change while away that is not told at the return", true, 40},
    {"ack_before_sync", "an ack that comes before the sync it stands for", false, 60},
    {"ackepoch_before_saved", "an epoch accepted in memory only", false, 60},
    {"committed_by_leader_alone", "commits without a quorum", false, 60},
    {"diff_instead_of_trunc", "a learner that keeps what nobody committed", false, 200},
    {"pings_touch_nothing", "sessions that only learners hear of", false, 60},
    {NULL, NULL, false, 0}};

static bool is_noticed(const sim_run_options_t *options, const mutant_t *mutant)
{
    sim_run_options_t mutated = *options;
    uint64_t seed;

    mutated.mutation = mutant->name;
    mutated.only_alone = mutant->alone;
    sim_mutate(mutant->name);
    for (seed = 1; seed <= mutant->seeds; seed++) {
        sim_outcome_t outcome;

        sim_run_apart(&mutated, seed, &outcome);
        if (!outcome.failed)
            continue;
        printf("%-28s seed %" PRIu64 ": %s\n", mutant->name, seed, outcome.failure);
        sim_mutate(NULL);
        return true;
    }
    sim_mutate(NULL);
    printf("FAILED: no seed up to %" PRIu64 " notices %s, %s\n", mutant->seeds, mutant->name,
           mutant->sentence);
    return false;
}

int sim_prove_seeds(const sim_run_options_t *options, const char *name)
{
    const mutant_t *mutant;
    int noticed = 0, failed = 0;

    for (mutant = mutants; mutant->name != NULL; mutant++) {
        if (name != NULL && strcmp(name, mutant->name) != 0)
            continue;
        if (is_noticed(options, mutant))
            noticed++;
        else
            failed++;
    }
    printf("%d mutants noticed, %d not\n", noticed, failed);
    return failed == 0 ? 0 : 1;
}
