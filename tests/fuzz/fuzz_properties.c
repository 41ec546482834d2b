/* fuzz_properties.c -- zoo.cfg's text format. */
#include "fuzz.h"

#include <string.h>
#include <apr_general.h>

#include "base/properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *root;
    apr_array_header_t *properties = NULL;
    apr_pool_t *pool;
    zk_note_t note;
    apr_status_t rv;
    int i;

    if (root == NULL) {
        ZK_ASSERT(apr_initialize() == APR_SUCCESS);
        apr_pool_create(&root, NULL);
    }
    apr_pool_create(&pool, root);
    note.text[0] = '\0';
    rv = zk_properties_parse(&properties, (const char *)data, size, pool, &note);
    if (rv != APR_SUCCESS) {
        ZK_ASSERT(rv == ZK_E_CONFIG);
        ZK_ASSERT(note.text[0] != '\0');
    } else {
        for (i = 0; i < properties->nelts; i++) {
            const zk_property_t *property = &APR_ARRAY_IDX(properties, i, zk_property_t);

            ZK_ASSERT(property->line >= 1);
            ZK_ASSERT(strlen(property->key) + strlen(property->value) <= 4 * size);
            ZK_ASSERT(property->raw_value != NULL);
        }
    }
    apr_pool_destroy(pool);
    return 0;
}
