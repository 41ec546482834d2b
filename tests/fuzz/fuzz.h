/* fuzz.h -- what the fuzz targets share.
 *
 * A target feeds one decoder and then checks what came out: that it encodes again, that views lie
 * within the input, that printing does not fail.  ZK_ASSERT is the judge, together with the
 * sanitizers. */
#ifndef ZK_FUZZ_H
#define ZK_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* libFuzzer calls this once per input.  Returns 0 (any other value is reserved). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
