/* fuzz_zoo_cfg.c -- the server's configuration: any text is either accepted, and then prints, or
 * refused with a sentence. */
#include "fuzz.h"

#include <apr_general.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *root;
    zk_config_facts_t facts = {2181, -1, 0, 0, 1, false};
    zk_buffer_t out = ZK_BUFFER_INIT;
    zk_config_t *config;
    apr_pool_t *pool;
    zk_note_t note;
    apr_status_t rv;

    if (root == NULL) {
        ZK_ASSERT(apr_initialize() == APR_SUCCESS);
        apr_pool_create(&root, NULL);
    }
    apr_pool_create(&pool, root);
    note.text[0] = '\0';
    config = zk_config_create(pool);
    config->server_id = 1;
    rv = zk_config_load_text(config, "zoo.cfg", (const char *)data, size, &note);
    if (rv == APR_SUCCESS) {
        zk_config_print(config, &facts, &out);
        ZK_ASSERT(zk_buffer_size(&out) > 0);
        zk_config_allows_word(config, "ruok");
    } else {
        ZK_ASSERT(note.text[0] != '\0');
    }
    zk_buffer_free(&out);
    apr_pool_destroy(pool);
    return 0;
}
