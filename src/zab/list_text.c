/* list_text.c -- see list_text.h.  A line that is no server, group or weight says nothing about
 * voters and is passed over: addresses are somebody else's business. */
#include "zab/list_text.h"

#include <string.h>

#include "base/status.h"

/* The next line of *TEXT, which is moved behind it. */
static bool next_line(zk_str_t *text, zk_str_t *line)
{
    const char *end;

    if (zk_str_size(*text) == 0)
        return false;
    end = memchr(text->data, '\n', zk_str_size(*text));
    if (end == NULL) {
        *line = *text;
        *text = zk_str_n(text->data + text->length, 0);
        return true;
    }
    *line = zk_str_n(text->data, (size_t)(end - text->data));
    *text = zk_str_n(end + 1, zk_str_size(*text) - zk_str_size(*line) - 1);
    return true;
}

/* A decimal number at the start of *TEXT, which is moved behind it. */
static bool take_number(zk_str_t *text, int64_t *number)
{
    int32_t used = 0;

    *number = 0;
    while (used < text->length && text->data[used] >= '0' && text->data[used] <= '9') {
        if (*number > (INT64_MAX - 9) / 10)
            return false;
        *number = *number * 10 + (text->data[used] - '0');
        used++;
    }
    text->data += used;
    text->length -= used;
    return used > 0;
}

/* Is *LINE "<KEY><number>=..."? Then *NUMBER is set and *LINE moved behind the "=". */
static bool take_key(zk_str_t *line, const char *key, int64_t *number, bool *broken)
{
    zk_str_t rest = *line;

    if (!zk_str_starts_with(rest, key))
        return false;
    rest.data += strlen(key);
    rest.length -= (int32_t)strlen(key);
    if (!take_number(&rest, number) || rest.length == 0 || rest.data[0] != '=') {
        *broken = true;
        return false;
    }
    *line = zk_str_n(rest.data + 1, zk_str_size(rest) - 1);
    return true;
}

/* Does the value of a server line name an observer? The role, if any, stands last before the client
 * part. */
static bool names_observer(zk_str_t value)
{
    static const char role[] = ":observer";
    const char *client = value.length == 0 ? NULL : memchr(value.data, ';', zk_str_size(value));
    size_t size = client == NULL ? zk_str_size(value) : (size_t)(client - value.data);
    size_t i;

    if (size < sizeof(role) - 1)
        return false;
    for (i = 0; i < sizeof(role) - 1; i++) {
        char c = value.data[size - (sizeof(role) - 1) + i];

        if ((c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c) != role[i])
            return false;
    }
    return true;
}

static bool read_servers(zk_quorum_t *voters, zk_str_t text)
{
    int64_t sids[ZK_QUORUM_VOTERS_MAX];
    int32_t count = 0;
    bool broken = false;
    zk_str_t line;
    int64_t sid;

    while (next_line(&text, &line) && !broken) {
        if (!take_key(&line, "server.", &sid, &broken) || names_observer(line))
            continue;
        if (count == ZK_QUORUM_VOTERS_MAX)
            return false;
        sids[count++] = sid;
    }
    if (broken || count == 0)
        return false;
    zk_quorum_set(voters, sids, count);
    return true;
}

/* The members of one group line: numbers with colons between. */
static bool read_group(zk_quorum_t *voters, int64_t group, zk_str_t value)
{
    int64_t sid;
    int32_t place;

    while (take_number(&value, &sid)) {
        place = zk_quorum_place(voters, sid);
        if (place >= 0)
            zk_quorum_set_group(voters, sid, group, voters->weights[place]);
        if (value.length == 0)
            return true;
        if (value.data[0] != ':')
            return false;
        value = zk_str_n(value.data + 1, zk_str_size(value) - 1);
    }
    return false;
}

static bool read_weight(zk_quorum_t *voters, int64_t sid, zk_str_t value)
{
    int32_t place = zk_quorum_place(voters, sid);
    int64_t weight;

    if (!take_number(&value, &weight) || weight > ZK_QUORUM_WEIGHT_MAX)
        return false;
    if (place >= 0)
        zk_quorum_set_group(voters, sid, voters->groups[place], weight);
    return true;
}

bool zk_list_text_voters(zk_quorum_t *voters, zk_str_t text)
{
    bool broken = false;
    zk_str_t line;
    int64_t number;

    if (zk_str_is_null(text) || !read_servers(voters, text))
        return false;
    while (next_line(&text, &line) && !broken) {
        if (take_key(&line, "group.", &number, &broken))
            broken = !read_group(voters, number, line);
        else if (take_key(&line, "weight.", &number, &broken))
            broken = !read_weight(voters, number, line);
    }
    return !broken;
}

bool zk_quorum_is_same(const zk_quorum_t *a, const zk_quorum_t *b)
{
    int32_t i;

    if (a->count != b->count || a->is_hierarchical != b->is_hierarchical)
        return false;
    for (i = 0; i < a->count; i++)
        if (a->sids[i] != b->sids[i] || a->weights[i] != b->weights[i] ||
            a->groups[i] != b->groups[i])
            return false;
    return true;
}

bool zk_quorum_could_split(const zk_quorum_t *ours, const bool *taken, const zk_quorum_t *other)
{
    bool free_to_go[ZK_QUORUM_VOTERS_MAX];
    int32_t i;

    for (i = 0; i < other->count; i++) {
        int32_t place = zk_quorum_place(ours, other->sids[i]);

        free_to_go[i] = place < 0 || !taken[place];
    }
    return zk_quorum_reached(other, free_to_go);
}
