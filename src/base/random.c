/* random.c -- xoshiro256** by Blackman and Vigna, seeded through splitmix64.
 *
 * Not for secrets: session passwords and keys come from the system's generator.
 */
#include "base/random.h"

#include "base/status.h"

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

void zk_random_seed(zk_random_t *random, uint64_t seed)
{
    size_t i;

    for (i = 0; i < 4; i++) /* four outputs of splitmix are never all zero */
        random->state[i] = splitmix(&seed);
}

uint64_t zk_random_next(zk_random_t *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t zk_random_below(zk_random_t *random, uint64_t bound)
{
    uint64_t uneven; /* values below it would make the low results more likely */
    uint64_t value;

    ZK_ASSERT(bound > 0);
    uneven = (0 - bound) % bound;
    do {
        value = zk_random_next(random);
    } while (value < uneven);
    return value % bound;
}
