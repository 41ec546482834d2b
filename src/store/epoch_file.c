/* epoch_file.c -- acceptedEpoch and currentEpoch: two numbers that keep a server from breaking its
 * word.
 *
 * Decimal text without a newline.  A save writes <name>.tmp, syncs it, gives it the name and syncs
 * the directory; so a reader sees the old number or the new one, and knows of a crash in between by
 * the .tmp left over.
 *
 * Facts: QuorumPeer.java (readLongFromFile, writeLongToFile), AtomicFileWritingIdiom.java. */
#include "store/datadir.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"

/* Long.parseLong(text): an optional sign and digits, nothing else. */
static bool parse_long(const char *text, size_t length, int64_t *value)
{
    bool negative = length > 0 && text[0] == '-';
    size_t i = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    uint64_t sum = 0;

    if (i == length)
        return false;
    for (; i < length; i++) {
        uint64_t digit;

        if (text[i] < '0' || text[i] > '9')
            return false;
        digit = (uint64_t)(text[i] - '0');
        if (sum > (limit - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

apr_status_t zk_epoch_read(int64_t *epoch, const zk_store_t *store, const char *name,
                           apr_pool_t *scratch, zk_note_t *note)
{
    const char *path = apr_pstrcat(scratch, store->snapshot_dir, "/", name, NULL);
    apr_file_t *file;
    char text[64];
    apr_size_t length = sizeof(text);
    apr_size_t line;
    apr_status_t rv;

    *epoch = 0;
    rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT,
                       scratch);
    if (APR_STATUS_IS_ENOENT(rv))
        return zk_note(note, APR_ENOENT, "there is no file '%s'", path);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot open '%s'", path);
    rv = apr_file_read_full(file, text, length, &length);
    apr_file_close(file);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv))
        return zk_note(note, rv, "cannot read '%s'", path);
    for (line = 0; line < length && text[line] != '\n' && text[line] != '\r'; line++)
        ;
    if (line == sizeof(text) || !parse_long(text, line, epoch))
        return zk_note(note, ZK_E_CORRUPT, "file '%s' does not hold a number", path);
    return APR_SUCCESS;
}

apr_status_t zk_epoch_save(const zk_store_t *store, const char *name, int64_t epoch,
                           apr_pool_t *scratch, zk_note_t *note)
{
    const char *path = apr_pstrcat(scratch, store->snapshot_dir, "/", name, NULL);
    const char *temp = apr_pstrcat(scratch, path, ".tmp", NULL);
    const char *text = apr_psprintf(scratch, "%" APR_INT64_T_FMT, epoch);
    apr_file_t *file = NULL;
    apr_status_t closed;
    apr_status_t rv;

    rv = zk_disk_open(&file, temp, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                      store->faults, scratch);
    if (rv == APR_SUCCESS)
        rv = zk_disk_write(file, text, strlen(text), store->faults);
    if (rv == APR_SUCCESS)
        rv = zk_disk_sync(file, store->faults);
    if (file != NULL) {
        closed = apr_file_close(file);
        rv = rv != APR_SUCCESS ? rv : closed;
    }
    if (rv == APR_SUCCESS)
        rv = zk_disk_replace(temp, path, store->faults);
    if (rv == APR_SUCCESS)
        rv = zk_disk_sync_dir(store->snapshot_dir,
                              store->faults); /* the new name is durable only after this */
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot save epoch %" PRId64 " in '%s'", epoch, path);
    return APR_SUCCESS;
}

/* ---- at start ---- */

static apr_status_t read_or_make(const zk_store_t *store, const char *name, int64_t missing,
                                 int64_t *epoch, apr_pool_t *scratch, zk_note_t *note)
{
    apr_status_t rv = zk_epoch_read(epoch, store, name, scratch, note);

    if (!APR_STATUS_IS_ENOENT(rv))
        return rv;
    zk_info("%s not found! Creating with a reasonable default of %" PRId64
            ". This should only happen when you are upgrading your installation",
            name, missing);
    *epoch = missing;
    return zk_epoch_save(store, name, missing, scratch, note);
}

apr_status_t zk_epoch_load(const zk_store_t *store, int64_t last_zxid, int64_t *accepted,
                           int64_t *current, apr_pool_t *scratch, zk_note_t *note)
{
    int64_t of_data = last_zxid < 0 ? 0 : last_zxid >> 32;
    apr_status_t rv;

    rv = read_or_make(store, "currentEpoch", of_data, current, scratch, note);
    if (rv == APR_SUCCESS)
        rv = read_or_make(store, "acceptedEpoch", of_data, accepted, scratch, note);
    if (rv != APR_SUCCESS)
        return rv;
    /* Histories arrive in order, so who has a transaction of an epoch has all that the epoch began
     * with: what currentEpoch promises is kept already. */
    if (of_data > *current && of_data <= *accepted) {
        zk_warn("currentEpoch %" PRId64 " is older than the data, which is of epoch %" PRId64
                ": raised to it",
                *current, of_data);
        *current = of_data;
        return zk_epoch_save(store, "currentEpoch", of_data, scratch, note);
    }
    if (of_data > *current)
        return zk_note(note, ZK_E_CORRUPT,
                       "The current epoch, %" PRIx64 ", is older than the last zxid, 0x%" PRIx64
                       ", and acceptedEpoch in '%s' is only %" PRId64,
                       (uint64_t)*current, (uint64_t)last_zxid, store->snapshot_dir, *accepted);
    if (*accepted < *current)
        return zk_note(note, ZK_E_CORRUPT,
                       "The accepted epoch, %" PRIx64 " is less than the current epoch, %" PRIx64
                       ", in '%s'",
                       (uint64_t)*accepted, (uint64_t)*current, store->snapshot_dir);
    return APR_SUCCESS;
}
