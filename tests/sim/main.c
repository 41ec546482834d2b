/* main.c -- run seeds.
 *
 * - `sim --seed N [--trace] [--without I,J,...]`: one run; prints the seed first.
 *
 * - `sim --seeds A..B [--jobs N]`: many, each in a process of its own; stops at the first failure.
 *
 * - `sim --shrink N`: leaves out faults of a failing seed until none can go.
 *
 * - `sim --twice N`: the same seed twice must give equal traces.
 *
 * - `sim --scenario NAME | --scenarios`: scripted runs.
 *
 * - `sim_mutants --prove`: each cure taken out; its scenario, or a seed, must fail.
 *
 * `--alone` and `--together` leave only servers alone, only ensembles.  Ends with simulated hours
 * and faults by kind; a failure prints the command that replays it. */
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "sim/run.h"

static void usage(void)
{
    fprintf(
        stderr,
        "usage: sim --seed N [--trace] [--without I,J] | --seeds A..B [--jobs N] | --shrink N | "
        "--twice N | --scenarios | --scenario NAME [--trace]\n"
        "       sim_mutants --prove\n       [--alone | --together] [--mutation NAME]\n");
}

static bool parse_range(const char *text, uint64_t *from, uint64_t *to)
{
    char *end;

    *from = strtoull(text, &end, 10);
    if (strncmp(end, "..", 2) != 0)
        return false;
    *to = strtoull(end + 2, &end, 10);
    return *end == '\0' && *to >= *from;
}

static void leave_out(sim_run_options_t *options, const char *text)
{
    char *end;

    while (*text != '\0') {
        unsigned long number = strtoul(text, &end, 10);

        if (end == text || number >= SIM_RUN_FAULTS_MAX)
            return;
        options->left_out[number] = true;
        text = *end == ',' ? end + 1 : end;
    }
}

int main(int argc, char **argv)
{
    sim_run_options_t options = {.jobs = 1};
    uint64_t from = 0, to = 0;
    const char *verb = NULL, *name = NULL;
    FILE *null = fopen("/dev/null", "w"); /* what servers log is of no interest but in a trace */
    int i;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (null != NULL)
        zk_log_setup(null, ZK_LOG_ERROR, -1);
    for (i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--trace") == 0) {
            options.trace = true;
        } else if (strcmp(argv[i], "--alone") == 0) {
            options.only_alone = true;
        } else if (strcmp(argv[i], "--together") == 0) {
            options.only_together = true;
        } else if (strcmp(argv[i], "--jobs") == 0) {
            options.jobs = (int)strtol(next, NULL, 10);
            i++;
        } else if (strcmp(argv[i], "--without") == 0) {
            leave_out(&options, next);
            i++;
        } else if (strcmp(argv[i], "--mutation") == 0) {
            options.mutation = next;
            i++;
        } else if (strcmp(argv[i], "--scenarios") == 0 || strcmp(argv[i], "--prove") == 0) {
            verb = argv[i];
        } else if (strcmp(argv[i], "--scenario") == 0) {
            verb = argv[i];
            name = next;
            i++;
        } else if (strcmp(argv[i], "--seeds") == 0 && parse_range(next, &from, &to)) {
            verb = argv[i];
            i++;
        } else if (strcmp(argv[i], "--seed") == 0 || strcmp(argv[i], "--shrink") == 0 ||
                   strcmp(argv[i], "--twice") == 0) {
            verb = argv[i];
            from = strtoull(next, NULL, 10);
            i++;
        } else {
            usage();
            return 2;
        }
    }
    if (options.trace)
        zk_log_setup(stdout, ZK_LOG_INFO, -1);
    if (verb == NULL) {
        usage();
        return 2;
    }
    if (!sim_mutate(options.mutation)) {
        fprintf(stderr, "this program has no mutations; sim_mutants has\n");
        return 2;
    }
    if (strcmp(verb, "--seed") == 0)
        return sim_run_seed(&options, from);
    if (strcmp(verb, "--seeds") == 0)
        return sim_run_seeds(&options, from, to);
    if (strcmp(verb, "--shrink") == 0)
        return sim_shrink(&options, from);
    if (strcmp(verb, "--twice") == 0)
        return sim_run_twice(&options, from);
    if (strcmp(verb, "--prove") == 0) {
        int scenarios = sim_prove_scenarios(&options, options.mutation);
        int seeds = sim_prove_seeds(&options, options.mutation);

        return scenarios != 0 ? scenarios : seeds;
    }
    return sim_run_scenarios(&options, name);
}
