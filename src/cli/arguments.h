/* arguments.h -- from a typed line to words, and from words to options and positionals.
 *
 * Facts: upstream ZooKeeperMain.MyCommandOptions (the line) and commons-cli's DefaultParser (the
 * options), as the CLI notes record them; what is more lenient here is marked in arguments.c. */
#ifndef ZK_CLI_ARGUMENTS_H
#define ZK_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "base/status.h"

enum { ZK_CLI_OPTIONS_MAX = 8 };

typedef struct zk_cli_words {
    int count;
    const char **items;
} zk_cli_words_t;

/* The words of LINE, in POOL.  Where KEEP_QUOTES, they end at blanks (U+0020) and nothing else
 * means anything.  Else:  A word that is wholly in quotes loses them; a quote inside a word is
 * data; a quote without its partner is skipped. */
void zk_cli_split_line(zk_cli_words_t *words, const char *line, bool keep_quotes, apr_pool_t *pool);

typedef struct zk_cli_arguments {
    zk_cli_words_t words; /* positionals; the command itself is not among them */
    int count;            /* options given */
    struct {
        char name[16];
        const char *value; /* "" for an option without argument */
    } options[ZK_CLI_OPTIONS_MAX];
} zk_cli_arguments_t;

/* Sort the words after the command (WORDS->items[0]) into options, as SPEC of commands.def allows
 * them, and positionals. Returns false with a sentence in NOTE for an unknown option or one without
 * its argument.  Everything is in POOL. */
bool zk_cli_parse_arguments(zk_cli_arguments_t *arguments, const zk_cli_words_t *words,
                            const char *spec, apr_pool_t *pool, zk_note_t *note);

/* The value of option NAME ("" where it takes none), or NULL when it was not given. */
const char *zk_cli_option(const zk_cli_arguments_t *arguments, const char *name);

static inline bool zk_cli_has(const zk_cli_arguments_t *arguments, const char *name)
{
    return zk_cli_option(arguments, name) != NULL;
}

/* TEXT as a decimal number within MIN and MAX; false when it is not one. */
bool zk_cli_parse_number(int64_t *number, const char *text, int64_t min, int64_t max);

#endif
