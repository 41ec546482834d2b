/* outputs.c -- see outputs.h. */
#include "zab/outputs.h"

#include "base/status.h"

enum { FIRST_CAPACITY = 16 };

zk_zab_output_t *zk_zab_output(zk_zab_outputs_t *outputs, zk_zab_output_type_t type)
{
    zk_zab_output_t *output;

    if (outputs->count == outputs->capacity) {
        outputs->capacity = outputs->capacity == 0 ? FIRST_CAPACITY : outputs->capacity * 2;
        outputs->items = zk_realloc(outputs->items, outputs->capacity * sizeof(*outputs->items));
    }
    output = &outputs->items[outputs->count++];
    *output = (zk_zab_output_t){.type = type};
    return output;
}

void zk_zab_outputs_clear(zk_zab_outputs_t *outputs)
{
    size_t i;

    for (i = 0; i < outputs->count; i++)
        if (outputs->items[i].blob != NULL)
            zk_blob_release(outputs->items[i].blob);
    outputs->count = 0;
}

void zk_zab_outputs_free(zk_zab_outputs_t *outputs)
{
    zk_zab_outputs_clear(outputs);
    zk_free(outputs->items);
    outputs->items = NULL;
    outputs->capacity = 0;
}
