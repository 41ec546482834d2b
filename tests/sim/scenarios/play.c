/* play.c -- plays the stories, and proves them: with the cure taken out each must fail. */
#include "sim/run.h"
#include "sim/scenarios/story.h"

#include <stdio.h>
#include <string.h>

/* A quiet, quick ensemble of three under load. */
static void usual(sim_config_t *config)
{
    static const int weights[SIM_OP_KINDS] = {8, 20, 20, 3, 10, 4, 4, 6, 10, 6, 6, 4, 2, 1, 1};

    memset(config, 0, sizeof(*config));
    config->in_ensemble = true;
    config->voters = 3;
    config->tick_ms = 200;
    config->init_limit = 10;
    config->sync_limit = 4;
    config->snap_count = 100;
    config->history_count_max = 500;
    config->link_bytes_max = 64 * 1024 * 1024;
    config->observer_logs = true;
    config->trunc_peers = true;
    config->leader_serves = true;
    config->notification_max_ms = 1000;
    config->epoch_wait_max_ms = 600;
    config->clients = 4;
    config->session_timeout_ms = 2000;
    config->think_us = 10 * SIM_MS;
    config->outstanding_max = 4;
    config->net_min_us = 100;
    config->net_max_us = 800;
    config->sync_min_us = 300;
    config->sync_max_us = 1500;
    config->chaos_us = 0;
    config->calm_us = 6 * SIM_SECOND;
    memcpy(config->op_weights, weights, sizeof(weights));
}

static void play(const void *what, const sim_run_options_t *options, uint64_t variant,
                 sim_outcome_t *outcome)
{
    const story_t *story = what;
    sim_config_t config;
    sim_t *sim;

    usual(&config);
    story->setup(&config);
    sim = sim_create(&config, 1000 + variant);
    sim->trace = options->trace;
    story->play(sim, (int)variant);
    sim->config.chaos_us = sim->now_us;
    if (!sim->failed)
        sim_run(sim);
    sim_outcome_of(sim, outcome);
    sim_destroy(sim);
}

static const story_t *const lists[] = {sim_stories_sync, sim_stories_disk, sim_stories_leading};

typedef bool each_t(const sim_run_options_t *options, const story_t *story);

static bool play_all_variants(const sim_run_options_t *options, const story_t *story)
{
    int variant;

    for (variant = 0; variant < story->variants; variant++) {
        sim_outcome_t outcome;

        sim_run_job_apart(play, story, options, (uint64_t)variant, &outcome);
        if (outcome.failed) {
            printf("FAILED: %s, %s: variant %d: %s\n", story->name, story->sentence, variant,
                   outcome.failure);
            printf("replay: sim --scenario '%s' --trace\n", story->name);
            return false;
        }
    }
    printf("%-12s %s\n", story->name, story->sentence);
    return true;
}

/* The story must fail in one of its variants when its cure is taken out.  Which ones do changes
 * with every change of timing, so how many do is told: a story that few notice wants to be told
 * better. */
static bool prove(const sim_run_options_t *options, const story_t *story)
{
    sim_run_options_t mutated = *options;
    sim_outcome_t noticed;
    int variant, count = 0;

    if (story->mutation == NULL) {
        printf("%-12s has no mutation, its row says why\n", story->name);
        return true;
    }
    mutated.mutation = story->mutation;
    sim_mutate(story->mutation);
    for (variant = 0; variant < story->variants; variant++) {
        sim_outcome_t outcome;

        sim_run_job_apart(play, story, &mutated, (uint64_t)variant, &outcome);
        if (outcome.failed && count++ == 0)
            noticed = outcome;
    }
    sim_mutate(NULL);
    if (count > 0)
        printf("%-12s without %s, %d of %d variants: %s\n", story->name, story->mutation, count,
               story->variants, noticed.failure);
    else
        printf("FAILED: %s does not notice that '%s' was taken out\n", story->name,
               story->mutation);
    return count > 0;
}

static int for_each(const sim_run_options_t *options, const char *name, each_t *each,
                    const char *word)
{
    int passed = 0, failed = 0;
    size_t i;

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const story_t *story;

        for (story = lists[i]; story->name != NULL; story++) {
            if (name != NULL && strcmp(name, story->name) != 0 &&
                (story->mutation == NULL || strcmp(name, story->mutation) != 0))
                continue;
            if (each(options, story))
                passed++;
            else
                failed++;
        }
    }
    printf("%d scenarios %s, %d failed\n", passed, word, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

int sim_run_scenarios(const sim_run_options_t *options, const char *name)
{
    return for_each(options, name, play_all_variants, "passed");
}

int sim_prove_scenarios(const sim_run_options_t *options, const char *name)
{
    return for_each(options, name, prove, "proved or explained");
}
