/* run.c -- seeds, one by one or many side by side, and what they add up to. */
#include "sim/run.h"

#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mutation.h"

#ifdef ZK_MUTANTS
static const char *mutation;

bool zk_mutation_is(const char *name)
{
    return mutation != NULL && strcmp(mutation, name) == 0;
}

bool sim_mutate(const char *name)
{
    mutation = name;
    return true;
}
#else
bool sim_mutate(const char *name)
{
    return name == NULL;
}
#endif

void sim_outcome_of(const sim_t *sim, sim_outcome_t *outcome)
{
    outcome->finished = true;
    outcome->failed = sim->failed;
    outcome->trace_hash = sim->trace_hash;
    outcome->faults_count = sim->faults_count;
    outcome->stats = sim->stats;
    outcome->stats.sim_us = sim->now_us;
    memcpy(outcome->failure, sim->failure, sizeof(outcome->failure));
}

static void run(const void *what, const sim_run_options_t *options, uint64_t seed,
                sim_outcome_t *outcome)
{
    sim_config_t config;
    sim_t *sim;
    int i;

    (void)what;
    sim_config_draw(&config, seed);
    if (options->only_alone && config.in_ensemble) {
        config.in_ensemble = false;
        config.voters = 1;
        config.observers = 0;
        config.first_zxid = 0;
        config.first_counter = 0;
    }
    sim = sim_create(&config, seed);
    sim->trace = options->trace;
    for (i = 0; i < sim->faults_count && i < SIM_RUN_FAULTS_MAX; i++)
        sim->faults[i].left_out = options->left_out[i];
    sim_run(sim);
    sim_outcome_of(sim, outcome);
    sim_destroy(sim);
}

/* ---- in a process of its own ---- */

enum { CHILD_SECONDS_MAX = 120 };

static bool read_all(int fd, void *to, size_t size)
{
    char *at = to;

    while (size > 0) {
        ssize_t got = read(fd, at, size);

        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

typedef struct child {
    pid_t pid;
    int fd;
    uint64_t seed;
} child_t;

static bool begin_child(sim_run_job_t *job, const void *what, const sim_run_options_t *options,
                        uint64_t seed, child_t *child)
{
    int ends[2];

    if (pipe(ends) != 0)
        return false;
    fflush(stdout);
    child->seed = seed;
    child->pid = fork();
    if (child->pid == 0) {
        sim_outcome_t outcome;

        close(ends[0]);
        /* A loop without end is a failure too; only this process's own time counts. */
        setitimer(ITIMER_PROF, &(struct itimerval){.it_value = {.tv_sec = CHILD_SECONDS_MAX}},
                  NULL);
        memset(&outcome, 0, sizeof(outcome));
        job(what, options, seed, &outcome);
        fflush(stdout);
        _exit(write(ends[1], &outcome, sizeof(outcome)) == (ssize_t)sizeof(outcome) ? 0 : 1);
    }
    close(ends[1]);
    child->fd = ends[0];
    return child->pid > 0;
}

static void end_child(const child_t *child, sim_outcome_t *outcome)
{
    int status;

    memset(outcome, 0, sizeof(*outcome));
    if (!read_all(child->fd, outcome, sizeof(*outcome))) {
        memset(outcome, 0, sizeof(*outcome));
        snprintf(outcome->failure, sizeof(outcome->failure),
                 "the process died: an assertion, see above, or no end within 120 s");
        outcome->failed = true;
    }
    close(child->fd);
    while (waitpid(child->pid, &status, 0) < 0)
        continue;
}

void sim_run_job_apart(sim_run_job_t *job, const void *what, const sim_run_options_t *options,
                       uint64_t number, sim_outcome_t *outcome)
{
    child_t child;

    ZK_ASSERT(begin_child(job, what, options, number, &child));
    end_child(&child, outcome);
}

void sim_run_apart(const sim_run_options_t *options, uint64_t seed, sim_outcome_t *outcome)
{
    sim_run_job_apart(run, NULL, options, seed, outcome);
}

/* ---- reports ---- */

static void add_stats(sim_stats_t *sum, const sim_stats_t *stats)
{
    int64_t *to = (int64_t *)(void *)sum;
    const int64_t *from = (const int64_t *)(const void *)stats;
    size_t i;

    for (i = 0; i < sizeof(*sum) / sizeof(int64_t); i++)
        to[i] += from[i];
}

static void print_stats(const sim_stats_t *stats)
{
    int64_t faults = 0;
    int i;

    for (i = 0; i < SIM_FAULT_KINDS; i++)
        faults += stats->faults[i];
    printf("%.2f simulated hours, %" PRId64 " steps, %" PRId64 " commits, %" PRId64
           " answers, %" PRId64 " events, %" PRId64 " crashes, %" PRId64 " snapshots, %" PRId64
           " received, %" PRId64 " truncations, %" PRId64 " log reads, %" PRId64
           " damaged starts, %" PRId64 " expired\n",
           (double)stats->sim_us / 3.6e9, stats->steps, stats->commits, stats->answers,
           stats->events, stats->crashes, stats->snapshots, stats->snapshots_received,
           stats->truncations, stats->log_reads, stats->damaged_starts, stats->expired);
    printf("%" PRId64 " faults:", faults);
    for (i = 0; i < SIM_FAULT_KINDS; i++)
        if (stats->faults[i] > 0)
            printf(" %s %" PRId64 "%s", sim_fault_names[i], stats->faults[i],
                   i + 1 < SIM_FAULT_KINDS ? "," : "");
    printf("\n");
}

static void print_failure(const sim_run_options_t *options, uint64_t seed, const char *failure)
{
    printf("FAILED: seed %" PRIu64 ": %s\n", seed, failure);
    printf("replay: sim --seed %" PRIu64 " --trace%s%s%s%s\n", seed,
           options->only_alone ? " --alone" : "", options->only_together ? " --together" : "",
           options->mutation != NULL ? " --mutation " : "",
           options->mutation != NULL ? options->mutation : "");
}

int sim_run_seed(const sim_run_options_t *options, uint64_t seed)
{
    sim_outcome_t outcome;
    sim_config_t config;
    char text[512];

    memset(&outcome, 0, sizeof(outcome));
    sim_config_draw(&config, seed);
    sim_config_print(&config, text, sizeof(text));
    printf("seed %" PRIu64 ": %s\n", seed, text);
    run(NULL, options, seed, &outcome);
    print_stats(&outcome.stats);
    printf("trace hash %016" PRIx64 "\n", outcome.trace_hash);
    if (!outcome.failed)
        return 0;
    print_failure(options, seed, outcome.failure);
    return 1;
}

static bool is_wanted(const sim_run_options_t *options, uint64_t seed)
{
    sim_config_t config;

    sim_config_draw(&config, seed);
    return !options->only_together || config.in_ensemble;
}

int sim_run_seeds(const sim_run_options_t *options, uint64_t from, uint64_t to)
{
    enum { JOBS_MAX = 64 };
    child_t children[JOBS_MAX];
    int jobs = options->jobs < 1 ? 1 : options->jobs > JOBS_MAX ? JOBS_MAX : options->jobs;
    int first = 0, count = 0, failures = 0;
    uint64_t next = from, passed = 0;
    sim_stats_t sum;

    memset(&sum, 0, sizeof(sum));
    printf("seeds %" PRIu64 "..%" PRIu64 "\n", from, to);
    while (count > 0 || (next <= to && failures == 0)) {
        sim_outcome_t outcome;

        while (count < jobs && next <= to && failures == 0) {
            if (is_wanted(options, next) &&
                begin_child(run, NULL, options, next, &children[(first + count) % JOBS_MAX]))
                count++;
            next++;
        }
        if (count == 0)
            break;
        end_child(&children[first], &outcome);
        if (outcome.failed) {
            failures++;
            print_failure(options, children[first].seed, outcome.failure);
        } else {
            passed++;
        }
        add_stats(&sum, &outcome.stats);
        first = (first + 1) % JOBS_MAX;
        count--;
    }
    print_stats(&sum);
    printf("%" PRIu64 " seeds passed, %d failed\n", passed, failures);
    return failures == 0 ? 0 : 1;
}

int sim_run_twice(const sim_run_options_t *options, uint64_t seed)
{
    sim_outcome_t first, second;

    printf("seed %" PRIu64 " twice\n", seed);
    sim_run_apart(options, seed, &first);
    sim_run_apart(options, seed, &second);
    printf("trace hashes %016" PRIx64 " %016" PRIx64 "\n", first.trace_hash, second.trace_hash);
    return first.finished && second.finished && first.trace_hash == second.trace_hash ? 0 : 1;
}
