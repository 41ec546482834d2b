/* print.c -- the configuration as text: four-letter word conf, member lists, and which words
 * are allowed.
 *
 * Facts: ZooKeeperServer.dumpConf, QuorumPeer.dumpConf and the replies captured from running
 * servers.
 */
#include "config/config_internal.h"

#include <inttypes.h>
#include <string.h>
#include <apr_file_info.h>
#include <apr_strings.h>

static void print_host(zk_buffer_t *out, const char *host)
{
    zk_buffer_printf(out, strchr(host, ':') != NULL ? "[%s]" : "%s", host);
}

static void print_member(const zk_config_member_t *member, zk_buffer_t *out)
{
    int32_t i;

    zk_buffer_printf(out, "server.%" PRId64 "=", member->sid);
    for (i = 0; i < member->addresses_count; i++) {
        const zk_config_address_t *address = &member->addresses[i];

        zk_buffer_printf(out, "%s", i > 0 ? "|" : "");
        print_host(out, address->host);
        zk_buffer_printf(out, ":%" PRId32 ":%" PRId32, address->quorum_port,
                         address->election_port);
    }
    zk_buffer_printf(out, ":%s", member->observer ? "observer" : "participant");
    if (member->client_port >= 0 && !member->client_from_static) {
        zk_buffer_printf(out, ";");
        print_host(out, member->client_host);
        zk_buffer_printf(out, ":%" PRId32, member->client_port);
    }
    zk_buffer_printf(out, "\n");
}

/* The members of GROUP, whose first is items[FIRST]. */
static void print_group(const zk_config_members_t *members, int32_t first, zk_buffer_t *out)
{
    int64_t group = members->items[first].group;
    const char *separator = "=";
    int32_t i;

    zk_buffer_printf(out, "group.%" PRId64, group);
    for (i = first; i < members->count; i++)
        if (members->items[i].has_group && members->items[i].group == group) {
            zk_buffer_printf(out, "%s%" PRId64, separator, members->items[i].sid);
            separator = ":";
        }
    zk_buffer_printf(out, "\n");
}

/* The lowest group above *LAST, or with FIRST the lowest of all; returns its first member, -1 at
 * the end. */
static int32_t next_group(const zk_config_members_t *members, bool first, int64_t last)
{
    int32_t best = -1;
    int32_t i;

    for (i = 0; i < members->count; i++) {
        const zk_config_member_t *member = &members->items[i];

        if (member->has_group && (first || member->group > last) &&
            (best < 0 || member->group < members->items[best].group))
            best = i;
    }
    return best;
}

void zk_config_print_members(const zk_config_members_t *members, zk_buffer_t *out)
{
    int32_t i;

    for (i = 0; i < members->count; i++)
        print_member(&members->items[i], out);
    if (members->hierarchical) {
        i = next_group(members, true, 0);
        while (i >= 0) {
            print_group(members, i, out);
            i = next_group(members, false, members->items[i].group);
        }
        for (i = 0; i < members->count; i++)
            if (!members->items[i].observer || members->items[i].has_weight)
                zk_buffer_printf(out, "weight.%" PRId64 "=%" PRId64 "\n", members->items[i].sid,
                                 members->items[i].weight);
    }
    zk_buffer_printf(out, "version=%" PRIx64, (uint64_t)members->version);
}

/* DIRECTORY/version-2 with the system's separator. */
static void print_version_dir(const char *key, const char *directory, zk_buffer_t *out)
{
    const char *separator = strchr(directory, '\\') != NULL ? "\\" : "/";
    size_t size = strlen(directory);

    if (size > 0 && (directory[size - 1] == '/' || directory[size - 1] == '\\'))
        separator = "";
    zk_buffer_printf(out, "%s=%s%sversion-2\n", key, directory, separator);
}

static void print_ports(const zk_config_member_t *me, bool election, zk_buffer_t *out)
{
    int32_t i;

    zk_buffer_printf(out, "%s=", election ? "electionPort" : "quorumPort");
    for (i = 0; me != NULL && i < me->addresses_count; i++)
        zk_buffer_printf(out, "%s%" PRId32, i > 0 ? "|" : "",
                         election ? me->addresses[i].election_port : me->addresses[i].quorum_port);
    zk_buffer_printf(out, "\n");
}

void zk_config_print(const zk_config_t *config, const zk_config_facts_t *facts, zk_buffer_t *out)
{
    const zk_config_member_t *me;

    zk_buffer_printf(out, "clientPort=%" PRId32 "\nsecureClientPort=%" PRId32 "\n",
                     facts->client_port, facts->secure_client_port);
    print_version_dir("dataDir", config->data_dir_absolute, out);
    zk_buffer_printf(out, "dataDirSize=%" PRId64 "\n", facts->data_dir_bytes);
    print_version_dir("dataLogDir", config->data_log_dir_absolute, out);
    zk_buffer_printf(out, "dataLogSize=%" PRId64 "\n", facts->data_log_dir_bytes);
    zk_buffer_printf(out,
                     "tickTime=%" PRId32 "\nmaxClientCnxns=%" PRId32 "\nminSessionTimeout=%" PRId32
                     "\nmaxSessionTimeout=%" PRId32 "\nclientPortListenBacklog=%" PRId32
                     "\nserverId=%" PRId64 "\n",
                     config->tick_ms, config->connections_per_ip_max,
                     config->session_timeout_min_ms, config->session_timeout_max_ms,
                     config->listen_backlog, facts->server_id);
    if (!config->distributed)
        return;
    me = zk_config_member(&config->members, config->server_id);
    zk_buffer_printf(out, "initLimit=%" PRId32 "\nsyncLimit=%" PRId32 "\nelectionAlg=%" PRId32 "\n",
                     config->init_limit_ticks, config->sync_limit_ticks,
                     config->election_algorithm);
    print_ports(me, true, out);
    print_ports(me, false, out);
    zk_buffer_printf(out, "peerType=%d\n", config->observer ? 1 : 0);
    if (facts->read_only)
        return;
    zk_buffer_printf(out, "membership: \n");
    zk_config_print_members(&config->members, out);
}

bool zk_config_allows_word(const zk_config_t *config, const char *word)
{
    const char *at = config->fourlw_words;

    if (strcmp(word, "srvr") == 0 || (strcmp(word, "isro") == 0 && config->read_only_mode))
        return true;
    while (*at != '\0') {
        size_t size = strcspn(at, ",");
        const char *start = at;
        const char *end = at + size;

        while (start < end && (unsigned char)*start <= 0x20)
            start++;
        while (end > start && (unsigned char)end[-1] <= 0x20)
            end--;
        if ((end - start == 1 && *start == '*') ||
            ((size_t)(end - start) == strlen(word) && memcmp(start, word, strlen(word)) == 0))
            return true;
        at += size + (at[size] == ',' ? 1 : 0);
    }
    return false;
}
