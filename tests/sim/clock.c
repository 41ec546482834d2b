/* clock.c -- the order of things, and what the servers' clocks make of it.
 *
 * One heap of jobs by (time, order of creation).  A server's monotonic clock runs at a rate of its
 * own and never back; its wall clock may jump. */
#include "sim/sim.h"

static bool before(const sim_job_t *a, const sim_job_t *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void sim_at(sim_t *sim, int64_t at_us, sim_run_t *run, void *object, uint64_t a, uint64_t b)
{
    sim_job_t job = {
        at_us < sim->now_us ? sim->now_us : at_us, sim->jobs_made++, run, object, a, b};
    size_t at;

    if (sim->jobs_count == sim->jobs_capacity) {
        sim->jobs_capacity = sim->jobs_capacity == 0 ? 1024 : sim->jobs_capacity * 2;
        sim->jobs = zk_realloc(sim->jobs, sim->jobs_capacity * sizeof(*sim->jobs));
    }
    at = sim->jobs_count++;
    while (at > 0 && before(&job, &sim->jobs[(at - 1) / 2])) {
        sim->jobs[at] = sim->jobs[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sim->jobs[at] = job;
}

static sim_job_t pop(sim_t *sim)
{
    sim_job_t top = sim->jobs[0];
    sim_job_t last = sim->jobs[--sim->jobs_count];
    size_t at = 0, child;

    while ((child = at * 2 + 1) < sim->jobs_count) {
        if (child + 1 < sim->jobs_count && before(&sim->jobs[child + 1], &sim->jobs[child]))
            child++;
        if (!before(&sim->jobs[child], &last))
            break;
        sim->jobs[at] = sim->jobs[child];
        at = child;
    }
    if (sim->jobs_count > 0)
        sim->jobs[at] = last;
    return top;
}

bool sim_next(sim_t *sim, int64_t until_us)
{
    sim_job_t job;

    if (sim->jobs_count == 0 || sim->jobs[0].at_us > until_us) {
        if (sim->now_us < until_us)
            sim->now_us = until_us;
        return false;
    }
    job = pop(sim);
    ZK_ASSERT(job.at_us >= sim->now_us);
    sim->now_us = job.at_us;
    sim->stats.jobs++;
    job.run(sim, job.object, job.a, job.b);
    return true;
}

void sim_jobs_free(sim_t *sim)
{
    zk_free(sim->jobs);
    sim->jobs = NULL;
    sim->jobs_count = 0;
}

void sim_clock_init(sim_clock_t *clock, int64_t mono_us, int64_t wall_us)
{
    clock->base_true_us = 0;
    clock->base_mono_us = mono_us;
    clock->rate_ppm = 1000000;
    clock->wall_offset_us = wall_us - mono_us;
}

static int64_t mono_us(const sim_clock_t *clock, int64_t now_us)
{
    int64_t gone = now_us - clock->base_true_us;

    return clock->base_mono_us + gone / 1000 * clock->rate_ppm / 1000 +
           gone % 1000 * clock->rate_ppm / 1000000;
}

void sim_clock_set_rate(sim_clock_t *clock, int64_t now_us, int64_t rate_ppm)
{
    clock->base_mono_us = mono_us(clock, now_us);
    clock->base_true_us = now_us;
    clock->rate_ppm = rate_ppm;
}

int64_t sim_clock_mono_ms(const sim_clock_t *clock, int64_t now_us)
{
    return mono_us(clock, now_us) / 1000;
}

int64_t sim_clock_wall_ms(const sim_clock_t *clock, int64_t now_us)
{
    return (mono_us(clock, now_us) + clock->wall_offset_us) / 1000;
}
