/* sanitize.h -- what base tells the sanitizers; nothing in an ordinary build.
 *
 * APR's atomics live in a library that the thread sanitizer does not see, so the order they create
 * is announced here.  Scratch memory that was given back is poisoned, so that a pointer kept over a
 * reset is found at its first use.  For base, and for rooms that manage memory themselves. */
#ifndef ZK_BASE_SANITIZE_H
#define ZK_BASE_SANITIZE_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ZK_SANITIZE_THREAD 1
#endif
#if __has_feature(address_sanitizer)
#define ZK_SANITIZE_ADDRESS 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define ZK_SANITIZE_THREAD 1
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ZK_SANITIZE_ADDRESS 1
#endif

#if defined(ZK_SANITIZE_THREAD)
#include <sanitizer/tsan_interface.h>
#define ZK_ORDER_ACQUIRE(address) __tsan_acquire((void *)(address))
#define ZK_ORDER_RELEASE(address) __tsan_release((void *)(address))
#else
#define ZK_ORDER_ACQUIRE(address) ((void)(address))
#define ZK_ORDER_RELEASE(address) ((void)(address))
#endif

#if defined(ZK_SANITIZE_ADDRESS)
#include <sanitizer/asan_interface.h>
#define ZK_POISON(address, size) ASAN_POISON_MEMORY_REGION((address), (size))
#define ZK_UNPOISON(address, size) ASAN_UNPOISON_MEMORY_REGION((address), (size))
#else
#define ZK_POISON(address, size) ((void)(address), (void)(size))
#define ZK_UNPOISON(address, size) ((void)(address), (void)(size))
#endif

#endif
