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
    {"reply_before_sync", "an answer that comes before the sync it rests on", true, 40},
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
