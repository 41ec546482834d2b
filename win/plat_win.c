/* plat_win.c -- plat.h on Windows 7 and later.
 *
 * The system speaks UTF-16; plat_win.h names the few functions that convert at the edge, and
 * nothing else knows.
 *
 * Stop requests arrive on two roads.  The console calls a handler on a thread it makes; after a
 * close or a shutdown it ends the process as soon as that handler returns, so ours does not return.
 * Processes without a console (started in the background, or services) listen to an event named
 * after their process id, which plat_process_stop sets.
 *
 * Names of directories are journalled by NTFS itself.  A flush of the directory's handle, which
 * writes that journal out, works on local NTFS; where the file system has no such thing we have
 * done what can be done. */
#include "plat_win.h"

#include "base/plat.h"

#include <fcntl.h>
#include <io.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <bcrypt.h>
#include <psapi.h>

#include <apr_env.h>
#include <apr_portable.h>
#include <apr_strings.h>

#include "base/status.h"

#define NAME_CHARS_MAX 32768 /* the system's own limit of a path or command line */
#define PLAIN_PATH_CHARS 248 /* from here on the long form; a directory leaves room for 8.3 */
#define REPLACE_TRIES_MAX 50
#define REPLACE_PAUSE_MS 20
#define HANDLES_MAX 16711680 /* per process, by the kernel's table of handles */

/* --- text ----------------------------------------------------------------------------------- */

/* UTF-16 of UTF8; NULL when it is not UTF-8 or too long.  Freed by zk_free. */
wchar_t *plat_win_wide(const char *utf8)
{
    int chars = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, -1, NULL, 0);
    wchar_t *text;

    if (chars <= 0 || chars > NAME_CHARS_MAX)
        return NULL;
    text = zk_calloc((size_t)chars, sizeof(*text));
    MultiByteToWideChar(CP_UTF8, 0, utf8, -1, text, chars);
    return text;
}

char *plat_win_narrow(const wchar_t *wide, apr_pool_t *pool)
{
    int bytes = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text;

    if (bytes <= 0)
        return apr_pstrdup(pool, "");
    text = apr_palloc(pool, (apr_size_t)bytes);
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, bytes, NULL, NULL);
    return text;
}

static bool is_slash(wchar_t c)
{
    return c == L'/' || c == L'\\';
}

/* UTF-16 of the path UTF8, freed by zk_free; NULL as above.  The system takes 260 characters at
 * most, unless an absolute path says that it is meant to the letter; APR does the same with its
 * paths. */
wchar_t *plat_win_wide_path(const char *utf8)
{
    wchar_t *plain = plat_win_wide(utf8);
    wchar_t *full;
    size_t chars = plain != NULL ? wcslen(plain) : 0;
    bool share = chars > 2 && is_slash(plain[0]) && is_slash(plain[1]);
    bool drive = chars > 2 && plain[1] == L':' && is_slash(plain[2]);

    if (chars < PLAIN_PATH_CHARS || plain[2] == L'?' || (!share && !drive))
        return plain;
    full = zk_calloc(chars + 8, sizeof(*full));
    wcscpy(full, share ? L"\\\\?\\UNC" : L"\\\\?\\");
    wcscat(full, share ? plain + 1 : plain);
    for (chars = 0; full[chars] != L'\0'; chars++)
        if (full[chars] == L'/')
            full[chars] = L'\\'; /* to the letter, '/' is no separator */
    zk_free(plain);
    return full;
}

apr_status_t plat_win_status(DWORD error)
{
    return error == ERROR_SUCCESS ? APR_EGENERAL : (apr_status_t)(APR_FROM_OS_ERROR(error));
}

apr_status_t plat_win_last_error(void)
{
    return plat_win_status(GetLastError());
}

/* --- time ----------------------------------------------------------------------------------- */

/* Split so that neither the multiplication nor years of uptime overflow. */
int64_t plat_monotonic_ns(void)
{
    LARGE_INTEGER frequency;
    LARGE_INTEGER now;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return now.QuadPart / frequency.QuadPart * 1000000000 +
           now.QuadPart % frequency.QuadPart * 1000000000 / frequency.QuadPart;
}

/* --- files ---------------------------------------------------------------------------------- */

static HANDLE handle_of(apr_file_t *file)
{
    apr_os_file_t handle = INVALID_HANDLE_VALUE;

    apr_os_file_get(&handle, file);
    ZK_ASSERT(handle != INVALID_HANDLE_VALUE);
    return handle;
}

static bool means_no_such_flush(DWORD error)
{
    return error == ERROR_ACCESS_DENIED || error == ERROR_INVALID_FUNCTION ||
           error == ERROR_INVALID_HANDLE || error == ERROR_NOT_SUPPORTED ||
           error == ERROR_INVALID_PARAMETER;
}

static HANDLE open_directory(const wchar_t *name, DWORD access)
{
    return CreateFileW(name, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

apr_status_t plat_dir_sync(const char *path)
{
    apr_status_t rv = APR_SUCCESS;
    wchar_t *name = plat_win_wide_path(path);
    HANDLE dir;
    DWORD attributes;
    DWORD error;

    if (name == NULL)
        return APR_EBADPATH;
    attributes = GetFileAttributesW(name);
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        rv = plat_win_last_error();
        zk_free(name);
        return rv;
    }
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
        zk_free(name);
        return APR_ENOTDIR;
    }
    dir = open_directory(name, GENERIC_WRITE);
    if (dir == INVALID_HANDLE_VALUE || !FlushFileBuffers(dir)) {
        error = GetLastError();
        rv = means_no_such_flush(error) ? APR_SUCCESS : plat_win_status(error);
    }
    if (dir != INVALID_HANDLE_VALUE)
        CloseHandle(dir);
    zk_free(name);
    return rv;
}

apr_status_t plat_file_datasync(apr_file_t *file)
{
    apr_status_t rv = apr_file_flush(file);

    if (rv != APR_SUCCESS)
        return rv;
    return FlushFileBuffers(handle_of(file)) ? APR_SUCCESS : plat_win_last_error();
}

/* The end of file is set through the handle's information, which leaves the file position alone.
 * NTFS gives the room at once and reads it as zeros. */
apr_status_t plat_file_preallocate(apr_file_t *file, int64_t bytes)
{
    FILE_END_OF_FILE_INFO end;
    LARGE_INTEGER now;
    HANDLE handle = handle_of(file);

    ZK_ASSERT(bytes >= 0);
    if (!GetFileSizeEx(handle, &now))
        return plat_win_last_error();
    if (now.QuadPart >= bytes)
        return APR_SUCCESS;
    end.EndOfFile.QuadPart = bytes;
    if (!SetFileInformationByHandle(handle, FileEndOfFileInfo, &end, sizeof(end)))
        return plat_win_last_error();
    return APR_SUCCESS;
}

apr_status_t plat_file_replace(const char *from, const char *to)
{
    wchar_t *old_name = plat_win_wide_path(from);
    wchar_t *new_name = plat_win_wide_path(to);
    apr_status_t rv = APR_EBADPATH;
    DWORD error;
    int tries;

    for (tries = 0; old_name != NULL && new_name != NULL && tries < REPLACE_TRIES_MAX; tries++) {
        if (MoveFileExW(old_name, new_name, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
            rv = APR_SUCCESS;
            break;
        }
        error = GetLastError();
        rv = plat_win_status(error);
        if (error != ERROR_SHARING_VIOLATION && error != ERROR_ACCESS_DENIED &&
            error != ERROR_LOCK_VIOLATION)
            break;
        Sleep(REPLACE_PAUSE_MS); /* virus scanners and indexers look at new files */
    }
    zk_free(old_name);
    zk_free(new_name);
    return rv;
}

/* --- sockets -------------------------------------------------------------------------------- */

bool plat_socket_reuse_steals(void)
{
    return true;
}

/* Without this, a socket with SO_REUSEADDR of another program may bind our port and get our
 * clients. */
apr_status_t plat_socket_own_port(apr_socket_t *socket)
{
    apr_os_sock_t handle = INVALID_SOCKET;
    BOOL on = TRUE;

    apr_os_sock_get(&handle, socket);
    ZK_ASSERT(handle != INVALID_SOCKET);
    if (setsockopt(handle, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&on, sizeof(on)) != 0)
        return APR_FROM_OS_ERROR(WSAGetLastError());
    return APR_SUCCESS;
}

/* A port that another user owns is refused as forbidden. */
bool plat_status_is_port_taken(apr_status_t rv)
{
    return rv == APR_FROM_OS_ERROR(WSAEADDRINUSE) || rv == APR_FROM_OS_ERROR(WSAEACCES);
}

/* --- process -------------------------------------------------------------------------------- */

void plat_process_init(void)
{
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    SetConsoleOutputCP(CP_UTF8);
}

int64_t plat_process_id(void)
{
    return (int64_t)GetCurrentProcessId();
}

const char *plat_process_path(apr_pool_t *pool)
{
    wchar_t *name = zk_calloc(NAME_CHARS_MAX, sizeof(*name));
    DWORD chars = GetModuleFileNameW(NULL, name, NAME_CHARS_MAX);
    const char *path = NULL;

    if (chars > 0 && chars < NAME_CHARS_MAX)
        path = plat_win_narrow(name, pool);
    zk_free(name);
    return path;
}

/* A file in use cannot be renamed under us here, so there is nothing to open anew. */
const char *plat_output_path(apr_pool_t *pool)
{
    (void)pool;
    return NULL;
}

apr_status_t plat_output_reopen(const char *path)
{
    (void)path;
    return APR_ENOTIMPL;
}

/* The console's handler has no argument of ours, so this one piece of state is the process's. */
static struct {
    plat_stop_fn_t *fn;
    void *baton;
    HANDLE event;
} stop;
static SRWLOCK stop_lock = SRWLOCK_INIT;

void plat_stop_raise(const char *reason)
{
    plat_stop_fn_t *fn;
    void *baton;

    AcquireSRWLockShared(&stop_lock);
    fn = stop.fn;
    baton = stop.baton;
    ReleaseSRWLockShared(&stop_lock);
    if (fn != NULL)
        fn(baton, reason);
}

BOOL WINAPI plat_win_on_console_event(DWORD event)
{
    switch (event) {
    case CTRL_C_EVENT:
        plat_stop_raise("Ctrl+C");
        return TRUE;
    case CTRL_BREAK_EVENT:
        plat_stop_raise("Ctrl+Break");
        return TRUE;
    case CTRL_CLOSE_EVENT:
        plat_stop_raise("console closed");
        break;
    case CTRL_LOGOFF_EVENT:
        if (plat_win_is_service())
            return TRUE; /* some user, who is nothing to a service */
        plat_stop_raise("user logged off");
        break;
    case CTRL_SHUTDOWN_EVENT:
        if (plat_win_is_service())
            return TRUE; /* its manager says so too, and gives it time */
        plat_stop_raise("system shutdown");
        break;
    default:
        return FALSE;
    }
    Sleep(INFINITE); /* returning would end the process before it has stopped in good order */
    return TRUE;
}

/* Global, because the one who asks may sit in another session than a service. */
static void stop_event_name(wchar_t *name, size_t chars, int64_t pid)
{
    _snwprintf(name, chars, L"Global\\paddock-stop-%lu", (unsigned long)pid);
    name[chars - 1] = L'\0';
}

static DWORD WINAPI stop_thread(LPVOID unused)
{
    (void)unused;
    plat_thread_set_name("signals");
    while (WaitForSingleObject(stop.event, INFINITE) == WAIT_OBJECT_0)
        plat_stop_raise("stop requested");
    return 0;
}

static apr_status_t stop_start(void)
{
    wchar_t name[64];
    apr_status_t rv;
    HANDLE thread;

    stop_event_name(name, sizeof(name) / sizeof(name[0]), plat_process_id());
    stop.event = CreateEventW(NULL, FALSE, FALSE, name);
    if (stop.event == NULL)
        return plat_win_last_error();
    thread = CreateThread(NULL, 0, stop_thread, NULL, 0, NULL);
    if (thread == NULL) {
        rv = plat_win_last_error();
        CloseHandle(stop.event);
        return rv;
    }
    CloseHandle(thread);
    return SetConsoleCtrlHandler(plat_win_on_console_event, TRUE) ? APR_SUCCESS
                                                                  : plat_win_last_error();
}

apr_status_t plat_stop_listen(plat_stop_fn_t *fn, void *baton)
{
    apr_status_t rv = APR_EEXIST;

    ZK_ASSERT(fn != NULL);
    AcquireSRWLockExclusive(&stop_lock);
    if (stop.fn == NULL) {
        stop.fn = fn;
        stop.baton = baton;
        rv = stop_start();
        if (rv != APR_SUCCESS)
            stop.fn = NULL;
    }
    ReleaseSRWLockExclusive(&stop_lock);
    return rv;
}

apr_status_t plat_process_stop(int64_t pid)
{
    wchar_t name[64];
    apr_status_t rv;
    HANDLE event;

    stop_event_name(name, sizeof(name) / sizeof(name[0]), pid);
    event = OpenEventW(EVENT_MODIFY_STATE, FALSE, name);
    if (event == NULL)
        return plat_win_last_error();
    rv = SetEvent(event) ? APR_SUCCESS : plat_win_last_error();
    CloseHandle(event);
    return rv;
}

/* A handle to process PID, or NULL. */
static HANDLE open_process(int64_t pid, DWORD access)
{
    if (pid <= 0 || pid > UINT32_MAX) {
        SetLastError(ERROR_INVALID_PARAMETER); /* what the system says of an id nobody has */
        return NULL;
    }
    return OpenProcess(access, FALSE, (DWORD)pid);
}

apr_status_t plat_process_kill(int64_t pid)
{
    HANDLE process = open_process(pid, PROCESS_TERMINATE);
    apr_status_t rv;

    if (process == NULL)
        return plat_win_last_error();
    rv = TerminateProcess(process, 1) ? APR_SUCCESS : plat_win_last_error();
    CloseHandle(process);
    return rv;
}

/* An ended process keeps its id while anyone holds a handle to it, so ask whether it has ended. */
bool plat_process_alive(int64_t pid)
{
    HANDLE process = open_process(pid, SYNCHRONIZE);
    bool alive;

    if (process == NULL)
        return GetLastError() == ERROR_ACCESS_DENIED;
    alive = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    CloseHandle(process);
    return alive;
}

const char *plat_process_program(int64_t pid, apr_pool_t *pool)
{
    HANDLE process = open_process(pid, PROCESS_QUERY_LIMITED_INFORMATION);
    wchar_t *name;
    DWORD chars = NAME_CHARS_MAX;
    const char *path = NULL;

    if (process == NULL)
        return NULL;
    name = zk_calloc(NAME_CHARS_MAX, sizeof(*name));
    if (QueryFullProcessImageNameW(process, 0, name, &chars) && chars < NAME_CHARS_MAX)
        path = plat_win_narrow(name, pool);
    zk_free(name);
    CloseHandle(process);
    return path;
}

/* Append ARG to LINE so that the C runtime of the new process reads it back unchanged: quotes are
 * escaped, and backslashes only where they stand before a quote. */
static char *add_quoted(char *line, const char *arg)
{
    size_t backslashes = 0;

    *line++ = '"';
    for (; *arg != '\0'; arg++) {
        if (*arg == '"') {
            memset(line, '\\', backslashes + 1);
            line += backslashes + 1;
        }
        backslashes = *arg == '\\' ? backslashes + 1 : 0;
        *line++ = *arg;
    }
    memset(line, '\\', backslashes);
    line += backslashes;
    *line++ = '"';
    return line;
}

wchar_t *plat_win_command_line(const char *const *argv, apr_pool_t *scratch)
{
    size_t bytes = 1;
    char *line;
    char *at;
    size_t i;

    for (i = 0; argv[i] != NULL; i++)
        bytes += 2 * strlen(argv[i]) + 3;
    line = at = apr_palloc(scratch, bytes);
    for (i = 0; argv[i] != NULL; i++) {
        if (i > 0)
            *at++ = ' ';
        at = add_quoted(at, argv[i]);
    }
    *at = '\0';
    return plat_win_wide(line);
}

static HANDLE open_inheritable(const wchar_t *name, DWORD access, DWORD how)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};

    return CreateFileW(name, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       &inherit, how, FILE_ATTRIBUTE_NORMAL, NULL);
}

/* Start LINE with handles IN and OUT, and no others of ours: an inherited listening socket would
 * keep its port busy after we have gone. */
static apr_status_t create_detached(int64_t *pid, wchar_t *line, HANDLE in, HANDLE out)
{
    HANDLE handles[2] = {in, out};
    PROCESS_INFORMATION made;
    STARTUPINFOEXW start;
    apr_status_t rv = APR_SUCCESS;
    SIZE_T bytes = 0;

    memset(&start, 0, sizeof(start));
    start.StartupInfo.cb = sizeof(start);
    start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    start.StartupInfo.hStdInput = in;
    start.StartupInfo.hStdOutput = out;
    start.StartupInfo.hStdError = out;
    InitializeProcThreadAttributeList(NULL, 1, 0, &bytes);
    start.lpAttributeList = zk_malloc(bytes);
    if (!InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &bytes)) {
        rv = plat_win_last_error();
        zk_free(start.lpAttributeList);
        return rv;
    }
    if (!UpdateProcThreadAttribute(start.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
                                   handles, sizeof(handles), NULL, NULL) ||
        !CreateProcessW(NULL, line, NULL, NULL, TRUE,
                        DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP | EXTENDED_STARTUPINFO_PRESENT,
                        NULL, NULL, &start.StartupInfo, &made)) {
        rv = plat_win_last_error();
    } else {
        *pid = (int64_t)made.dwProcessId;
        CloseHandle(made.hThread);
        CloseHandle(made.hProcess);
    }
    DeleteProcThreadAttributeList(start.lpAttributeList);
    zk_free(start.lpAttributeList);
    return rv;
}

apr_status_t plat_process_spawn(int64_t *pid, const char *const *argv, const char *output,
                                apr_pool_t *scratch)
{
    wchar_t *line = plat_win_command_line(argv, scratch);
    wchar_t *output_name = plat_win_wide_path(output);
    HANDLE in = INVALID_HANDLE_VALUE;
    HANDLE out = INVALID_HANDLE_VALUE;
    apr_status_t rv = APR_EBADPATH;

    if (line == NULL || output_name == NULL)
        goto out;
    in = open_inheritable(L"NUL", GENERIC_READ, OPEN_EXISTING);
    out = open_inheritable(output_name, FILE_APPEND_DATA | SYNCHRONIZE, OPEN_ALWAYS);
    if (in == INVALID_HANDLE_VALUE || out == INVALID_HANDLE_VALUE)
        rv = plat_win_last_error();
    else
        rv = create_detached(pid, line, in, out);

out:
    if (in != INVALID_HANDLE_VALUE)
        CloseHandle(in);
    if (out != INVALID_HANDLE_VALUE)
        CloseHandle(out);
    zk_free(line);
    zk_free(output_name);
    return rv;
}

/* --- figures -------------------------------------------------------------------------------- */

int64_t plat_open_files_count(void)
{
    DWORD handles = 0;

    /* A running process has some; emulations that do not count say none. */
    if (!GetProcessHandleCount(GetCurrentProcess(), &handles) || handles == 0)
        return -1;
    return (int64_t)handles;
}

int64_t plat_open_files_max(void)
{
    return HANDLES_MAX;
}

int64_t plat_open_files_raise(void)
{
    return HANDLES_MAX;
}

int64_t plat_memory_resident_bytes(void)
{
    PROCESS_MEMORY_COUNTERS counters;

    memset(&counters, 0, sizeof(counters));
    counters.cb = sizeof(counters);
    if (!GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters)))
        return -1;
    return (int64_t)counters.WorkingSetSize;
}

int plat_cpu_count(void)
{
    DWORD_PTR ours = 0;
    DWORD_PTR all = 0;
    int count = 0;

    if (GetProcessAffinityMask(GetCurrentProcess(), &ours, &all))
        for (; ours != 0; ours &= ours - 1)
            count++;
    return count < 1 ? 1 : count;
}

/* --- surroundings --------------------------------------------------------------------------- */

const char *plat_state_dir(const char *name, apr_pool_t *pool)
{
    char *base = NULL;

    if (apr_env_get(&base, "LOCALAPPDATA", pool) != APR_SUCCESS || base == NULL || base[0] == '\0')
        return NULL;
    return apr_pstrcat(pool, base, "/", name, NULL);
}

typedef struct thread_start {
    void (*run)(void *baton);
    void *baton;
} thread_start_t;

static DWORD WINAPI run_thread(void *baton)
{
    thread_start_t start = *(thread_start_t *)baton;

    zk_free(baton);
    start.run(start.baton);
    return 0;
}

apr_status_t plat_thread_start(plat_thread_t *thread, void (*run)(void *baton), void *baton)
{
    thread_start_t *start = zk_malloc(sizeof(*start));
    apr_status_t rv;
    HANDLE made;

    start->run = run;
    start->baton = baton;
    made = CreateThread(NULL, 0, run_thread, start, 0, NULL);
    if (made == NULL) {
        rv = plat_win_last_error();
        zk_free(start);
        return rv;
    }
    thread->handle = (uintptr_t)made;
    return APR_SUCCESS;
}

void plat_thread_join(plat_thread_t thread)
{
    ZK_ASSERT(WaitForSingleObject((HANDLE)thread.handle, INFINITE) == WAIT_OBJECT_0);
    CloseHandle((HANDLE)thread.handle);
}

void plat_thread_detach(plat_thread_t thread)
{
    CloseHandle((HANDLE)thread.handle);
}

bool plat_thread_is_current(plat_thread_t thread)
{
    return GetThreadId((HANDLE)thread.handle) == GetCurrentThreadId();
}

/* Windows 10 has SetThreadDescription; earlier systems show no names. */
void plat_thread_set_name(const char *name)
{
    typedef HRESULT(WINAPI * describe_fn)(HANDLE, PCWSTR);
    HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
    describe_fn describe = NULL;
    FARPROC found = kernel != NULL ? GetProcAddress(kernel, "SetThreadDescription") : NULL;
    wchar_t *text;

    if (found == NULL)
        return;
    memcpy(&describe, &found, sizeof(describe));
    text = plat_win_wide(name);
    if (text != NULL)
        describe(GetCurrentThread(), text);
    zk_free(text);
}

static bool console_of_input(HANDLE *console)
{
    DWORD mode;

    *console = GetStdHandle(STD_INPUT_HANDLE);
    return *console != INVALID_HANDLE_VALUE && *console != NULL && GetConsoleMode(*console, &mode);
}

bool plat_input_is_terminal(void)
{
    HANDLE console;

    return console_of_input(&console);
}

/* The narrow calls would return text in the console's old code page. */
static bool read_console_line(HANDLE console, char *line, size_t size)
{
    wchar_t text[1024];
    size_t limit = (size - 1) / 3; /* a UTF-16 unit is at most three bytes of UTF-8 */
    DWORD got = 0;
    int bytes;

    if (limit > sizeof(text) / sizeof(text[0]))
        limit = sizeof(text) / sizeof(text[0]);
    if (limit < 1 || !ReadConsoleW(console, text, (DWORD)limit, &got, NULL) || got == 0)
        return false;
    if (text[0] == 0x1a) /* Ctrl+Z */
        return false;
    while (got > 0 && (text[got - 1] == L'\n' || text[got - 1] == L'\r'))
        got--;
    bytes = WideCharToMultiByte(CP_UTF8, 0, text, (int)got, line, (int)(size - 1), NULL, NULL);
    line[bytes] = '\0';
    SecureZeroMemory(text, sizeof(text)); /* it may be a password */
    return true;
}

bool plat_input_read_line(char *line, size_t size)
{
    HANDLE console;
    size_t length;

    ZK_ASSERT(size >= 2 && size <= INT_MAX);
    line[0] = '\0';
    if (console_of_input(&console))
        return read_console_line(console, line, size);
    if (fgets(line, (int)size, stdin) == NULL)
        return false;
    length = strlen(line);
    if (length == size - 1 && line[length - 1] != '\n')
        return true; /* a piece */
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        line[--length] = '\0';
    return true;
}

/* Ctrl+C ends the process; the command interpreter sets its console's mode anew by itself. */
bool plat_input_read_secret(char *line, size_t size)
{
    HANDLE console;
    DWORD mode = 0;
    bool is_console = console_of_input(&console) && GetConsoleMode(console, &mode);
    bool got;

    if (is_console)
        SetConsoleMode(console, (mode | ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT) &
                                    ~(DWORD)ENABLE_ECHO_INPUT);
    got = plat_input_read_line(line, size);
    if (is_console)
        SetConsoleMode(console, mode);
    return got;
}

/* --- secrets and digests -------------------------------------------------------------------- */

static apr_status_t from_ntstatus(NTSTATUS status)
{
    return status >= 0 ? APR_SUCCESS : APR_EGENERAL;
}

apr_status_t plat_random_bytes(void *bytes, size_t length)
{
    uint8_t *at = bytes;
    NTSTATUS status;

    while (length > 0) {
        ULONG part = length > 0x10000 ? 0x10000 : (ULONG)length;

        status = BCryptGenRandom(NULL, at, part, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
        if (status < 0)
            return from_ntstatus(status);
        at += part;
        length -= part;
    }
    return APR_SUCCESS;
}

/* By plat_digest_kind_t. */
static const struct {
    const wchar_t *name;
    size_t bytes;
} digest_methods[PLAT_DIGEST_KINDS] = {
    {BCRYPT_MD5_ALGORITHM, 16},    {BCRYPT_SHA1_ALGORITHM, 20},   {BCRYPT_SHA256_ALGORITHM, 32},
    {BCRYPT_SHA384_ALGORITHM, 48}, {BCRYPT_SHA512_ALGORITHM, 64},
};

static NTSTATUS hash_all(BCRYPT_HASH_HANDLE hash, const uint8_t *at, size_t length, uint8_t *out,
                         size_t out_length)
{
    NTSTATUS status = 0;

    while (length > 0 && status >= 0) {
        ULONG part = length > 0x40000000 ? 0x40000000 : (ULONG)length;

        status = BCryptHashData(hash, (PUCHAR)(uintptr_t)at, part, 0);
        at += part;
        length -= part;
    }
    return status < 0 ? status : BCryptFinishHash(hash, out, (ULONG)out_length, 0);
}

apr_status_t plat_digest_kind(plat_digest_kind_t kind, const void *data, size_t length,
                              uint8_t out[PLAT_DIGEST_BYTES_MAX], size_t *out_length)
{
    BCRYPT_ALG_HANDLE provider = NULL;
    BCRYPT_HASH_HANDLE hash = NULL;
    size_t bytes;
    NTSTATUS status;

    ZK_ASSERT((unsigned)kind < PLAT_DIGEST_KINDS);
    bytes = digest_methods[kind].bytes;
    ZK_ASSERT(bytes <= PLAT_DIGEST_BYTES_MAX);
    status = BCryptOpenAlgorithmProvider(&provider, digest_methods[kind].name, NULL, 0);
    if (status < 0)
        return APR_ENOTIMPL;
    status = BCryptCreateHash(provider, &hash, NULL, 0, NULL, 0, 0);
    if (status >= 0) {
        status = hash_all(hash, data, length, out, bytes);
        BCryptDestroyHash(hash);
    }
    BCryptCloseAlgorithmProvider(provider, 0);
    *out_length = bytes;
    return from_ntstatus(status);
}
