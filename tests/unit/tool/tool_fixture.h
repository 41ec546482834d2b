/* tool_fixture.h -- runs zktool's subcommands in the process, with files in the place of the three
 * streams. */
#ifndef TOOL_FIXTURE_H
#define TOOL_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <apr_strings.h>

#include "lib/zk_test.h"

typedef struct ran {
    int code;
    const char *out;
    const char *err;
} ran_t;

/* Run zktool with the words behind INPUT (ended by NULL), typing INPUT. */
ran_t run_tool(const char *input, ...);

/* Unpack archive NAME below the test's directory; returns where. */
const char *unpack(const char *name);

/* DIR joined with FILE. */
const char *join(const char *dir, const char *file);

bool exists(const char *path);
void flip(const char *path, int64_t offset, int mask);
void cut(const char *path, int64_t bytes);
int64_t size_of(const char *path);

/* Asserts that TEXT contains PART, and shows TEXT where not. */
void contains(const char *text, const char *part);

#endif
