/* plat_service_registry.c -- what is kept about a service in the registry.
 *
 *   HKLM\SYSTEM\CurrentControlSet\Services\NAME\Parameters   ConfigFile, LogFile, Args
 *   HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\NAME
 *                                            where the event log finds the texts of our events
 *
 * The first goes with the service; the second is taken back by plat_win_forget_service. */
#include "plat_win.h"

#include "base/plat_service.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#define SERVICES L"SYSTEM\\CurrentControlSet\\Services\\"
#define EVENT_SOURCES SERVICES L"EventLog\\Application\\"
#define MESSAGE_FILE L"EventMessageFile"
#define KEY_CHARS_MAX 512 /* a service's name has 256 at most */

/* PARENT and NAME and BELOW as one key; false when that is too long. */
static bool join_key(wchar_t key[KEY_CHARS_MAX], const wchar_t *parent, const wchar_t *name,
                     const wchar_t *below)
{
    if (wcslen(parent) + wcslen(name) + wcslen(below) >= KEY_CHARS_MAX ||
        wcschr(name, L'\\') != NULL)
        return false;
    wcscpy(key, parent);
    wcscat(key, name);
    wcscat(key, below);
    return true;
}

static LONG set_text(HKEY key, const wchar_t *name, const wchar_t *text)
{
    return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text,
                          (DWORD)((wcslen(text) + 1) * sizeof(*text)));
}

static LONG set_utf8(HKEY key, const wchar_t *name, const char *text)
{
    wchar_t *wide = plat_win_wide(text);
    LONG error = wide != NULL ? set_text(key, name, wide) : ERROR_INVALID_DATA;

    zk_free(wide);
    return error;
}

/* The words of TEXTS, each ended by a NUL and all by another. */
static LONG set_words(HKEY key, const wchar_t *name, const char *const *texts)
{
    wchar_t *all = zk_calloc(1, sizeof(*all));
    LONG error = ERROR_SUCCESS;
    size_t used = 0;

    for (; *texts != NULL && error == ERROR_SUCCESS; texts++) {
        wchar_t *wide = plat_win_wide(*texts);

        if (wide == NULL) {
            error = ERROR_INVALID_DATA;
        } else {
            all = zk_realloc(all, (used + wcslen(wide) + 2) * sizeof(*all));
            wcscpy(all + used, wide);
            used += wcslen(wide) + 1;
            all[used] = L'\0';
        }
        zk_free(wide);
    }
    if (error == ERROR_SUCCESS)
        error = RegSetValueExW(key, name, 0, REG_MULTI_SZ, (const BYTE *)all,
                               (DWORD)((used + 1) * sizeof(*all)));
    zk_free(all);
    return error;
}

/* The value NAME of KEY with two NULs behind it, freed by zk_free; NULL when there is none of KIND.
 */
static wchar_t *get_value(HKEY key, const wchar_t *name, DWORD kind)
{
    DWORD bytes = 0;
    DWORD type = 0;
    wchar_t *value;

    if (RegQueryValueExW(key, name, NULL, &type, NULL, &bytes) != ERROR_SUCCESS || type != kind)
        return NULL;
    value = zk_calloc(1, bytes + 2 * sizeof(*value));
    if (RegQueryValueExW(key, name, NULL, &type, (BYTE *)value, &bytes) == ERROR_SUCCESS &&
        type == kind)
        return value;
    zk_free(value);
    return NULL;
}

static const char *get_utf8(HKEY key, const wchar_t *name, apr_pool_t *pool)
{
    wchar_t *value = get_value(key, name, REG_SZ);
    const char *text = value != NULL ? plat_win_narrow(value, pool) : NULL;

    zk_free(value);
    return text;
}

static const char *const *get_words(HKEY key, const wchar_t *name, apr_pool_t *pool)
{
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(const char *));
    wchar_t *value = get_value(key, name, REG_MULTI_SZ);
    const wchar_t *at;

    for (at = value; at != NULL && *at != L'\0'; at += wcslen(at) + 1)
        APR_ARRAY_PUSH(words, const char *) = plat_win_narrow(at, pool);
    zk_free(value);
    APR_ARRAY_PUSH(words, const char *) = NULL;
    return (const char *const *)(void *)words->elts;
}

static LONG open_parameters(HKEY *key, const char *name, bool create)
{
    wchar_t *wide = plat_win_wide(name);
    wchar_t path[KEY_CHARS_MAX];
    LONG error = ERROR_INVALID_NAME;

    if (wide != NULL && join_key(path, SERVICES, wide, L"\\Parameters"))
        error = create ? RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL,
                                         key, NULL)
                       : RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, key);
    zk_free(wide);
    return error;
}

apr_status_t plat_service_set_parameters(const char *name,
                                         const plat_service_parameters_t *parameters,
                                         apr_pool_t *scratch, zk_note_t *note)
{
    HKEY key = NULL;
    LONG error = open_parameters(&key, name, true);

    (void)scratch;
    if (error == ERROR_SUCCESS) {
        error = set_utf8(key, L"ConfigFile", parameters->config_file);
        if (error == ERROR_SUCCESS)
            error = set_utf8(key, L"LogFile", parameters->log_file);
        if (error == ERROR_SUCCESS)
            error = set_words(key, L"Args", parameters->args);
        RegCloseKey(key);
    }
    if (error != ERROR_SUCCESS)
        return zk_note(note, plat_win_status((DWORD)error),
                       "cannot write the parameters of service '%s'", name);
    return APR_SUCCESS;
}

apr_status_t plat_service_parameters(plat_service_parameters_t *parameters, const char *name,
                                     apr_pool_t *pool, zk_note_t *note)
{
    HKEY key = NULL;
    LONG error = open_parameters(&key, name, false);

    if (error != ERROR_SUCCESS)
        return zk_note(note, plat_win_status((DWORD)error),
                       "cannot read the parameters of service '%s'", name);
    parameters->config_file = get_utf8(key, L"ConfigFile", pool);
    parameters->log_file = get_utf8(key, L"LogFile", pool);
    parameters->args = get_words(key, L"Args", pool);
    RegCloseKey(key);
    if (parameters->config_file == NULL)
        return zk_note(note, APR_ENOENT, "service '%s' has no parameter ConfigFile", name);
    return APR_SUCCESS;
}

void plat_win_add_event_source(const wchar_t *name, const char *program)
{
    const DWORD kinds = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
    wchar_t path[KEY_CHARS_MAX];
    HKEY key = NULL;

    /* Without it the events are there all the same, under a worse text. */
    if (!join_key(path, EVENT_SOURCES, name, L"") ||
        RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL) !=
            ERROR_SUCCESS)
        return;
    set_utf8(key, MESSAGE_FILE, program);
    RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&kinds, sizeof(kinds));
    RegCloseKey(key);
}

void plat_win_forget_service(const char *name)
{
    wchar_t *wide = plat_win_wide(name);
    wchar_t path[KEY_CHARS_MAX];

    if (wide != NULL && join_key(path, EVENT_SOURCES, wide, L""))
        RegDeleteKeyW(HKEY_LOCAL_MACHINE, path);
    if (wide != NULL && join_key(path, SERVICES, wide, L"\\Parameters"))
        RegDeleteKeyW(HKEY_LOCAL_MACHINE, path);
    zk_free(wide);
}
