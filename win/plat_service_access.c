/* plat_service_access.c -- which directories a service may touch.
 *
 * A service of its own account is known to files by a number that follows from its name, so rights
 * can be granted although no directory of accounts has it: S-1-5-80 and the SHA-1 of the name in
 * capitals, as five numbers.  We ask the system first and compute only what it does not look up.
 *
 * Facts: RtlCreateServiceSid. */
#include "plat_win.h"

#include "base/plat_service.h"

#include <string.h>

#include <aclapi.h>
#include <apr_cstr.h>
#include <apr_strings.h>

#include "base/plat.h"

#define OWN_DOMAIN "NT SERVICE\\"
#define SID_BYTES_MAX 68 /* SECURITY_MAX_SID_SIZE */
#define DOMAIN_CHARS_MAX 256
#define SERVICE_SID_NUMBERS 5

const char *plat_win_own_account(const char *name, apr_pool_t *pool)
{
    return apr_pstrcat(pool, OWN_DOMAIN, name, NULL);
}

/* Whether ACCOUNT is that of an installed service, which *NAME then is. */
static bool is_own_account(const char *account, const char **name)
{
    size_t length = strlen(OWN_DOMAIN);
    plat_service_state_t state = PLAT_SERVICE_ABSENT;

    if (apr_cstr_casecmpn(account, OWN_DOMAIN, length) != 0)
        return false;
    *name = account + length;
    return plat_service_query(&state, NULL, *name, NULL) == APR_SUCCESS &&
           state != PLAT_SERVICE_ABSENT;
}

/* The number of service NAME into SID. */
static bool make_service_sid(BYTE sid[SID_BYTES_MAX], const char *name)
{
    SID_IDENTIFIER_AUTHORITY authority = SECURITY_NT_AUTHORITY;
    uint8_t digest[PLAT_DIGEST_BYTES_MAX];
    wchar_t *wide = plat_win_wide(name);
    size_t bytes = 0;
    DWORD number;
    bool made = false;
    BYTE i;

    if (wide != NULL) {
        CharUpperBuffW(wide, (DWORD)wcslen(wide));
        made = plat_digest_kind(PLAT_DIGEST_SHA1, wide, wcslen(wide) * sizeof(*wide), digest,
                                &bytes) == APR_SUCCESS &&
               InitializeSid(sid, &authority, SERVICE_SID_NUMBERS + 1);
    }
    if (made)
        *GetSidSubAuthority(sid, 0) = SECURITY_SERVICE_ID_BASE_RID;
    for (i = 0; made && i < SERVICE_SID_NUMBERS; i++) {
        memcpy(&number, digest + sizeof(number) * i, sizeof(number));
        *GetSidSubAuthority(sid, (DWORD)i + 1) = number;
    }
    zk_free(wide);
    return made;
}

/* The number of ACCOUNT into SID, or the system's error. */
static DWORD find_sid(BYTE sid[SID_BYTES_MAX], const char *account)
{
    wchar_t domain[DOMAIN_CHARS_MAX];
    DWORD chars = DOMAIN_CHARS_MAX;
    DWORD bytes = SID_BYTES_MAX;
    wchar_t *wide = plat_win_wide(account);
    DWORD error = ERROR_INVALID_NAME;
    SID_NAME_USE use;
    const char *name;

    if (wide != NULL)
        error = LookupAccountNameW(NULL, wide, sid, &bytes, domain, &chars, &use) ? ERROR_SUCCESS
                                                                                  : GetLastError();
    zk_free(wide);
    if (error != ERROR_SUCCESS && is_own_account(account, &name) && make_service_sid(sid, name))
        return ERROR_SUCCESS;
    return error;
}

#define TARGET_CHARS_MAX 1024

/* The system's own drives are devices; those of `subst` and `net use` point to another place. */
bool plat_service_sees(const char *path)
{
    wchar_t letter[3] = {L'\0', L':', L'\0'};
    wchar_t root[4] = {L'\0', L':', L'\\', L'\0'};
    wchar_t target[TARGET_CHARS_MAX];

    if (path[0] == '\0' || path[1] != ':')
        return true;
    letter[0] = root[0] = (wchar_t)(unsigned char)path[0];
    if (GetDriveTypeW(root) == DRIVE_REMOTE)
        return false;
    return QueryDosDeviceW(letter, target, TARGET_CHARS_MAX) == 0 ||
           wcsncmp(target, L"\\??\\", 4) != 0;
}

/* Change what ACCOUNT may do with PATH and all below it; the system's error. */
static DWORD change_access(const char *account, const char *path, ACCESS_MODE mode, DWORD rights)
{
    wchar_t *wide_path = plat_win_wide_path(path);
    PSECURITY_DESCRIPTOR descriptor = NULL;
    BYTE sid[SID_BYTES_MAX];
    EXPLICIT_ACCESSW change;
    PACL before = NULL;
    PACL after = NULL;
    DWORD error = find_sid(sid, account);

    memset(&change, 0, sizeof(change));
    change.grfAccessPermissions = rights;
    change.grfAccessMode = mode;
    change.grfInheritance = SUB_CONTAINERS_AND_OBJECTS_INHERIT;
    change.Trustee.TrusteeForm = TRUSTEE_IS_SID;
    change.Trustee.ptstrName = (LPWSTR)(void *)sid;
    if (error == ERROR_SUCCESS && wide_path == NULL)
        error = ERROR_INVALID_NAME;
    if (error == ERROR_SUCCESS)
        error = GetNamedSecurityInfoW(wide_path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL,
                                      NULL, &before, NULL, &descriptor);
    if (error == ERROR_SUCCESS)
        error = SetEntriesInAclW(1, &change, before, &after);
    if (error == ERROR_SUCCESS)
        error = SetNamedSecurityInfoW(wide_path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL,
                                      NULL, after, NULL);
    LocalFree(after);
    LocalFree(descriptor);
    zk_free(wide_path);
    return error;
}

apr_status_t plat_service_grant(const char *account, const char *path, bool write, zk_note_t *note)
{
    DWORD rights = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;
    DWORD error;

    if (write)
        rights |= FILE_GENERIC_WRITE | DELETE | FILE_DELETE_CHILD;
    error = change_access(account, path, GRANT_ACCESS, rights);
    if (error != ERROR_SUCCESS)
        return zk_note(note, plat_win_status(error), "cannot give '%s' access to '%s'", account,
                       path);
    return APR_SUCCESS;
}

apr_status_t plat_service_revoke(const char *account, const char *path, zk_note_t *note)
{
    DWORD error = change_access(account, path, REVOKE_ACCESS, 0);

    if (error != ERROR_SUCCESS)
        return zk_note(note, plat_win_status(error), "cannot take the access of '%s' from '%s'",
                       account, path);
    return APR_SUCCESS;
}
