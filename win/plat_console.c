/* plat_console.c -- the person at the console: Ctrl+C while a command works, and escape sequences.
 *
 * The system calls the handler on a thread of its own; it only sets a flag that whoever works looks
 * at several times a second. */
#include "base/plat.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <windows.h>

#include "base/status.h"

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 0x0004
#endif

enum { INSISTED = 130 };

enum { CONSOLE_BUFFER_BYTES = 64 * 1024 };

static struct {
    volatile LONG got;
    bool is_held;
} interrupt;

static BOOL WINAPI on_interrupt(DWORD event)
{
    if (event != CTRL_C_EVENT)
        return FALSE;
    if (InterlockedExchange(&interrupt.got, 1) != 0)
        ExitProcess(INSISTED);
    return TRUE;
}

void plat_interrupt_hold(void)
{
    ZK_ASSERT(!interrupt.is_held);
    InterlockedExchange(&interrupt.got, 0);
    interrupt.is_held = true;
    SetConsoleCtrlHandler(on_interrupt, TRUE);
}

bool plat_interrupt_seen(void)
{
    return InterlockedCompareExchange(&interrupt.got, 0, 0) != 0;
}

void plat_interrupt_release(void)
{
    ZK_ASSERT(interrupt.is_held);
    SetConsoleCtrlHandler(on_interrupt, FALSE);
    interrupt.is_held = false;
    InterlockedExchange(&interrupt.got, 0);
}

static void pass_bytes(FILE *file)
{
    _setmode(_fileno(file), _O_BINARY);
    setvbuf(file, NULL, _IOFBF, CONSOLE_BUFFER_BYTES);
}

/* A console makes a new line of a line feed by itself.  What the C library does to text on its way
 * there takes each byte for a character, and what it writes byte by byte the console cannot put
 * together. */
void plat_output_keep_bytes(void)
{
    DWORD mode;

    _setmode(_fileno(stdout), _O_BINARY);
    if (GetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), &mode))
        pass_bytes(stdout);
    if (GetConsoleMode(GetStdHandle(STD_ERROR_HANDLE), &mode))
        pass_bytes(stderr);
}

bool plat_output_takes_escapes(bool error)
{
    HANDLE handle = GetStdHandle(error ? STD_ERROR_HANDLE : STD_OUTPUT_HANDLE);
    wchar_t term[8];
    DWORD mode;

    if (GetEnvironmentVariableW(L"TERM", term, 8) == 4 && wcscmp(term, L"dumb") == 0)
        return false;
    return handle != INVALID_HANDLE_VALUE && handle != NULL && GetConsoleMode(handle, &mode) &&
           SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}
