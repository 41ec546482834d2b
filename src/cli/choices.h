/* choices.h -- what Tab found, as the bodies of the editor use it: pure text. */
#ifndef ZK_CLI_CHOICES_H
#define ZK_CLI_CHOICES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "cli/edit.h"

/* What becomes of the word before the cursor: append to TEXT what all of CHOICES (at least one)
 * have in common, with a blank behind where there is only one.  False, and nothing appended, when
 * that is what WORD (SIZE bytes) says already, so that the choices are to be listed. */
bool zk_choices_grow(zk_buffer_t *text, const zk_edit_choices_t *choices, const char *word,
                     size_t size);

/* Append CHOICES in as many columns as fit into COLUMNS of a terminal, read downwards, each row
 * with a line end. */
void zk_choices_list(zk_buffer_t *text, const zk_edit_choices_t *choices, int columns);

#endif
