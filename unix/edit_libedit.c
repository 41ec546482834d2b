/* edit_libedit.c -- line editing with libedit.
 *
 * libedit asks for one key at a time; our function for that waits for the keyboard and the
 * session's socket together, so one thread does everything (edit.h, invariant 1).
 *
 * Signals: SIGINT (Ctrl-C) and SIGWINCH are blocked while a line is edited and let through only
 * while we wait, so they only ever set a flag.  Both get their old handlers back between lines.
 *
 * Text on the wire is UTF-8 whatever the locale; libedit needs a locale that agrees, so where the
 * user's does not, C.UTF-8 is taken for characters. */
#include "cli/edit.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "base/buffer.h"
#include "base/status.h"
#include "cli/choices.h"

enum { RECALLED_MAX = 1000 };

struct zk_edit {
    const zk_edit_hooks_t *hooks;
    EditLine *el;
    History *history;
    const char *prompt;
    char *line; /* of the last read */
    mbstate_t decoding;
    bool has_left;    /* text was written over the line */
    bool is_stale;    /* and the line is to be shown again at the next key */
    bool is_later;    /* as the last leave wants it */
    bool interrupted; /* by Ctrl-C */
    bool was_empty;   /* the line, when that came */
};

static volatile sig_atomic_t got_interrupt;
static volatile sig_atomic_t got_resize;

static void on_signal(int number)
{
    if (number == SIGINT)
        got_interrupt = 1;
    else
        got_resize = 1;
}

static zk_edit_t *edit_of(EditLine *el)
{
    void *edit = NULL;

    el_get(el, EL_CLIENTDATA, &edit);
    return edit;
}

int zk_edit_columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool zk_edit_output_is_terminal(bool error)
{
    return isatty(error ? STDERR_FILENO : STDOUT_FILENO) != 0;
}

/* ---- what is on the screen ---- */

static char *show_prompt(EditLine *el)
{
    union {
        const char *text;
        char *writable; /* libedit only reads it */
    } prompt = {edit_of(el)->prompt};

    return prompt.writable;
}

static void redraw(zk_edit_t *edit)
{
    edit->has_left = false;
    edit->is_stale = false;
    edit->prompt = edit->hooks->prompt(edit->hooks->baton);
    el_set(edit->el, EL_REFRESH);
}

/* Columns that the first LENGTH characters of TEXT take. */
static int width_of(const wchar_t *text, ptrdiff_t length)
{
    int width = 0;
    ptrdiff_t i;

    for (i = 0; i < length; i++) {
        int one = wcwidth(text[i]);

        width += one >= 0 ? one : 2; /* a control character is shown as ^X */
    }
    return width;
}

bool zk_edit_leave(zk_edit_t *edit, bool later)
{
    const LineInfoW *info;
    int columns = zk_edit_columns();
    int before;
    int rows;

    if (edit->has_left || edit->is_stale) {
        edit->has_left = true;
        edit->is_later = edit->is_later && later;
        return false;
    }
    info = el_wline(edit->el);
    before = (int)strlen(edit->prompt) + width_of(info->buffer, info->cursor - info->buffer);
    rows = (before + width_of(info->cursor, info->lastchar - info->cursor)) / columns -
           before / columns;
    while (rows-- > 0)
        fputc('\n', stdout);
    edit->has_left = true;
    edit->is_later = later;
    return true;
}

/* ---- waiting for a key ---- */

static bool line_is_empty(zk_edit_t *edit)
{
    const LineInfoW *info = el_wline(edit->el);

    return info->lastchar == info->buffer;
}

/* Show the line again after text was written over it, now or at the next key. */
static void follow_text(zk_edit_t *edit)
{
    if (!edit->has_left)
        return;
    if (!edit->is_later || !line_is_empty(edit)) {
        redraw(edit);
        return;
    }
    edit->has_left = false;
    edit->is_stale = true;
}

/* Wait until a byte can be read; false when interrupted.  The session gets its time meanwhile. */
static bool wait_for_key(zk_edit_t *edit)
{
    sigset_t none;

    sigemptyset(&none);
    for (;;) {
        struct pollfd fds[2] = {{STDIN_FILENO, POLLIN, 0}, {-1, 0, 0}};
        struct timespec wait;
        apr_os_sock_t os_socket;
        int64_t wait_ms = 0;
        bool reads;
        bool writes;
        int count;

        if (edit->hooks->interest(edit->hooks->baton, &os_socket, &reads, &writes, &wait_ms)) {
            fds[1].fd = os_socket;
            fds[1].events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
        }
        wait_ms = wait_ms > 0 ? wait_ms : 0;
        wait.tv_sec = (time_t)(wait_ms / 1000);
        wait.tv_nsec = (long)(wait_ms % 1000) * 1000000;
        count = ppoll(fds, 2, &wait, &none);
        if (got_interrupt != 0)
            return false;
        if (got_resize != 0) {
            got_resize = 0;
            el_resize(edit->el);
        }
        if (count == 0 || (count > 0 && fds[1].revents != 0)) {
            edit->hooks->step(edit->hooks->baton);
            follow_text(edit);
        }
        if (count > 0 && fds[0].revents != 0)
            return true;
    }
}

/* Called by libedit for each character: 1 with it, 0 at the end of input, -1 when interrupted. */
static int read_key(EditLine *el, wchar_t *key)
{
    zk_edit_t *edit = edit_of(el);

    for (;;) {
        char byte;
        ssize_t got;
        size_t length;

        if (!wait_for_key(edit)) {
            edit->interrupted = true;
            edit->was_empty = line_is_empty(edit);
            return -1;
        }
        got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return 0;
        length = mbrtowc(key, &byte, 1, &edit->decoding);
        if (length == (size_t)-2)
            continue; /* more bytes to come */
        if (length == (size_t)-1) {
            memset(&edit->decoding, 0, sizeof(edit->decoding));
            *key = 0xfffd;
        }
        if (edit->is_stale && *key != L'\r' && *key != L'\n')
            redraw(edit);
        edit->is_stale = false;
        return 1;
    }
}

/* ---- completion ---- */

static int count_characters(const char *text, size_t size)
{
    int count = 0;
    size_t i;

    for (i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static unsigned char complete(EditLine *el, int key)
{
    zk_edit_t *edit = edit_of(el);
    const LineInfo *info = el_line(el);
    size_t cursor = (size_t)(info->cursor - info->buffer);
    size_t size = (size_t)(info->lastchar - info->buffer);
    zk_edit_choices_t choices = {0, 0, NULL};
    zk_buffer_t text = ZK_BUFFER_INIT;
    char *line = zk_malloc(size + 1);
    unsigned char result;

    (void)key;
    memcpy(line, info->buffer, size);
    line[size] = '\0';
    edit->hooks->complete(edit->hooks->baton, line, cursor, &choices);
    result = edit->has_left ? CC_REDISPLAY : CC_REFRESH;
    edit->has_left = false;
    if (choices.count == 0) {
        zk_free(line);
        return result == CC_REDISPLAY ? CC_REDISPLAY : CC_REFRESH_BEEP;
    }
    ZK_ASSERT(choices.start <= cursor);
    if (zk_choices_grow(&text, &choices, line + choices.start, cursor - choices.start)) {
        zk_buffer_append(&text, "", 1);
        el_deletestr(el, count_characters(line + choices.start, cursor - choices.start));
        el_insertstr(el, (const char *)zk_buffer_bytes(&text));
    } else {
        fputc('\n', stdout);
        zk_choices_list(&text, &choices, zk_edit_columns());
        fwrite(zk_buffer_bytes(&text), 1, zk_buffer_size(&text), stdout);
        fflush(stdout);
        result = CC_REDISPLAY;
    }
    zk_buffer_free(&text);
    zk_free(line);
    return result;
}

/* ---- keys ---- */

/* Erase back to the blank before the word: libedit's own stops at each slash of a path. */
static unsigned char erase_word(EditLine *el, int key)
{
    const LineInfoW *info = el_wline(el);
    const wchar_t *at = info->cursor;

    (void)key;
    while (at > info->buffer && (at[-1] == L' ' || at[-1] == L'\t'))
        at--;
    while (at > info->buffer && at[-1] != L' ' && at[-1] != L'\t')
        at--;
    if (at == info->cursor)
        return CC_REFRESH_BEEP;
    el_deletestr(el, (int)(info->cursor - at));
    return CC_REFRESH;
}

/* The keys of JLine and readline where libedit's differ, and those of terminals whose description
 * says otherwise than they do. */
static void bind_keys(EditLine *el)
{
    static const char *const keys[][2] = {
        {"\t", "zk-complete"},
        {"^R", "em-inc-search-prev"},
        {"^U", "vi-kill-line-prev"},
        {"^W", "zk-erase-word"},
        {"\\e[3~", "ed-delete-next-char"},
        {"\\e[H", "ed-move-to-beg"},
        {"\\eOH", "ed-move-to-beg"},
        {"\\e[1~", "ed-move-to-beg"},
        {"\\e[F", "ed-move-to-end"},
        {"\\eOF", "ed-move-to-end"},
        {"\\e[4~", "ed-move-to-end"},
        {"\\e[1;5C", "em-next-word"},
        {"\\e[1;5D", "ed-prev-word"},
    };
    size_t i;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        el_set(el, EL_BIND, keys[i][0], keys[i][1], NULL);
}

/* ---- lines ---- */

static apr_status_t close_edit(void *baton)
{
    zk_edit_t *edit = baton;

    el_end(edit->el);
    history_end(edit->history);
    zk_free(edit->line);
    return APR_SUCCESS;
}

static void choose_locale(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

zk_edit_t *zk_edit_open(const zk_edit_hooks_t *hooks, apr_pool_t *pool)
{
    zk_edit_t *edit;
    HistEvent event;

    if (!zk_edit_output_is_terminal(false))
        return NULL;
    choose_locale();
    edit = apr_pcalloc(pool, sizeof(*edit));
    edit->hooks = hooks;
    edit->prompt = "";
    edit->el = el_init("zkcli", stdin, stdout, stderr);
    if (edit->el == NULL)
        return NULL;
    edit->history = history_init();
    history(edit->history, &event, H_SETSIZE, RECALLED_MAX);
    history(edit->history, &event, H_SETUNIQUE, 1);
    el_set(edit->el, EL_CLIENTDATA, edit);
    el_set(edit->el, EL_PROMPT, show_prompt);
    el_set(edit->el, EL_EDITOR, "emacs");
    el_set(edit->el, EL_HIST, history, edit->history);
    el_set(edit->el, EL_GETCFN, read_key);
    /* the narrow call leaks both texts */
    el_wset(edit->el, EL_ADDFN, L"zk-complete", L"complete a command, option or path", complete);
    el_wset(edit->el, EL_ADDFN, L"zk-erase-word", L"erase back to a blank", erase_word);
    bind_keys(edit->el);
    el_source(edit->el, NULL);
    apr_pool_cleanup_register(pool, edit, close_edit, apr_pool_cleanup_null);
    return edit;
}

static zk_edit_result_t take_line(zk_edit_t *edit, const char *text, int length)
{
    if (edit->interrupted) {
        fputs("^C\n", stdout);
        fflush(stdout);
        return edit->was_empty ? ZK_EDIT_INTERRUPT : ZK_EDIT_DISCARDED;
    }
    if (text == NULL || length <= 0) {
        fputs("\n", stdout);
        fflush(stdout);
        return ZK_EDIT_END;
    }
    zk_free(edit->line);
    edit->line = zk_malloc((size_t)length + 1);
    memcpy(edit->line, text, (size_t)length);
    while (length > 0 && (edit->line[length - 1] == '\n' || edit->line[length - 1] == '\r'))
        length--;
    edit->line[length] = '\0';
    return ZK_EDIT_LINE;
}

zk_edit_result_t zk_edit_read(zk_edit_t *edit, const char **line)
{
    struct sigaction action = {0};
    struct sigaction old_interrupt;
    struct sigaction old_resize;
    zk_edit_result_t result;
    sigset_t blocked;
    sigset_t before;
    const char *text;
    int length = 0;

    got_interrupt = 0;
    edit->interrupted = false;
    edit->has_left = false;
    edit->is_stale = false;
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old_interrupt);
    sigaction(SIGWINCH, &action, &old_resize);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGWINCH);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    edit->prompt = edit->hooks->prompt(edit->hooks->baton);
    /* else the prompt stands there a moment before keys are the editor's, and the terminal shows
     * them a second time */
    el_set(edit->el, EL_PREP_TERM, 1);
    text = el_gets(edit->el, &length);
    result = take_line(edit, text, length);
    sigaction(SIGINT, &old_interrupt, NULL);
    sigaction(SIGWINCH, &old_resize, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *line = result == ZK_EDIT_LINE ? edit->line : NULL;
    return result;
}

void zk_edit_remember(zk_edit_t *edit, const char *line)
{
    HistEvent event;

    history(edit->history, &event, H_ENTER, line);
}
