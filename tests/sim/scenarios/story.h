/* story.h -- scripted runs: an old fault's situation, played out on purpose.
 *
 * A story sets up the parameters and then says what befalls whom.  It asserts little itself: the
 * checkers look after every step, and at its end everything heals and must make progress, as after
 * chaos.  Each story names the mutation that takes the cure out; `sim_mutants --mutants` proves
 * that the story then fails. */
#ifndef SIM_STORY_H
#define SIM_STORY_H

#include "sim/sim.h"

typedef struct story {
    const char *name, *sentence;
    const char *mutation; /* NULL: proved by its own assertions */
    void (*setup)(sim_config_t *config);
    void (*play)(sim_t *sim, int variant);
    int variants; /* played for 0 <= variant < variants, each from another seed */
} story_t;

extern const story_t sim_stories_sync[], sim_stories_disk[],
    sim_stories_leading[]; /* NULL name ends */

/* Run on until somebody leads and WANTED servers serve; fails the run when that takes too long. */
sim_server_t *story_leader(sim_t *sim, int wanted);
/* The NUMBERth voter that does not lead. */
sim_server_t *story_follower(sim_t *sim, int number);
void story_pass(sim_t *sim, int64_t ms);
/* Until COUNT more transactions are committed. */
void story_commits(sim_t *sim, int64_t count);
/* Until SERVER serves. */
void story_serves(sim_t *sim, sim_server_t *server);
/* SERVER hears and reaches no other server; its clients stay. */
void story_cut(sim_t *sim, const sim_server_t *server, bool on);
/* No client asks for anything any more, but for its session; they do again. */
void story_hush(sim_t *sim, bool on);
/* Power off, for good; on again. */
void story_off(sim_t *sim, sim_server_t *server);
void story_on(sim_t *sim, sim_server_t *server);
void story_slow_disk(sim_t *sim, sim_server_t *server, int factor);
/* SERVER loses power at the NUMBERth action or disk operation from now on. */
void story_crash_at(sim_server_t *server, int number);

#endif
