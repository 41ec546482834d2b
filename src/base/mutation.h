/* mutation.h -- a known fault put back on purpose, to prove that a test would notice it.
 *
 * `if (!ZK_MUTATION(name))` around a cure: a constant in every build but that of the simulator's mutants,
 * where the name chosen on the command line is the one that is true. */
#ifndef ZK_BASE_MUTATION_H
#define ZK_BASE_MUTATION_H

#include <stdbool.h>

#ifdef ZK_MUTANTS
/* Is NAME the mutation of this run?  Defined by the program. */
bool zk_mutation_is(const char *name);
#define ZK_MUTATION(name) zk_mutation_is(#name)
#else
#define ZK_MUTATION(name) false
#endif

#endif
