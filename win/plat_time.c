/* plat_time.c -- local time on Windows, with the zone names that Java prints.
 *
 * Windows names its zones in long words, in the user's language; the registry's key of a zone is
 * always English, and the table below gives its short names as Java has them.  TZ of the
 * environment counts as it does for the C library here, in the form "NAME" or "<NAME>" and an
 * offset, without summer time. */
#include "plat_win.h"

#include "base/plat.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/status.h"

#define TICKS_PER_MS 10000
#define MS_FROM_1601_TO_1970 INT64_C(11644473600000)
#define MS_MAX (INT64_C(900000000000000)) /* the year 30,000, short of the system's own end */

static const struct {
    const char *key; /* below HKLM\...\Time Zones */
    const char *standard;
    const char *daylight; /* NULL: none */
} zones[] = {
    {"UTC", "UTC", NULL},
    {"GMT Standard Time", "GMT", "BST"},
    {"Greenwich Standard Time", "GMT", NULL},
    {"W. Europe Standard Time", "CET", "CEST"},
    {"Central Europe Standard Time", "CET", "CEST"},
    {"Central European Standard Time", "CET", "CEST"},
    {"Romance Standard Time", "CET", "CEST"},
    {"W. Central Africa Standard Time", "WAT", NULL},
    {"GTB Standard Time", "EET", "EEST"},
    {"FLE Standard Time", "EET", "EEST"},
    {"E. Europe Standard Time", "EET", "EEST"},
    {"South Africa Standard Time", "SAST", NULL},
    {"Israel Standard Time", "IST", "IDT"},
    {"Russian Standard Time", "MSK", NULL},
    {"E. Africa Standard Time", "EAT", NULL},
    {"Pakistan Standard Time", "PKT", NULL},
    {"India Standard Time", "IST", NULL},
    {"SE Asia Standard Time", "ICT", NULL},
    {"China Standard Time", "CST", NULL},
    {"Taipei Standard Time", "CST", NULL},
    {"Singapore Standard Time", "SGT", NULL},
    {"W. Australia Standard Time", "AWST", NULL},
    {"Tokyo Standard Time", "JST", NULL},
    {"Korea Standard Time", "KST", NULL},
    {"AUS Eastern Standard Time", "AEST", "AEDT"},
    {"E. Australia Standard Time", "AEST", NULL},
    {"New Zealand Standard Time", "NZST", "NZDT"},
    {"E. South America Standard Time", "BRT", NULL},
    {"Atlantic Standard Time", "AST", "ADT"},
    {"Eastern Standard Time", "EST", "EDT"},
    {"Central Standard Time", "CST", "CDT"},
    {"Mountain Standard Time", "MST", "MDT"},
    {"US Mountain Standard Time", "MST", NULL},
    {"Pacific Standard Time", "PST", "PDT"},
    {"Alaskan Standard Time", "AKST", "AKDT"},
    {"Hawaiian Standard Time", "HST", NULL},
};

/* MS since 1970 as parts; false outside the system's calendar. */
static bool break_down(SYSTEMTIME *parts, int64_t ms)
{
    ULARGE_INTEGER ticks;
    FILETIME time;

    if (ms < -MS_FROM_1601_TO_1970 || ms > MS_MAX)
        return false;
    ticks.QuadPart = (ULONGLONG)(ms + MS_FROM_1601_TO_1970) * TICKS_PER_MS;
    time.dwLowDateTime = ticks.LowPart;
    time.dwHighDateTime = ticks.HighPart;
    return FileTimeToSystemTime(&time, parts);
}

static int64_t put_together(const SYSTEMTIME *parts)
{
    ULARGE_INTEGER ticks;
    FILETIME time;

    if (!SystemTimeToFileTime(parts, &time))
        return 0;
    ticks.LowPart = time.dwLowDateTime;
    ticks.HighPart = time.dwHighDateTime;
    return (int64_t)(ticks.QuadPart / TICKS_PER_MS) - MS_FROM_1601_TO_1970;
}

static void set_parts(plat_local_time_t *local, const SYSTEMTIME *parts)
{
    local->year = parts->wYear;
    local->month = parts->wMonth;
    local->day = parts->wDay;
    local->weekday = parts->wDayOfWeek;
    local->hour = parts->wHour;
    local->minute = parts->wMinute;
    local->second = parts->wSecond;
}

/* Read "UTC", "GMT", or "NAME" or "<NAME>" and "[+-]H[:MM]", which counts west of Greenwich; false
 * for anything else. */
static bool read_tz(const char *tz, char zone[PLAT_ZONE_BYTES], int *minutes_east)
{
    bool bracket = tz[0] == '<';
    const char *name = bracket ? tz + 1 : tz;
    size_t length = strcspn(name, bracket ? ">" : "+-0123456789:");
    const char *rest = name + length;
    char *end;
    long hours, minutes;

    if (strcmp(tz, "UTC") == 0 || strcmp(tz, "GMT") == 0) {
        apr_cpystrn(zone, tz, PLAT_ZONE_BYTES);
        *minutes_east = 0;
        return true;
    }
    if (length < 3 || length >= PLAT_ZONE_BYTES || *rest == '\0')
        return false;
    if (bracket)
        rest++;
    hours = strtol(rest, &end, 10);
    minutes = *end == ':' ? strtol(end + 1, &end, 10) : 0;
    if (end == rest || *end != '\0' || labs(hours) > 24 || minutes < 0 || minutes > 59)
        return false;
    *minutes_east = (int)(*rest == '-' ? -hours * 60 + minutes : -hours * 60 - minutes);
    if (name[0] == '+' || name[0] == '-')
        plat_zone_print_offset(zone, *minutes_east);
    else
        apr_cpystrn(zone, name, length + 1);
    return true;
}

/* The short name of zone KEY, whose clock is MINUTES_EAST now. */
static void name_zone(char zone[PLAT_ZONE_BYTES], const wchar_t *key, bool daylight,
                      int minutes_east)
{
    size_t i, at;

    for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        for (at = 0; zones[i].key[at] != '\0' && key[at] == (wchar_t)zones[i].key[at]; at++)
            continue;
        if (zones[i].key[at] != '\0' || key[at] != L'\0')
            continue;
        if (!daylight || zones[i].daylight != NULL) {
            apr_cpystrn(zone, daylight ? zones[i].daylight : zones[i].standard, PLAT_ZONE_BYTES);
            return;
        }
    }
    plat_zone_print_offset(zone, minutes_east);
}

bool plat_local_time(plat_local_time_t *local, int64_t wall_ms)
{
    DYNAMIC_TIME_ZONE_INFORMATION zone;
    TIME_ZONE_INFORMATION rules;
    SYSTEMTIME utc, parts;
    DWORD tz_length;
    char tz[64];
    int minutes_east;
    bool daylight;

    tz_length = GetEnvironmentVariableA("TZ", tz, sizeof(tz));
    if (tz_length > 0 && tz_length < sizeof(tz) && read_tz(tz, local->zone, &minutes_east)) {
        if (!break_down(&parts, wall_ms + (int64_t)minutes_east * 60000))
            return false;
        set_parts(local, &parts);
        return true;
    }
    memset(&zone, 0, sizeof(zone));
    GetDynamicTimeZoneInformation(&zone);
    if (!break_down(&utc, wall_ms) || !GetTimeZoneInformationForYear(utc.wYear, NULL, &rules) ||
        !SystemTimeToTzSpecificLocalTime(&rules, &utc, &parts))
        return false;
    set_parts(local, &parts);
    minutes_east = (int)((put_together(&parts) - put_together(&utc)) / 60000);
    daylight =
        rules.DaylightDate.wMonth != 0 && minutes_east == -(int)(rules.Bias + rules.DaylightBias);
    name_zone(local->zone, zone.TimeZoneKeyName, daylight, minutes_east);
    return true;
}
