/* recordio.h -- counted bytes, and the words that make symbols visible outside the library. */
#ifndef ZOO_RECORDIO_H_
#define ZOO_RECORDIO_H_

#include <stdint.h>
#include <sys/types.h>

#ifndef ZOOAPI
#if defined(WIN32) || defined(__MINGW32__) || defined(_MSC_VER) || defined(__CYGWIN__)
#ifdef DLL_EXPORT
#define ZOOAPI __declspec(dllexport)
#elif defined(USE_STATIC_LIB)
#define ZOOAPI
#else
#define ZOOAPI __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define ZOOAPI __attribute__((visibility("default")))
#else
#define ZOOAPI
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct buffer {
    int32_t len; /* -1: null */
    char *buff;
};

/* Free the string at *TEXT, or the bytes of BYTES, and leave NULL. */
ZOOAPI void deallocate_String(char **text);
ZOOAPI void deallocate_Buffer(struct buffer *bytes);

/* VALUE from the byte order of this machine to that of the network. */
ZOOAPI int64_t zoo_htonll(int64_t value);

#ifdef __cplusplus
}
#endif

#endif
