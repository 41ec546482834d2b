/* records.c -- the descriptors of all records, made from records.def, and the functions that only
 * read them.
 *
 * The table is expanded six times: least encoded size, fixed or not, a check of the struct's size,
 * the list of fields, the descriptor, and the list of all descriptors.  Everything is constant
 * data; nothing is computed at start.
 *
 * Invariants
 *   1. The fields of a descriptor stand in the order of their bytes.
 *   2. bytes_min counts each string as its length word and each vector as its count word.
 *   3. A fixed record has no string and no vector, also not in a record within; every encoding of
 * it has bytes_min bytes. */
#include "wire/records.h"

#include <stddef.h>

#include "wire/codec.h"
#include "wire/describe.h"

/* Least encoded size: MIN_x. */
#define ZK_RECORD(r) enum { MIN_##r = 0
#define ZK_F_BOOL(r, f) +1
#define ZK_F_INT(r, f) +4
#define ZK_F_LONG(r, f) +8
#define ZK_F_STRING(r, f) +4
#define ZK_F_BYTES(r, f) +4
#define ZK_F_RECORD(r, f, type) +MIN_##type
#define ZK_F_STRINGS(r, f) +4
#define ZK_F_VECTOR(r, f, type) +4
#define ZK_END(r)                                                                                  \
    }                                                                                              \
    ;
#include "wire/records.def"
#include "wire/undef.def"

/* Whether all encodings have that size: FIXED_x. */
#define ZK_RECORD(r) enum { FIXED_##r = 1
#define ZK_F_BOOL(r, f) &1
#define ZK_F_INT(r, f) &1
#define ZK_F_LONG(r, f) &1
#define ZK_F_STRING(r, f) &0
#define ZK_F_BYTES(r, f) &0
#define ZK_F_RECORD(r, f, type) &FIXED_##type
#define ZK_F_STRINGS(r, f) &0
#define ZK_F_VECTOR(r, f, type) &0
#define ZK_END(r)                                                                                  \
    }                                                                                              \
    ;
#include "wire/records.def"
#include "wire/undef.def"

/* Offsets are kept in 16 bits. */
#define ZK_RECORD(r) _Static_assert(sizeof(zk_##r##_t) < 65536, #r);
#define ZK_F_BOOL(r, f)
#define ZK_F_INT(r, f)
#define ZK_F_LONG(r, f)
#define ZK_F_STRING(r, f)
#define ZK_F_BYTES(r, f)
#define ZK_F_RECORD(r, f, type)
#define ZK_F_STRINGS(r, f)
#define ZK_F_VECTOR(r, f, type)
#define ZK_END(r)
#include "wire/records.def"
#include "wire/undef.def"

/* The fields. */
#define FIELD(r, f, kind, type) {kind, (uint16_t)offsetof(zk_##r##_t, f), type, #f},
#define ZK_RECORD(r) static const zk_field_desc_t fields_##r[] = {
#define ZK_F_BOOL(r, f) FIELD(r, f, ZK_KIND_BOOL, NULL)
#define ZK_F_INT(r, f) FIELD(r, f, ZK_KIND_INT, NULL)
#define ZK_F_LONG(r, f) FIELD(r, f, ZK_KIND_LONG, NULL)
#define ZK_F_STRING(r, f) FIELD(r, f, ZK_KIND_STRING, NULL)
#define ZK_F_BYTES(r, f) FIELD(r, f, ZK_KIND_BYTES, NULL)
#define ZK_F_RECORD(r, f, type) FIELD(r, f, ZK_KIND_RECORD, &zk_record_##type)
#define ZK_F_STRINGS(r, f) FIELD(r, f, ZK_KIND_STRINGS, NULL)
#define ZK_F_VECTOR(r, f, type) FIELD(r, f, ZK_KIND_VECTOR, &zk_record_##type)
#define ZK_END(r)                                                                                  \
    }                                                                                              \
    ;
#include "wire/records.def"
#include "wire/undef.def"

/* The descriptors. */
#define ZK_RECORD(r)                                                                               \
    const zk_record_desc_t zk_record_##r = {                                                       \
        #r,        fields_##r, (uint16_t)(sizeof(fields_##r) / sizeof(fields_##r[0])),             \
        FIXED_##r, MIN_##r,    sizeof(zk_##r##_t)};
#define ZK_F_BOOL(r, f)
#define ZK_F_INT(r, f)
#define ZK_F_LONG(r, f)
#define ZK_F_STRING(r, f)
#define ZK_F_BYTES(r, f)
#define ZK_F_RECORD(r, f, type)
#define ZK_F_STRINGS(r, f)
#define ZK_F_VECTOR(r, f, type)
#define ZK_END(r)
#include "wire/records.def"
#include "wire/undef.def"

const zk_record_desc_t *const zk_record_all[] = {
#define ZK_RECORD(r) &zk_record_##r,
#define ZK_F_BOOL(r, f)
#define ZK_F_INT(r, f)
#define ZK_F_LONG(r, f)
#define ZK_F_STRING(r, f)
#define ZK_F_BYTES(r, f)
#define ZK_F_RECORD(r, f, type)
#define ZK_F_STRINGS(r, f)
#define ZK_F_VECTOR(r, f, type)
#define ZK_END(r)
#include "wire/records.def"
#include "wire/undef.def"
    NULL};

const char *zk_record_name(const zk_record_desc_t *desc)
{
    return desc->name;
}

size_t zk_record_struct_bytes(const zk_record_desc_t *desc)
{
    return desc->struct_bytes;
}
