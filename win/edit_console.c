/* edit_console.c -- line editing on the console of Windows.
 *
 * Keys come as input records, which are waited for together with the session's socket, so one
 * thread does everything (edit.h, invariant 1).  What a key does to the line is src/cli/line.c's;
 * here a record becomes the name of what is wanted, and the line becomes rows of the screen.
 *
 * The line is painted by calls of the console, row by row and not by escape sequences, which
 * Windows knows only since 10.  Where a row is full is our decision: we never let the console wrap,
 * so its modes do not matter.  The prompt begins at column 0 of row `origin`, which is negative
 * once the line has grown taller than the screen.
 *
 * Pasted text is painted once, when no more input waits.  What was typed ahead stays with the
 * console between lines.  Ctrl+C is a key while a line is edited, and the system's in between;
 * where it comes as an event all the same, from another program or wine, it is taken for the key.
 */
/* Before APR, which includes a windows.h so lean that it knows no keys. */
#include "plat_win.h"

#include "cli/edit.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/choices.h"
#include "cli/line.h"

/* A socket is looked at this often even if its event should be missed. */
enum { WAIT_MS_MAX = 1000 };

enum { KEY_CTRL_C = 3, KEY_CTRL_D = 4, KEY_TAB = 9, KEY_CTRL_L = 12, KEY_CTRL_Z = 26 };

/* Signalled by a Ctrl+C event while a line is edited; there is one console. */
static HANDLE interrupted;

static BOOL WINAPI on_event(DWORD event)
{
    if (event != CTRL_C_EVENT)
        return FALSE;
    SetEvent(interrupted);
    return TRUE;
}

typedef enum outcome { GO_ON, DONE_LINE, DONE_END, DONE_INTERRUPT } outcome_t;

struct zk_edit {
    const zk_edit_hooks_t *hooks;
    HANDLE in;
    HANDLE out;
    WSAEVENT ready; /* the session's socket is */
    zk_line_t line;
    const char *prompt;
    wchar_t high;           /* the first half of a character of which the second is to come, or 0 */
    int origin;             /* row of the prompt in the screen buffer */
    int rows;               /* that the last painting took */
    zk_line_place_t end;    /* behind the text, from the prompt on */
    zk_line_place_t cursor; /* likewise */
    bool is_dirty;          /* to be painted */
    bool has_left;          /* text was written over the line */
    bool is_stale;          /* and the line is to be shown again at the next key */
    bool is_later;          /* as the last leave wants it */
};

static bool get_screen(HANDLE out, CONSOLE_SCREEN_BUFFER_INFO *info)
{
    return GetConsoleScreenBufferInfo(out, info) && info->dwSize.X > 0 && info->dwSize.Y > 0;
}

int zk_edit_columns(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    if (!get_screen(GetStdHandle(STD_OUTPUT_HANDLE), &info))
        return 80;
    return info.srWindow.Right - info.srWindow.Left + 1;
}

bool zk_edit_output_is_terminal(bool error)
{
    HANDLE handle = GetStdHandle(error ? STD_ERROR_HANDLE : STD_OUTPUT_HANDLE);
    DWORD mode;

    return handle != INVALID_HANDLE_VALUE && handle != NULL && GetConsoleMode(handle, &mode);
}

/* ---- painting ---- */

/* A row as it is filled. */
typedef struct brush {
    zk_edit_t *edit;
    int columns;
    int height;
    zk_line_place_t place; /* behind what was put, by our count of columns */
    int cell;              /* of the console, behind what was written of this row */
    zk_buffer_t units;     /* of wchar_t, put and not yet written */
} brush_t;

static void go_to(zk_edit_t *edit, int column, int row)
{
    COORD at = {(SHORT)column, (SHORT)(row < 0 ? 0 : row)};

    SetConsoleCursorPosition(edit->out, at);
}

static void write_wide(zk_edit_t *edit, const wchar_t *text, size_t count)
{
    DWORD written;

    if (count > 0)
        WriteConsoleW(edit->out, text, (DWORD)count, &written, NULL);
}

/* Scroll until the screen buffer has row ROW of the line. */
static void make_room(brush_t *brush, int row)
{
    zk_edit_t *edit = brush->edit;

    if (edit->origin + row < brush->height)
        return;
    go_to(edit, 0, brush->height - 1);
    while (edit->origin + row >= brush->height) {
        write_wide(edit, L"\n", 1);
        edit->origin--;
    }
}

static void blank_rest(brush_t *brush, int column, int row)
{
    COORD at = {(SHORT)column, (SHORT)(brush->edit->origin + row)};
    DWORD written;

    if (at.Y >= 0 && at.Y < brush->height && column < brush->columns)
        FillConsoleOutputCharacterW(brush->edit->out, L' ', (DWORD)(brush->columns - column), at,
                                    &written);
}

/* Write what was put, all of it in row ROW of the line. */
static void write_units(brush_t *brush, int row)
{
    zk_edit_t *edit = brush->edit;
    CONSOLE_SCREEN_BUFFER_INFO info;

    make_room(brush, row);
    if (zk_buffer_size(&brush->units) == 0)
        return;
    if (edit->origin + row >= 0) {
        go_to(edit, brush->cell, edit->origin + row);
        write_wide(edit, (const wchar_t *)(void *)zk_buffer_bytes(&brush->units),
                   zk_buffer_size(&brush->units) / sizeof(wchar_t));
        if (get_screen(edit->out, &info))
            brush->cell = info.dwCursorPosition.Y == edit->origin + row ? info.dwCursorPosition.X
                                                                        : brush->columns;
    }
    zk_buffer_clear(&brush->units);
}

/* Row ROW is done, by our count to the last column or to the one before; there is another row. */
static void end_row(brush_t *brush, int row, bool is_full)
{
    make_room(brush, row + 1);
    write_units(brush, row);
    if (!is_full || brush->cell < brush->columns - 1) /* else it waits in the last column */
        blank_rest(brush, brush->cell, row);
    brush->cell = 0;
}

static void put_unit(brush_t *brush, wchar_t unit)
{
    zk_buffer_append(&brush->units, &unit, sizeof(unit));
}

static void put_code(brush_t *brush, uint32_t code)
{
    int row = brush->place.row;
    int width = zk_line_width(code);

    if (brush->place.column + width > brush->columns) { /* a wide one, and one column is left */
        end_row(brush, row++, false);
        brush->place.row = row;
        brush->place.column = 0;
    }
    if (code < 0x20 || code == 0x7f) {
        put_unit(brush, L'^');
        put_unit(brush, (wchar_t)(code ^ 0x40));
    } else if (code >= 0x10000) {
        put_unit(brush, (wchar_t)(0xd7c0 + (code >> 10)));
        put_unit(brush, (wchar_t)(0xdc00 | (code & 0x3ff)));
    } else {
        put_unit(brush, (wchar_t)code);
    }
    zk_line_advance(&brush->place, width, brush->columns);
    if (brush->place.row > row) /* full: never the last row, so that nothing scrolls */
        end_row(brush, row, true);
}

static void put_text(brush_t *brush, const char *text, size_t size)
{
    uint32_t code;

    while (size > 0) {
        size_t length = zk_line_decode(text, size, &code);

        put_code(brush, code);
        text += length;
        size -= length;
    }
}

/* Where the console has come to. */
static zk_line_place_t look(brush_t *brush)
{
    zk_line_place_t place;

    write_units(brush, brush->place.row);
    place.row = brush->place.row;
    place.column = brush->cell;
    return place;
}

static void paint(zk_edit_t *edit)
{
    brush_t brush = {edit, 0, 0, {0, 0}, 0, ZK_BUFFER_INIT};
    const zk_line_t *line = &edit->line;
    CONSOLE_SCREEN_BUFFER_INFO info;
    int row;

    edit->is_dirty = false;
    if (!get_screen(edit->out, &info))
        return;
    brush.columns = info.dwSize.X;
    brush.height = info.dwSize.Y;
    put_text(&brush, edit->prompt, strlen(edit->prompt));
    put_text(&brush, line->text, line->cursor);
    edit->cursor = look(&brush);
    put_text(&brush, line->text + line->cursor, line->size - line->cursor);
    edit->end = look(&brush);
    blank_rest(&brush, edit->end.column, edit->end.row);
    for (row = edit->end.row + 1; row < edit->rows; row++)
        blank_rest(&brush, 0, row);
    edit->rows = edit->end.row + 1;
    go_to(edit, edit->cursor.column, edit->origin + edit->cursor.row);
    zk_buffer_free(&brush.units);
}

/* Show prompt and line where the cursor is. */
static void paint_anew(zk_edit_t *edit)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    fflush(stdout);
    fflush(stderr);
    edit->has_left = false;
    edit->is_stale = false;
    edit->prompt = edit->hooks->prompt(edit->hooks->baton);
    if (!get_screen(edit->out, &info))
        return;
    if (info.dwCursorPosition.X != 0)
        write_wide(edit, L"\r\n", 2);
    if (get_screen(edit->out, &info))
        edit->origin = info.dwCursorPosition.Y;
    edit->rows = 0;
    paint(edit);
}

/* The window has another size: the console may have moved the rows, but not the cursor within the
 * line. */
static void repaint_resized(zk_edit_t *edit)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    if (edit->has_left || edit->is_stale || !get_screen(edit->out, &info))
        return;
    edit->origin = info.dwCursorPosition.Y - edit->cursor.row;
    edit->is_dirty = true;
}

/* Put the cursor behind the line. */
static void go_behind(zk_edit_t *edit)
{
    if (edit->is_dirty)
        paint(edit);
    go_to(edit, edit->end.column, edit->origin + edit->end.row);
}

bool zk_edit_leave(zk_edit_t *edit, bool later)
{
    if (edit->has_left || edit->is_stale) {
        edit->has_left = true;
        edit->is_later = edit->is_later && later;
        return false;
    }
    go_behind(edit);
    edit->has_left = true;
    edit->is_later = later;
    return true;
}

/* ---- waiting ---- */

/* Show the line again after text was written over it, now or at the next key. */
static void follow_text(zk_edit_t *edit)
{
    if (!edit->has_left)
        return;
    if (edit->is_later && edit->line.size == 0) {
        edit->has_left = false;
        edit->is_stale = true;
        return;
    }
    paint_anew(edit);
}

typedef enum wake { WAKE_INPUT, WAKE_INTERRUPT, WAKE_GONE } wake_t;

/* Wait until there is input, a Ctrl+C event, or the console is gone.  The session gets its time
 * meanwhile. */
static wake_t wait_for_input(zk_edit_t *edit)
{
    for (;;) {
        HANDLE handles[3] = {edit->in, interrupted, edit->ready};
        apr_os_sock_t os_socket = INVALID_SOCKET;
        int64_t wait_ms = 0;
        bool reads = false;
        bool writes = false;
        bool has_socket =
            edit->hooks->interest(edit->hooks->baton, &os_socket, &reads, &writes, &wait_ms);
        DWORD got;

        /* What is ready already is reported at once, so this asks for levels, not for edges. */
        if (has_socket)
            WSAEventSelect(os_socket, edit->ready,
                           (reads ? FD_READ : 0) | (writes ? FD_WRITE | FD_CONNECT : 0) | FD_CLOSE);
        wait_ms = wait_ms < 0 ? 0 : wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : wait_ms;
        got = WaitForMultipleObjects(has_socket ? 3 : 2, handles, FALSE, (DWORD)wait_ms);
        if (has_socket)
            WSAEventSelect(os_socket, NULL, 0);
        WSAResetEvent(edit->ready);
        if (got == WAIT_OBJECT_0)
            return WAKE_INPUT;
        if (got == WAIT_OBJECT_0 + 1)
            return WAKE_INTERRUPT;
        if (got == WAIT_FAILED)
            return WAKE_GONE;
        edit->hooks->step(edit->hooks->baton);
        follow_text(edit);
    }
}

/* ---- keys ---- */

static void complete(zk_edit_t *edit)
{
    zk_edit_choices_t choices = {0, 0, NULL};
    zk_buffer_t text = ZK_BUFFER_INIT;
    zk_line_t *line = &edit->line;
    bool was_written_over;

    if (edit->is_dirty)
        paint(edit);
    edit->hooks->complete(edit->hooks->baton, line->text, line->cursor, &choices);
    was_written_over = edit->has_left;
    if (choices.count == 0) {
        if (!was_written_over)
            MessageBeep(MB_OK);
    } else if (zk_choices_grow(&text, &choices, line->text + choices.start,
                               line->cursor - choices.start)) {
        zk_line_replace(line, choices.start, (const char *)zk_buffer_bytes(&text),
                        zk_buffer_size(&text));
        edit->is_dirty = true;
    } else {
        if (zk_edit_leave(edit, false))
            fputs("\n", stdout);
        zk_choices_list(&text, &choices, zk_edit_columns());
        fwrite(zk_buffer_bytes(&text), 1, zk_buffer_size(&text), stdout);
    }
    zk_buffer_free(&text);
    if (edit->has_left)
        paint_anew(edit);
}

static bool clear_screen(zk_edit_t *edit)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    COORD top = {0, 0};
    DWORD written;

    if (!get_screen(edit->out, &info))
        return false;
    FillConsoleOutputCharacterW(edit->out, L' ', (DWORD)info.dwSize.X * (DWORD)info.dwSize.Y, top,
                                &written);
    SetConsoleCursorPosition(edit->out, top);
    edit->origin = 0;
    edit->rows = 0;
    return true;
}

typedef bool line_fn_t(zk_line_t *line);

/* What the control character C does to the line, or NULL. */
static line_fn_t *of_control(wchar_t c)
{
    static line_fn_t *const functions[] = {
        [1] = zk_line_home,      [2] = zk_line_left,         [5] = zk_line_end,
        [6] = zk_line_right,     [8] = zk_line_erase_before, [11] = zk_line_cut_after,
        [14] = zk_line_newer,    [16] = zk_line_older,       [21] = zk_line_cut_before,
        [23] = zk_line_cut_word, [25] = zk_line_paste,       [27] = zk_line_clear,
    };

    if (c == 0x7f) /* Ctrl+Backspace */
        return zk_line_cut_word;
    return c < sizeof(functions) / sizeof(functions[0]) ? functions[c] : NULL;
}

/* What a key without a character does to the line, or NULL. */
static line_fn_t *of_key(WORD key, bool with_ctrl)
{
    switch (key) {
    case VK_LEFT:
        return with_ctrl ? zk_line_word_left : zk_line_left;
    case VK_RIGHT:
        return with_ctrl ? zk_line_word_right : zk_line_right;
    case VK_HOME:
        return zk_line_home;
    case VK_END:
        return zk_line_end;
    case VK_UP:
        return zk_line_older;
    case VK_DOWN:
        return zk_line_newer;
    case VK_DELETE:
        return zk_line_erase_at;
    default:
        return NULL;
    }
}

/* Insert a unit of UTF-16. */
static void insert_unit(zk_edit_t *edit, wchar_t unit)
{
    wchar_t units[2] = {edit->high, unit};
    bool is_low = (unit & 0xfc00) == 0xdc00;
    char bytes[8];
    int size;

    edit->high = 0;
    if ((unit & 0xfc00) == 0xd800) {
        edit->high = unit;
        return;
    }
    if (is_low != (units[0] != 0))
        return; /* half a character */
    size = WideCharToMultiByte(CP_UTF8, 0, is_low ? units : &unit, is_low ? 2 : 1, bytes,
                               (int)sizeof(bytes), NULL, NULL);
    zk_line_insert(&edit->line, bytes, (size_t)size);
    edit->is_dirty = true;
}

static void change(zk_edit_t *edit, line_fn_t *function)
{
    if (function == NULL)
        return;
    if (function(&edit->line))
        edit->is_dirty = true;
    else if (function != zk_line_home && function != zk_line_end && function != zk_line_clear)
        MessageBeep(MB_OK);
}

/* A key that ends the line, or does more than change it; GO_ON with *TAKEN for the latter. */
static outcome_t take_command_key(zk_edit_t *edit, wchar_t c, bool *taken)
{
    bool is_empty = edit->line.size == 0;

    *taken = true;
    switch (c) {
    case L'\r':
    case L'\n':
        return DONE_LINE;
    case KEY_CTRL_C:
        return DONE_INTERRUPT;
    case KEY_CTRL_D:
        if (is_empty)
            return DONE_END;
        change(edit, zk_line_erase_at);
        return GO_ON;
    case KEY_CTRL_Z: /* the end of input, as elsewhere on Windows */
        if (is_empty)
            return DONE_END;
        MessageBeep(MB_OK);
        return GO_ON;
    case KEY_TAB:
        complete(edit);
        return GO_ON;
    case KEY_CTRL_L:
        edit->is_dirty = clear_screen(edit);
        return GO_ON;
    default:
        *taken = false;
        return GO_ON;
    }
}

static outcome_t take_key(zk_edit_t *edit, const KEY_EVENT_RECORD *key)
{
    wchar_t c = key->uChar.UnicodeChar;
    bool with_ctrl = (key->dwControlKeyState & (LEFT_CTRL_PRESSED | RIGHT_CTRL_PRESSED)) != 0;
    bool with_alt = (key->dwControlKeyState & LEFT_ALT_PRESSED) != 0;
    bool taken = false;
    outcome_t outcome;

    /* A character spelled by number with Alt comes when Alt is let go. */
    if (!key->bKeyDown && (key->wVirtualKeyCode != VK_MENU || c == 0))
        return GO_ON;
    if (c == 0) {
        line_fn_t *function = of_key(key->wVirtualKeyCode, with_ctrl);

        if (function != NULL && edit->is_stale)
            paint_anew(edit);
        change(edit, function);
        return GO_ON;
    }
    if (edit->is_stale && c != L'\r' && c != L'\n')
        paint_anew(edit);
    outcome = take_command_key(edit, c, &taken);
    if (taken)
        return outcome;
    if (with_alt && !with_ctrl && (c == L'b' || c == L'f'))
        change(edit, c == L'b' ? zk_line_word_left : zk_line_word_right);
    else if (c >= 0x20 && c != 0x7f)
        insert_unit(edit, c);
    else
        change(edit, of_control(c));
    return GO_ON;
}

static outcome_t take_record(zk_edit_t *edit, const INPUT_RECORD *record)
{
    outcome_t outcome = GO_ON;
    WORD i;

    if (record->EventType == WINDOW_BUFFER_SIZE_EVENT)
        repaint_resized(edit);
    if (record->EventType != KEY_EVENT)
        return GO_ON;
    for (i = 0; i == 0 || (i < record->Event.KeyEvent.wRepeatCount && outcome == GO_ON); i++)
        outcome = take_key(edit, &record->Event.KeyEvent);
    return outcome;
}

/* Take keys until the line is done. */
static outcome_t take_keys(zk_edit_t *edit)
{
    outcome_t outcome = GO_ON;

    while (outcome == GO_ON) {
        INPUT_RECORD record;
        DWORD waiting = 0;
        DWORD got = 0;
        wake_t wake = wait_for_input(edit);

        if (wake != WAKE_INPUT)
            return wake == WAKE_INTERRUPT ? DONE_INTERRUPT : DONE_END;
        /* One at a time: what follows the line stays with the console. */
        if (!ReadConsoleInputW(edit->in, &record, 1, &got))
            return DONE_END;
        if (got == 1)
            outcome = take_record(edit, &record);
        GetNumberOfConsoleInputEvents(edit->in, &waiting);
        if (edit->is_dirty && (waiting == 0 || outcome != GO_ON))
            paint(edit);
    }
    return outcome;
}

/* ---- lines ---- */

static apr_status_t close_edit(void *baton)
{
    zk_edit_t *edit = baton;

    WSACloseEvent(edit->ready);
    CloseHandle(interrupted);
    interrupted = NULL;
    zk_line_free(&edit->line);
    zk_free(edit);
    return APR_SUCCESS;
}

zk_edit_t *zk_edit_open(const zk_edit_hooks_t *hooks, apr_pool_t *pool)
{
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
    zk_edit_t *edit;
    WSAEVENT ready;
    DWORD mode;

    if (!zk_edit_output_is_terminal(false) || !GetConsoleMode(in, &mode))
        return NULL;
    ready = WSACreateEvent();
    if (ready == WSA_INVALID_EVENT)
        return NULL;
    ZK_ASSERT(interrupted == NULL);
    interrupted = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (interrupted == NULL) {
        WSACloseEvent(ready);
        return NULL;
    }
    edit = zk_calloc(1, sizeof(*edit));
    edit->hooks = hooks;
    edit->in = in;
    edit->out = GetStdHandle(STD_OUTPUT_HANDLE);
    edit->ready = ready;
    edit->prompt = "";
    zk_line_init(&edit->line);
    apr_pool_cleanup_register(pool, edit, close_edit, apr_pool_cleanup_null);
    return edit;
}

zk_edit_result_t zk_edit_read(zk_edit_t *edit, const char **line)
{
    const DWORD cooked = ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT |
                         0x0200; /* ENABLE_VIRTUAL_TERMINAL_INPUT */
    outcome_t outcome;
    DWORD mode;

    *line = NULL;
    if (!GetConsoleMode(edit->in, &mode))
        return ZK_EDIT_END;
    SetConsoleMode(edit->in, (mode & ~cooked) | ENABLE_WINDOW_INPUT);
    ResetEvent(interrupted);
    SetConsoleCtrlHandler(on_event, TRUE);
    zk_line_begin(&edit->line);
    edit->high = 0;
    paint_anew(edit);
    outcome = take_keys(edit);
    if (!edit->is_stale)
        go_behind(edit);
    SetConsoleMode(edit->in, mode);
    SetConsoleCtrlHandler(on_event, FALSE);
    fputs(outcome == DONE_INTERRUPT ? "^C\n" : "\n", stdout);
    fflush(stdout);
    if (outcome == DONE_INTERRUPT)
        return edit->line.size == 0 ? ZK_EDIT_INTERRUPT : ZK_EDIT_DISCARDED;
    if (outcome == DONE_END)
        return ZK_EDIT_END;
    *line = edit->line.text;
    return ZK_EDIT_LINE;
}

void zk_edit_remember(zk_edit_t *edit, const char *line)
{
    zk_line_remember(&edit->line, line);
}
