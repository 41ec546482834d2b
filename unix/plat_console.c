/* plat_console.c -- the person at the terminal: Ctrl+C while a command works, and escape sequences.
 *
 * A signal has no argument of ours, so what is here is the process's.  The handler only sets a
 * flag: whoever works looks at it several times a second, and a wait that it interrupts is no
 * error. */
#include "base/plat.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"

enum { INSISTED = 130 };

static struct {
    volatile sig_atomic_t got;
    bool is_held;
    struct sigaction before;
} interrupt;

static void on_interrupt(int number)
{
    (void)number;
    if (interrupt.got != 0)
        _exit(INSISTED);
    interrupt.got = 1;
}

void plat_interrupt_hold(void)
{
    struct sigaction action;

    ZK_ASSERT(!interrupt.is_held);
    interrupt.got = 0;
    interrupt.is_held = true;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, NULL, &interrupt.before);
    if (interrupt.before.sa_handler != SIG_IGN) /* started in the background: it stays ignored */
        sigaction(SIGINT, &action, NULL);
}

bool plat_interrupt_seen(void)
{
    return interrupt.got != 0;
}

void plat_interrupt_release(void)
{
    ZK_ASSERT(interrupt.is_held);
    sigaction(SIGINT, &interrupt.before, NULL);
    interrupt.is_held = false;
    interrupt.got = 0;
}

void plat_output_keep_bytes(void)
{
    /* as it always does */
}

bool plat_output_takes_escapes(bool error)
{
    const char *term = getenv("TERM");

    return isatty(error ? STDERR_FILENO : STDOUT_FILENO) == 1 && term != NULL && term[0] != '\0' &&
           strcmp(term, "dumb") != 0;
}
