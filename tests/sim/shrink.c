/* shrink.c -- which faults does a failure need?
 *
 * Faults are left out in ever smaller groups as long as the run still fails, whatever the failure
 * then says: a shorter story is worth more than the same words.  Each trial is a process of its
 * own. */
#include "sim/run.h"

#include <stdio.h>
#include <string.h>

static bool still_fails(const sim_run_options_t *options, uint64_t seed, sim_outcome_t *outcome)
{
    sim_run_apart(options, seed, outcome);
    return outcome->failed;
}

static int count_left(const sim_run_options_t *options, int faults)
{
    int left = 0, i;

    for (i = 0; i < faults; i++)
        left += !options->left_out[i];
    return left;
}

/* Leave out the GROUP faults from FROM on. */
static bool try_without(sim_run_options_t *options, uint64_t seed, int from, int group, int faults)
{
    sim_run_options_t trial = *options;
    sim_outcome_t outcome;
    int i;
    bool any = false;

    for (i = from; i < from + group && i < faults; i++) {
        any |= !trial.left_out[i];
        trial.left_out[i] = true;
    }
    if (!any || !still_fails(&trial, seed, &outcome))
        return false;
    *options = trial;
    return true;
}

static void print_result(const sim_run_options_t *options, uint64_t seed, int faults)
{
    const char *comma = "";
    int i;

    printf("replay: sim --seed %" PRIu64 " --trace%s%s%s --without ", seed,
           options->only_alone ? " --alone" : "", options->mutation != NULL ? " --mutation " : "",
           options->mutation != NULL ? options->mutation : "");
    for (i = 0; i < faults; i++)
        if (options->left_out[i]) {
            printf("%s%d", comma, i);
            comma = ",";
        }
    printf("\n");
}

int sim_shrink(const sim_run_options_t *given, uint64_t seed)
{
    sim_run_options_t options = *given;
    sim_outcome_t outcome;
    int faults, group, from;

    printf("seed %" PRIu64 "\n", seed);
    options.trace = false;
    if (!still_fails(&options, seed, &outcome)) {
        printf("it does not fail\n");
        return 2;
    }
    faults = outcome.faults_count > 0 ? outcome.faults_count : SIM_RUN_FAULTS_MAX;
    for (group = faults; group >= 1; group /= 2)
        for (from = 0; from < faults; from += group)
            try_without(&options, seed, from, group, faults);
    still_fails(&options, seed, &outcome);
    printf("needs %d of %d faults: %s\n", count_left(&options, faults), faults, outcome.failure);
    print_result(&options, seed, faults);
    return 0;
}
