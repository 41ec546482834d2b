/* describe.h -- what a descriptor holds: for the codec and for generators of test records, nobody
 * else.
 *
 * Everyone else names a record by its descriptor's address and calls wire/codec.h. */
#ifndef ZK_WIRE_DESCRIBE_H
#define ZK_WIRE_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

#include "wire/records.h"

typedef enum zk_field_kind {
    ZK_KIND_BOOL,
    ZK_KIND_INT,
    ZK_KIND_LONG,
    ZK_KIND_STRING,  /* zk_str_t, printed as text */
    ZK_KIND_BYTES,   /* zk_str_t */
    ZK_KIND_RECORD,  /* a struct within */
    ZK_KIND_STRINGS, /* zk_str_vector_t */
    ZK_KIND_VECTOR   /* {int32_t count; struct *items} */
} zk_field_kind_t;

typedef struct zk_field_desc {
    uint16_t kind;                /* zk_field_kind_t */
    uint16_t offset;              /* in the struct */
    const zk_record_desc_t *type; /* of the record within, or of the vector's items */
    const char *name;
} zk_field_desc_t;

struct zk_record_desc {
    const char *name;
    const zk_field_desc_t *fields; /* in order of bytes */
    uint16_t field_count;
    uint16_t is_fixed;     /* every encoding has bytes_min bytes */
    uint32_t bytes_min;    /* least encoded size: strings and vectors null */
    uint32_t struct_bytes; /* sizeof */
};

/* Any vector of records as the codec sees it: zk_X_vector_t for every X has this shape. */
typedef struct zk_any_vector {
    int32_t count;
    void *items;
} zk_any_vector_t;

#endif
