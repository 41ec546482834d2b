/* txnlog_read.h -- one log file, record by record, with exact positions; for recovery, zktool and
 * fuzzing.
 *
 * The reader judges single records only.  What damage means (a torn tail, corruption, a leftover of
 * an earlier crash) depends on what follows, and is decided in recover.c with
 * zk_txnlog_look_behind. */
#ifndef ZK_STORE_TXNLOG_READ_H
#define ZK_STORE_TXNLOG_READ_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "base/bytes.h"
#include "base/status.h"
#include "wire/txn.h"

#define ZK_TXNLOG_MAGIC 0x5a4b4c47u /* "ZKLG" */
#define ZK_TXNLOG_HEADER_BYTES 16
#define ZK_TXNLOG_VERSION 2
#define ZK_TXNLOG_END_BYTE 0x42
/* Bytes of a record besides its payload: checksum, length, end byte. */
#define ZK_TXNLOG_RECORD_OVERHEAD 13
/* Bytes of a transaction header, the least a payload can have. */
#define ZK_TXN_HEADER_BYTES 32

typedef enum zk_txnlog_find {
    ZK_TXNLOG_RECORD,       /* whole and decoded */
    ZK_TXNLOG_END,          /* end of file, or padding begins */
    ZK_TXNLOG_PARTIAL,      /* cut by the end of the file, or the end byte is not there */
    ZK_TXNLOG_BAD_LENGTH,   /* negative or above the limit */
    ZK_TXNLOG_BAD_CHECKSUM, /* end byte there, checksum differs; the next call goes on behind it */
    ZK_TXNLOG_BAD_BODY      /* checksum good, but the payload does not decode; the next call goes on
                               behind it */
} zk_txnlog_find_t;

typedef struct zk_txnlog_item {
    zk_txnlog_find_t find;
    int64_t offset;     /* of the record's first byte, its checksum */
    int64_t end_offset; /* behind its end byte; only where the whole record is there */
    int64_t checksum;   /* as stored */
    int64_t length;     /* as stored, of the payload */
    uint32_t computed;  /* checksum of the payload that is there */
    bool has_zxid;      /* the header's bytes are there, though perhaps damaged */
    int64_t zxid;
    zk_str_t payload;     /* good until the next call; null where it is not whole */
    bool decoded;         /* txn is filled (also for a bad checksum, where it happens to decode) */
    zk_txn_decoded_t txn; /* good until the next call */
} zk_txnlog_item_t;

typedef struct zk_txnlog_reader zk_txnlog_reader_t;

/* Open file PATH and read its header.  Lengths above RECORD_BYTES_MAX are not believed.  READER
 * lives in POOL. ZK_E_CORRUPT when the header is short or its magic wrong. */
apr_status_t zk_txnlog_reader_open(zk_txnlog_reader_t **reader, const char *path,
                                   int64_t record_bytes_max, apr_pool_t *pool, zk_note_t *note);

/* The same over SIZE bytes at DATA, which must outlive READER. */
apr_status_t zk_txnlog_reader_open_memory(zk_txnlog_reader_t **reader, const void *data,
                                          size_t size, int64_t record_bytes_max, apr_pool_t *pool,
                                          zk_note_t *note);

/* Close before the pool does. */
void zk_txnlog_reader_close(zk_txnlog_reader_t *reader);

/* Version and dbid of the header, which nobody checks. */
int32_t zk_txnlog_reader_version(const zk_txnlog_reader_t *reader);
int64_t zk_txnlog_reader_dbid(const zk_txnlog_reader_t *reader);

/* The next record, or how it is damaged, into ITEM.  After END, PARTIAL and BAD_LENGTH the same is
 * found again. A status other than APR_SUCCESS is a failure to read the file. */
apr_status_t zk_txnlog_next(zk_txnlog_reader_t *reader, zk_txnlog_item_t *item, zk_note_t *note);

/* What stands behind OFFSET in the file. */
typedef struct zk_txnlog_behind {
    bool only_zeros; /* nothing but padding, or nothing at all */
    bool has_record; /* somewhere there is a whole record with a zxid above AFTER_ZXID */
    int64_t offset;  /* of that record */
    int64_t zxid;
} zk_txnlog_behind_t;

/* Look at the bytes from OFFSET to the end of the file.  Reads all of it, but searches for records
 * only in a bounded stretch behind the first byte that is not zero.  READER stays where it is. */
apr_status_t zk_txnlog_look_behind(zk_txnlog_reader_t *reader, int64_t offset, int64_t after_zxid,
                                   zk_txnlog_behind_t *behind, zk_note_t *note);

/* Size of a file with padding, as upstream pads: before a record at POSITION of a file of SIZE
 * bytes, in steps of STEP
 * (<= 0: no padding). */
int64_t zk_txnlog_padded_size(int64_t position, int64_t size, int64_t step);

#endif
