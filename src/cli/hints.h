/* hints.h -- what a line pasted from a web page or a book often has in the place of ASCII. */
#ifndef ZK_CLI_HINTS_H
#define ZK_CLI_HINTS_H

#include "base/buffer.h"
#include "cli/arguments.h"

/* A command with WORDS has failed: append a line to OUT where a word looks like an option with a
 * typographic dash, like quoted text with typographic quotes, or holds a blank that is none. */
void zk_cli_hint_typography(zk_buffer_t *out, const zk_cli_words_t *words);

#endif
