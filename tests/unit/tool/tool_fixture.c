/* tool_fixture.c -- see tool_fixture.h. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tool_fixture.h"

#include <apr_file_io.h>

#include "tool/tool.h"

#define WORDS_MAX 16

ran_t run_tool(const char *input, ...)
{
    zk_tool_t tool = {zk_test_open_stream("in"), zk_test_open_stream("out"),
                      zk_test_open_stream("err"), zk_test_pool()};
    const char *words[WORDS_MAX] = {"zktool"};
    ran_t ran;
    va_list list;
    int count = 1;

    fputs(input, tool.in);
    rewind(tool.in);
    va_start(list, input);
    while (count < WORDS_MAX && (words[count] = va_arg(list, const char *)) != NULL)
        count++;
    va_end(list);
    ran.code = zk_tool_run(&tool, count, words);
    ran.out = zk_test_take_stream(tool.out);
    ran.err = zk_test_take_stream(tool.err);
    fclose(tool.in);
    return ran;
}

const char *join(const char *dir, const char *file)
{
    return apr_pstrcat(zk_test_pool(), dir, "/", file, NULL);
}

void flip(const char *path, int64_t offset, int mask)
{
    FILE *file = fopen(path, "r+b");
    int byte;

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fseek(file, (long)offset, SEEK_SET);
    byte = fgetc(file);
    fseek(file, (long)offset, SEEK_SET);
    fputc(byte ^ mask, file);
    fclose(file);
}

void cut(const char *path, int64_t bytes)
{
    apr_file_t *file;

    CU_ASSERT_EQUAL_FATAL(apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_WRITE,
                                        APR_FPROT_OS_DEFAULT, zk_test_pool()),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL(apr_file_trunc(file, (apr_off_t)bytes), APR_SUCCESS);
    apr_file_close(file);
}

void contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fprintf(stderr, "\n'%s' is not in:\n%s\n", part, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
}
