/* rate_log.c -- a warning that would repeat a thousand times a second is logged once and then
 * counted.
 *
 * The first of a kind appears at once; its repetitions appear as "[N times] Message: ..." once per
 * interval, or when something else happens.  Facts: upstream RateLogger.java, whose lines
 * operators' rules match. */
#include "net/net_internal.h"

#include <inttypes.h>
#include <string.h>

#include <apr_strings.h>

#include "base/log.h"

void zk_rate_log_flush(zk_rate_log_t *log)
{
    if (log->count > 1)
        zk_warn("[%" PRId64 " times] Message: %s", log->count, log->text);
    else if (log->count == 1)
        zk_warn("Message: %s", log->text);
    log->text[0] = '\0';
    log->count = 0;
}

void zk_rate_log_warn(zk_rate_log_t *log, int64_t now_ms, const char *text)
{
    if (strncmp(log->text, text, sizeof(log->text) - 1) != 0) {
        zk_rate_log_flush(log);
        apr_cpystrn(log->text, text, sizeof(log->text));
        log->since_ms = now_ms;
        zk_warn("Message:%s Value:null", log->text);
        return;
    }
    log->count++;
    if (now_ms - log->since_ms >= ZK_RATE_LOG_INTERVAL_MS) {
        zk_rate_log_flush(log);
        apr_cpystrn(log->text, text, sizeof(log->text));
        log->since_ms = now_ms;
    }
}
