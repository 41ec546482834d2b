/* log.c -- lines of the library's log, and the texts of results.
 *
 *   2026-11-22 10:21:12,104:4711:ZOO_INFO@function@17: message
 *
 * The layout is upstream's, for those who search logs for it. */
#include "libpaddock/session.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <zookeeper/zookeeper_log.h>

enum { LINE_BYTES = 4096 };

ZooLogLevel logLevel = ZOO_LOG_LEVEL_INFO;

static FILE *log_stream; /* NULL: stderr */

void zoo_set_debug_level(ZooLogLevel level)
{
    logLevel = level > ZOO_LOG_LEVEL_DEBUG ? ZOO_LOG_LEVEL_DEBUG : level;
}

void zoo_set_log_stream(FILE *stream)
{
    log_stream = stream;
}

FILE *zoo_get_log_stream(void)
{
    return log_stream != NULL ? log_stream : stderr;
}

static const char *level_name(ZooLogLevel level)
{
    static const char *const names[] = {"ZOO_ERROR", "ZOO_WARN", "ZOO_INFO", "ZOO_DEBUG"};

    return level >= ZOO_LOG_LEVEL_ERROR && level <= ZOO_LOG_LEVEL_DEBUG
               ? names[level - ZOO_LOG_LEVEL_ERROR]
               : "ZOO_UNKNOWN";
}

void log_message(log_callback_fn callback, ZooLogLevel level, int line, const char *function,
                 const char *format, ...)
{
    char text[LINE_BYTES];
    int64_t now_ms = plat_wall_ms();
    plat_local_time_t local;
    va_list arguments;
    int used = 0;

    if (plat_local_time(&local, now_ms))
        used = snprintf(text, sizeof(text),
                        "%04d-%02d-%02d %02d:%02d:%02d,%03d:%" PRId64 ":%s@%s@%d: ", local.year,
                        local.month, local.day, local.hour, local.minute, local.second,
                        (int)(now_ms % 1000), plat_process_id(), level_name(level), function, line);
    if (used < 0 || (size_t)used >= sizeof(text))
        used = 0;
    va_start(arguments, format);
    vsnprintf(text + used, sizeof(text) - (size_t)used, format, arguments);
    va_end(arguments);
    if (callback != NULL) {
        callback(text);
    } else {
        fprintf(zoo_get_log_stream(), "%s\n", text);
        fflush(zoo_get_log_stream());
    }
}

/* ---- results ---- */

typedef struct result_text {
    int code;
    const char *text;
} result_text_t;

/* To the letter, misspellings included: programs and their users look for them. */
static const result_text_t result_texts[] = {
    {ZOK, "ok"},
    {ZSYSTEMERROR, "system error"},
    {ZRUNTIMEINCONSISTENCY, "run time inconsistency"},
    {ZDATAINCONSISTENCY, "data inconsistency"},
    {ZCONNECTIONLOSS, "connection loss"},
    {ZMARSHALLINGERROR, "marshalling error"},
    {ZUNIMPLEMENTED, "unimplemented"},
    {ZOPERATIONTIMEOUT, "operation timeout"},
    {ZBADARGUMENTS, "bad arguments"},
    {ZINVALIDSTATE, "invalid zhandle state"},
    {ZUNKNOWNSESSION, "unknown session"},
    {ZNEWCONFIGNOQUORUM,
     "no quorum of new config is connected and up-to-date with the leader of last commmitted "
     "config - try invoking reconfiguration after new servers are connected and synced"},
    {ZRECONFIGINPROGRESS,
     "Another reconfiguration is in progress -- concurrent reconfigs not supported (yet)"},
    {ZSSLCONNECTIONERROR, "ssl connection error"},
    {ZAPIERROR, "api error"},
    {ZNONODE, "no node"},
    {ZNOAUTH, "not authenticated"},
    {ZBADVERSION, "bad version"},
    {ZNOCHILDRENFOREPHEMERALS, "no children for ephemerals"},
    {ZNODEEXISTS, "node exists"},
    {ZNOTEMPTY, "not empty"},
    {ZSESSIONEXPIRED, "session expired"},
    {ZINVALIDCALLBACK, "invalid callback"},
    {ZINVALIDACL, "invalid acl"},
    {ZAUTHFAILED, "authentication failed"},
    {ZCLOSING, "zookeeper is closing"},
    {ZNOTHING, "(not error) no server responses to process"},
    {ZSESSIONMOVED, "session moved to another server, so operation is ignored"},
    {ZNOTREADONLY, "state-changing request is passed to read-only server"},
    {ZEPHEMERALONLOCALSESSION, "attempt to create ephemeral node on a local session"},
    {ZNOWATCHER, "the watcher couldn't be found"},
    {ZREQUESTTIMEOUT, "no answer within the request timeout"},
    {ZRECONFIGDISABLED,
     "attempts to perform a reconfiguration operation when reconfiguration feature is disable"},
    {ZSESSIONCLOSEDREQUIRESASLAUTH,
     "session closed by server because client is required to do SASL authentication"},
    {ZQUOTAEXCEEDED, "quota exceeded"},
    {ZTHROTTLEDOP, "Operation was throttled due to high load"},
};

const char *zerror(int c)
{
    size_t i;

    for (i = 0; i < sizeof(result_texts) / sizeof(result_texts[0]); i++) {
        if (result_texts[i].code == c)
            return result_texts[i].text;
    }
    return c > 0 ? strerror(c) : "unknown error";
}
