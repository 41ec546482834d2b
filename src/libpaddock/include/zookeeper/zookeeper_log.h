/* zookeeper_log.h -- log lines of a program among those of the library. */
#ifndef ZK_LOG_H_
#define ZK_LOG_H_

#include "zookeeper.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What zoo_set_debug_level has set. */
extern ZOOAPI ZooLogLevel logLevel;

#define LOGCALLBACK(zh) zoo_get_log_callback(zh)
#define LOGSTREAM NULL

#define ZOO_LOG_AT_(callback, level, ...)                                                          \
    do {                                                                                           \
        if (logLevel >= (level))                                                                   \
            log_message(callback, level, __LINE__, __func__, __VA_ARGS__);                         \
    } while (0)
#define LOG_ERROR(callback, ...) ZOO_LOG_AT_(callback, ZOO_LOG_LEVEL_ERROR, __VA_ARGS__)
#define LOG_WARN(callback, ...) ZOO_LOG_AT_(callback, ZOO_LOG_LEVEL_WARN, __VA_ARGS__)
#define LOG_INFO(callback, ...) ZOO_LOG_AT_(callback, ZOO_LOG_LEVEL_INFO, __VA_ARGS__)
#define LOG_DEBUG(callback, ...) ZOO_LOG_AT_(callback, ZOO_LOG_LEVEL_DEBUG, __VA_ARGS__)

/* Write one line to CALLBACK, or where it is NULL to the log stream; FORMAT as printf's. */
ZOOAPI void log_message(log_callback_fn callback, ZooLogLevel level, int line, const char *function,
                        const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 5, 6)))
#endif
    ;

ZOOAPI FILE *zoo_get_log_stream(void);

#ifdef __cplusplus
}
#endif

#endif
