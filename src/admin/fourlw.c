/* fourlw.c -- the table of four-letter words, who may use them, and the short replies.
 *
 * The long ones are in fourlw_dump.c.  A word is refused by name before anything else happens, so a
 * server with the default whitelist does no work for them.  Most words say so when clients are not
 * served; the table marks those that answer regardless.
 *
 * Packets: a word counts as one packet received and each piece of its reply as one sent, on top of
 * what the replica counts. */
#include "admin/fourlw.h"

#include <inttypes.h>
#include <string.h>

#include <apr_strings.h>

#include "admin/environment.h"
#include "admin/fourlw_internal.h"
#include "base/log.h"

#define NOT_SERVING "This ZooKeeper instance is not currently serving requests"
#define TELNET_CLOSE 0xfff4fffdu
#define DIGESTS_MAX 1024
#define REPLY_PIECE_BYTES 8192
/* Client requests, sessions and warnings, upstream's default. */
#define TRACE_MASK_DEFAULT 306

typedef struct word {
    const char *text;
    bool always; /* also when clients are not served */
    void (*reply)(zk_fourlw_t *fourlw, zk_buffer_t *out);
} word_t;

/* ---- replies ---- */

static void reply_ruok(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    (void)fourlw;
    zk_buffer_printf(out, "imok");
}

static void reply_isro(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    const char *text = fourlw->source->is_read_only ? "ro" : "rw";

    zk_buffer_printf(out, "%s", fourlw->source->is_serving ? text : "null");
}

static void reply_gtmk(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    zk_buffer_printf(out, "%" PRId64, fourlw->trace_mask);
}

static void reply_stmk(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    zk_buffer_printf(out, "%" PRId64, fourlw->trace_mask);
}

static void put_environment(void *baton, const char *key, const char *value)
{
    zk_buffer_printf(baton, "%s=%s\n", key, value);
}

static void reply_envi(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    (void)fourlw;
    zk_buffer_printf(out, "Environment:\n");
    zk_environment_visit(put_environment, out);
}

static void reply_conf(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    fourlw->source->print_config(fourlw->source->baton, out);
}

static void reply_crst(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    zk_replica_reset_client_stats(fourlw->source->replica);
    zk_buffer_printf(out, "Connection stats reset.\n");
}

static void reply_srst(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    zk_replica_reset_stats(fourlw->source->replica);
    zk_metrics_reset(fourlw->source->metrics, fourlw->source);
    fourlw->words_received = 0;
    fourlw->words_sent = 0;
    zk_buffer_printf(out, "Server stats reset.\n");
}

static void reply_dirs(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    int64_t data_bytes = 0;
    int64_t log_bytes = 0;

    fourlw->source->directory_bytes(fourlw->source->baton, &data_bytes, &log_bytes);
    zk_buffer_printf(out, "datadir_size: %" PRId64 "\nlogdir_size: %" PRId64 "\n", data_bytes,
                     log_bytes);
}

static void reply_hash(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    zk_digest_entry_t entries[DIGESTS_MAX];
    size_t count =
        zk_tree_digest_history(zk_replica_tree(fourlw->source->replica), entries, DIGESTS_MAX);

    for (size_t i = 0; i < count; i++)
        zk_buffer_printf(out, "%" PRIx64 ": %" PRId64 "\n", (uint64_t)entries[i].zxid,
                         (int64_t)entries[i].digest);
}

static void reply_mntr(zk_fourlw_t *fourlw, zk_buffer_t *out)
{
    const zk_admin_facts_t *source = fourlw->source;

    zk_buffer_printf(out, "zk_version\t%s\n", zk_environment_version());
    zk_buffer_printf(out, "zk_server_state\t%s\n", source->server_state);
    if (source->peer_state != NULL)
        zk_buffer_printf(out, "zk_peer_state\t%s\n", source->peer_state);
    if (strcmp(source->server_state, "observer") == 0)
        zk_buffer_printf(out, "zk_observer_master_id\t%" PRId64 "\n",
                         zk_zab_leader(zk_replica_zab(source->replica)));
    zk_metrics_print_mntr(source, fourlw->words_received, fourlw->words_sent, out);
}

static const word_t words[] = {
    {"conf", false, reply_conf},
    {"cons", false, zk_fourlw_reply_cons},
    {"crst", false, reply_crst},
    {"dirs", false, reply_dirs},
    {"dump", false, zk_fourlw_reply_dump},
    {"envi", true, reply_envi},
    {"gtmk", true, reply_gtmk},
    {"hash", false, reply_hash},
    {"isro", true, reply_isro},
    {"mntr", false, reply_mntr},
    {"ruok", true, reply_ruok},
    {"srst", false, reply_srst},
    {"srvr", false, zk_fourlw_reply_srvr},
    {"stat", false, zk_fourlw_reply_stat},
    {"stmk", true, reply_stmk},
    {"wchc", false, zk_fourlw_reply_wchc},
    {"wchp", false, zk_fourlw_reply_wchp},
    {"wchs", false, zk_fourlw_reply_wchs},
};

#define WORDS_COUNT ((int)(sizeof(words) / sizeof(words[0])))

static const word_t *find_word(uint32_t number)
{
    for (int i = 0; i < WORDS_COUNT; i++) {
        if (zk_get_u32(words[i].text) == number)
            return &words[i];
    }
    return NULL;
}

/* ---- whitelist ---- */

/* The next element of the comma list at *AT without blanks around it; false at the end. */
static bool next_element(const char **at, zk_str_t *element)
{
    const char *start = *at;
    const char *end;

    if (start == NULL)
        return false;
    end = strchr(start, ',');
    *at = end != NULL ? end + 1 : NULL;
    if (end == NULL)
        end = start + strlen(start);
    while (start < end && (unsigned char)*start <= ' ')
        start++;
    while (end > start && (unsigned char)end[-1] <= ' ')
        end--;
    *element = zk_str_n(start, (size_t)(end - start));
    return true;
}

bool zk_fourlw_is_allowed(const zk_fourlw_t *fourlw, const char *word)
{
    const char *at = fourlw->source->whitelist;
    zk_str_t element;

    if (strcmp(word, "srvr") == 0)
        return true;
    if (strcmp(word, "isro") == 0 && fourlw->source->is_read_only_enabled)
        return true;
    while (next_element(&at, &element)) {
        if (zk_str_equal_c(element, "*") || zk_str_equal_c(element, word))
            return true;
    }
    return false;
}

/* Once, when the first word comes: what there is and what may be used. */
static void log_lists(zk_fourlw_t *fourlw)
{
    zk_buffer_t known = ZK_BUFFER_INIT;
    zk_buffer_t enabled = ZK_BUFFER_INIT;

    if (fourlw->is_logged)
        return;
    fourlw->is_logged = true;
    for (int i = 0; i < WORDS_COUNT; i++) {
        zk_buffer_printf(&known, "%s%s", i > 0 ? ", " : "", words[i].text);
        if (zk_fourlw_is_allowed(fourlw, words[i].text))
            zk_buffer_printf(&enabled, "%s%s", zk_buffer_size(&enabled) > 0 ? ", " : "",
                             words[i].text);
    }
    zk_info("The list of known four letter word commands is : [%.*s]", (int)zk_buffer_size(&known),
            (const char *)zk_buffer_bytes(&known));
    zk_info("The list of enabled four letter word commands is : [%.*s]",
            (int)zk_buffer_size(&enabled), (const char *)zk_buffer_bytes(&enabled));
    zk_buffer_free(&known);
    zk_buffer_free(&enabled);
}

/* ---- asking ---- */

zk_fourlw_t *zk_fourlw_create(const zk_admin_facts_t *source, apr_pool_t *pool)
{
    zk_fourlw_t *fourlw = apr_pcalloc(pool, sizeof(*fourlw));

    fourlw->source = source;
    fourlw->trace_mask = TRACE_MASK_DEFAULT;
    return fourlw;
}

/* Upstream writes a reply in pieces of its writer's buffer, and counts each. */
static void count_sent(zk_fourlw_t *fourlw, const zk_buffer_t *out)
{
    size_t size = zk_buffer_size(out);

    fourlw->words_sent += (int64_t)((size + REPLY_PIECE_BYTES - 1) / REPLY_PIECE_BYTES);
}

static void refuse(const char *word, zk_buffer_t *out)
{
    zk_debug("Command %s is not executed because it is not in the whitelist.", word);
    zk_buffer_printf(out, "%s is not executed because it is not in the whitelist.\n", word);
}

static void log_request(const zk_fourlw_t *fourlw, const char *word)
{
    zk_buffer_t address = ZK_BUFFER_INIT;

    zk_fourlw_put_address(fourlw, fourlw->asker, &address);
    zk_info("Processing %s command from %.*s", word, (int)zk_buffer_size(&address),
            (const char *)zk_buffer_bytes(&address));
    zk_buffer_free(&address);
}

zk_fourlw_result_t zk_fourlw_reply(zk_fourlw_t *fourlw, uint64_t client, uint32_t number,
                                   zk_str_t argument, zk_buffer_t *out)
{
    const word_t *word = find_word(number);

    if (word == NULL && number != TELNET_CLOSE)
        return ZK_FOURLW_UNKNOWN;
    log_lists(fourlw);
    if (word == NULL) {
        if (zk_fourlw_is_allowed(fourlw, "telnet close"))
            return ZK_FOURLW_UNKNOWN;
        refuse("telnet close", out);
        return ZK_FOURLW_ANSWERED;
    }
    if (!zk_fourlw_is_allowed(fourlw, word->text)) {
        fourlw->words_received++;
        refuse(word->text, out);
        count_sent(fourlw, out);
        return ZK_FOURLW_ANSWERED;
    }
    if (word->reply == reply_stmk) {
        if (zk_str_size(argument) < 8)
            return ZK_FOURLW_MORE;
        fourlw->trace_mask = (int64_t)zk_get_u64(argument.data);
        zk_info("Set text trace mask to 0x%" PRIx64, (uint64_t)fourlw->trace_mask);
    }
    fourlw->words_received++;
    fourlw->asker = client;
    log_request(fourlw, word->text);
    if (!word->always && !fourlw->source->is_serving)
        zk_buffer_printf(out, word->reply == reply_hash ? "%s" : "%s\n", NOT_SERVING);
    else
        word->reply(fourlw, out);
    count_sent(fourlw, out);
    return ZK_FOURLW_ANSWERED;
}

bool zk_fourlw_answer(zk_fourlw_t *fourlw, uint64_t client, uint32_t word, zk_str_t argument)
{
    zk_buffer_t out = ZK_BUFFER_INIT;
    zk_fourlw_result_t result = zk_fourlw_reply(fourlw, client, word, argument, &out);

    if (result == ZK_FOURLW_ANSWERED) {
        zk_net_send(fourlw->source->net, client, zk_buffer_bytes(&out), zk_buffer_size(&out));
        zk_net_close(fourlw->source->net, client);
    }
    zk_buffer_free(&out);
    return result == ZK_FOURLW_ANSWERED;
}
