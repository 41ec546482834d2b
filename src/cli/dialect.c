/* dialect.c -- see dialect.h. */
#include "cli/dialect.h"

#include <ctype.h>
#include <stddef.h>

enum { PART_MAX = 999, BEGINNING = 0, TODAY = INT32_MAX };

/* A feature may have several rows. */
static const struct {
    zk_dialect_feature_t feature;
    zk_dialect_t first;
    zk_dialect_t last;
} table[] = {
    {ZK_DIALECT_KEEP_QUOTES, BEGINNING, 3004006},    {ZK_DIALECT_KEEP_QUOTES, 3005000, 3005001},
    {ZK_DIALECT_STAT_ALWAYS, BEGINNING, 3004999},    {ZK_DIALECT_QUITTING, BEGINNING, 3004999},
    {ZK_DIALECT_COMMAND_FAILED, BEGINNING, 3004999}, {ZK_DIALECT_JAVA_ORDER, BEGINNING, 3004999},
    {ZK_DIALECT_QUOTA_COMMENT, BEGINNING, 3004999},  {ZK_DIALECT_NO_REDRAW, BEGINNING, 3004999},
    {ZK_DIALECT_SYNC_RETURNED, BEGINNING, 3005005},  {ZK_DIALECT_SESSIONID, BEGINNING, 3005999},
    {ZK_DIALECT_DEPRECATION, 3005000, TODAY},        {ZK_DIALECT_NOT_FOUND, 3005003, TODAY},
    {ZK_DIALECT_CLOSED_EVENT, 3005005, TODAY},       {ZK_DIALECT_OLD_NO_AUTH, BEGINNING, 3006002},
    {ZK_DIALECT_EVENT_ZXID, 3009000, TODAY},
};

/* The number at *TEXT, which is moved behind it; -1 where there is none or it is too large. */
static int32_t take_part(const char **text)
{
    int32_t part = 0;

    if (!isdigit((unsigned char)**text))
        return -1;
    for (; isdigit((unsigned char)**text); (*text)++) {
        part = part * 10 + (**text - '0');
        if (part > PART_MAX)
            return -1;
    }
    return part;
}

bool zk_dialect_parse(zk_dialect_t *dialect, const char *text)
{
    int32_t parts[3] = {0, 0, PART_MAX};
    int count;

    for (count = 0; count < 3; count++) {
        if (count > 0 && *text++ != '.')
            return false;
        parts[count] = take_part(&text);
        if (parts[count] < 0)
            return false;
        if (*text == '\0')
            break;
    }
    if (*text != '\0' || count == 0)
        return false;
    if (count == 1 && parts[0] == 3 && parts[1] == 4)
        parts[2] = 6;
    *dialect = parts[0] * 1000000 + parts[1] * 1000 + parts[2];
    return true;
}

bool zk_dialect_has(zk_dialect_t dialect, zk_dialect_feature_t feature)
{
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].feature == feature && dialect >= table[i].first && dialect <= table[i].last)
            return true;
    return false;
}
