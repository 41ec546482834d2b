/* code.c -- texts of result codes, from the one table in code.h. */
#include "wire/code.h"

#include <stddef.h>

const char *zk_code_text(int code)
{
    switch (code) {
#define ZK_CODE_CASE(name, number, text)                                                           \
    case (number):                                                                                 \
        return text;
        ZK_CODE_TABLE(ZK_CODE_CASE)
#undef ZK_CODE_CASE
    default:
        return NULL;
    }
}
