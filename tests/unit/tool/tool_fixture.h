/* tool_fixture.h -- runs zktool's subcommands in the process, with files in the place of the three
 * streams. */
#ifndef TOOL_FIXTURE_H
#define TOOL_FIXTURE_H

#include <stdint.h>

#include <apr_strings.h>

#include "lib/texts.h"
#include "lib/untar.h"
#include "lib/zk_test.h"

typedef struct ran {
    int code;
    const char *out;
    const char *err;
} ran_t;

/* Run zktool with the words behind INPUT (ended by NULL), typing INPUT. */
ran_t run_tool(const char *input, ...);

/* DIR joined with FILE. */
const char *join(const char *dir, const char *file);

void flip(const char *path, int64_t offset, int mask);
void cut(const char *path, int64_t bytes);

/* Asserts that TEXT contains PART, and shows TEXT where not. */
void contains(const char *text, const char *part);

#endif
