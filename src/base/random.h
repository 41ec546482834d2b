/* random.h -- a seeded generator: all randomness of the brain comes from one, so that a run can be
 * repeated from its seed. */
#ifndef ZK_BASE_RANDOM_H
#define ZK_BASE_RANDOM_H

#include <stdint.h>

typedef struct zk_random {
    uint64_t state[4]; /* xoshiro256** */
} zk_random_t;

/* Start RANDOM from SEED (any value). */
void zk_random_seed(zk_random_t *random, uint64_t seed);

/* 64 uniform bits. */
uint64_t zk_random_next(zk_random_t *random);

/* Uniform in [0, BOUND); BOUND > 0. */
uint64_t zk_random_below(zk_random_t *random, uint64_t bound);

#endif
