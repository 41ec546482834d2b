/* edit.h -- a line typed at a terminal: editing, recalled lines, completion.
 *
 * Bodies: unix/edit_libedit.c, unix/edit_none.c (where libedit is missing) and win/edit_console.c.
 * Where there is no editor, zk_edit_open returns NULL and lines are read as from a pipe, with a
 * prompt.
 *
 * Invariants
 *   1. One thread: the session is given its time from inside zk_edit_read, so events and completion
 *      need no lock.
 *   2. The terminal is in the editor's mode only inside zk_edit_read; in between, Ctrl-C ends the
 *      process as the system does it.
 *   3. What is written while a line is edited goes between zk_edit_leave and the redraw that
 * follows the hook. */
#ifndef ZK_CLI_EDIT_H
#define ZK_CLI_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <apr_pools.h>
#include <apr_portable.h>

typedef struct zk_edit zk_edit_t;

typedef enum zk_edit_result {
    ZK_EDIT_LINE,
    ZK_EDIT_END,       /* Ctrl-D on an empty line, the end of input, or the terminal is gone */
    ZK_EDIT_INTERRUPT, /* Ctrl-C on an empty line */
    ZK_EDIT_DISCARDED  /* Ctrl-C on a line that is thrown away */
} zk_edit_result_t;

/* What the word before the cursor can become. */
typedef struct zk_edit_choices {
    size_t start; /* offset of the word in the line */
    int count;
    const char **items; /* whole words, sorted; good until the next call of the hook */
} zk_edit_choices_t;

typedef struct zk_edit_hooks {
    void *baton;

    /* The text before the line; good until the next call. */
    const char *(*prompt)(void *baton);

    /* A socket to wait for besides the keyboard, how, and at most how many milliseconds; false when
     * there is no socket. */
    bool (*interest)(void *baton, apr_os_sock_t *os_socket, bool *reads, bool *writes,
                     int64_t *wait_ms);

    /* That socket is ready, or the time has passed.  May write to the terminal after zk_edit_leave.
     */
    void (*step)(void *baton);

    void (*complete)(void *baton, const char *line, size_t cursor, zk_edit_choices_t *choices);
} zk_edit_hooks_t;

/* An editor on standard input and output, in POOL; HOOKS stay the caller's and must outlive it.
 * NULL when there is none here. */
zk_edit_t *zk_edit_open(const zk_edit_hooks_t *hooks, apr_pool_t *pool);

/* Read a line into *LINE, without its line end, good until the next call. */
zk_edit_result_t zk_edit_read(zk_edit_t *edit, const char **line);

/* From a hook: text is about to be written.  Puts the cursor behind the line being edited, which is
 * shown again after the hook, or where LATER when the next key is pressed.  May be
 * called again.  True when the cursor stands behind something, so that a line end is due first. */
bool zk_edit_leave(zk_edit_t *edit, bool later);

/* LINE can be recalled. */
void zk_edit_remember(zk_edit_t *edit, const char *line);

/* Columns of the terminal on standard output; 80 where nobody knows. */
int zk_edit_columns(void);

/* Whether standard output, or else standard error, is a terminal. */
bool zk_edit_output_is_terminal(bool error);

#endif
