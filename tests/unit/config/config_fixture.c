/* config_fixture.c -- see config_fixture.h. */
#include "config_fixture.h"

#include <stdio.h>
#include <string.h>
#include <apr_strings.h>

zk_config_t *config;
zk_note_t note;

static const char *lines_before;
static int64_t server_id;

void config_setup(void)
{
    config_begin("dataDir=/var/lib/zk\nclientPort=2181\n", -1);
}

void config_begin(const char *base, int64_t id)
{
    lines_before = base;
    server_id = id;
}

void config_fresh(void)
{
    config = zk_config_create(zk_test_pool());
    config->server_id = server_id;
    note.text[0] = '\0';
}

apr_status_t config_load(const char *lines)
{
    const char *text = apr_pstrcat(zk_test_pool(), lines_before, lines, NULL);

    return zk_config_load_text(config, "zoo.cfg", text, strlen(text), &note);
}

void config_accepted(const char *lines)
{
    apr_status_t rv;

    config_fresh();
    rv = config_load(lines);
    if (rv != APR_SUCCESS)
        printf("\n    <%s> refused: %s\n", lines, note.text);
    CU_ASSERT_EQUAL_FATAL(rv, APR_SUCCESS);
}

void config_refused(const char *lines, const char *where, const char *what)
{
    apr_status_t rv;

    config_fresh();
    rv = config_load(lines);
    if (rv != ZK_E_CONFIG || strstr(note.text, where) == NULL || strstr(note.text, what) == NULL)
        printf("\n    <%s> gave: %s\n", lines, note.text);
    CU_ASSERT_EQUAL(rv, ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, where));
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, what));
}

int config_said(zk_log_level_t level, const char *text)
{
    int count = 0;
    int i;

    for (i = 0; i < config->messages->nelts; i++) {
        const zk_config_message_t *message =
            &APR_ARRAY_IDX(config->messages, i, zk_config_message_t);

        count += message->level == level && strstr(message->text, text) != NULL;
    }
    return count;
}

int config_warnings(void)
{
    return config_said(ZK_LOG_WARN, "");
}
