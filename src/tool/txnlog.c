/* txnlog.c -- zktool txnlog: print a transaction log, repair its checksums, or chop it behind a
 * zxid.
 *
 * A chop copies whole records up to and including the zxid, also out of a log that is damaged
 * behind it: that is what a server's refusal to start asks for.  A repair leaves out a torn last
 * record, as a server does.  Output files are removed when anything fails.
 *
 * Facts: TxnLogToolkit.java, LogChopper.java. */
#include "tool/tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "store/txnlog_read.h"
#include "tool/text.h"
#include "tool/txn_text.h"

/* Records are believed up to this length: a tool looks at what others wrote. */
#define RECORD_BYTES_MAX ((int64_t)1 << 30)
/* Padding of a repaired file, upstream's default. */
#define PADDING_BYTES ((int64_t)64 << 20)

typedef struct txnlog_words {
    bool help;
    bool recover;
    bool verbose;
    bool yes;
    bool chop;
    zk_time_form_t form;
    const char *zxid_text;
    const char *file;
} txnlog_words_t;

typedef struct txnlog_job {
    zk_tool_t *tool;
    txnlog_words_t words;
    zk_txnlog_reader_t *reader;
    apr_pool_t *scratch;
    const char *output; /* path of the file being written, NULL: none */
    apr_file_t *file;
    int64_t written;
    int64_t padded;
    int64_t count; /* records seen, or copied */
    int64_t fixed_count;
    zk_note_t note;
} txnlog_job_t;

static void print_usage(FILE *to)
{
    fputs("usage: TxnLogToolkit [-dhrvcy] <txn_log_file_name> (-z <zxid>)\n"
          " -c,--chop           Chop mode. Chop txn file to a zxid.\n"
          " -d,--dump           Dump mode. Print all entries of the log file (default)\n"
          " -h,--help           Print help message\n"
          " -r,--recover        Recovery mode. Re-calculate CRC for broken entries.\n"
          "    --upstream-dates Print times as upstream's toolkit does\n"
          " -v,--verbose        Be verbose in recovery mode: print all entries, not just fixed "
          "ones.\n"
          " -y,--yes            Non-interactive mode: repair all CRC errors without asking\n"
          " -z,--zxid <arg>     Used with chop. Zxid to which to chop.\n",
          to);
}

/* ---- words ---- */

static bool set_flag(txnlog_words_t *words, char flag)
{
    switch (flag) {
    case 'd':
        return true;
    case 'h':
        words->help = true;
        return true;
    case 'r':
        words->recover = true;
        return true;
    case 'v':
        words->verbose = true;
        return true;
    case 'y':
        words->yes = true;
        return true;
    case 'c':
        words->chop = true;
        return true;
    default:
        return false;
    }
}

/* One word with a flag or several; *NEXT moves when a value is taken from the word behind. */
static bool take_option(txnlog_words_t *words, int argc, const char *const *argv, int *next)
{
    static const struct {
        const char *name;
        char flag;
    } names[] = {{"--dump", 'd'},    {"--help", 'h'}, {"--recover", 'r'},
                 {"--verbose", 'v'}, {"--yes", 'y'},  {"--chop", 'c'}};
    const char *word = argv[*next];
    size_t i;

    if (strcmp(word, "-z") == 0 || strcmp(word, "--zxid") == 0) {
        if (*next + 1 >= argc)
            return false;
        words->zxid_text = argv[++*next];
        return true;
    }
    if (strncmp(word, "--zxid=", 7) == 0) {
        words->zxid_text = word + 7;
        return true;
    }
    if (strcmp(word, "--upstream-dates") == 0) {
        words->form = ZK_TIME_UPSTREAM;
        return true;
    }
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(word, names[i].name) == 0)
            return set_flag(words, names[i].flag);
    if (word[1] == '-')
        return false;
    for (i = 1; word[i] != '\0'; i++)
        if (!set_flag(words, word[i]))
            return false;
    return true;
}

static bool take_words(txnlog_words_t *words, int argc, const char *const *argv, const char **bad)
{
    int i;

    for (i = 0; i < argc; i++) {
        *bad = argv[i];
        if (argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!take_option(words, argc, argv, &i))
                return false;
        } else if (words->file == NULL) {
            words->file = argv[i];
        }
    }
    return true;
}

/* Long.decode: decimal, 0x or # hex, leading 0 octal, a sign in front. */
static bool parse_zxid(const char *text, int64_t *zxid)
{
    char *end;

    if (text[0] == '\0' || strchr(" \t\n", text[0]) != NULL)
        return false;
    errno = 0;
    if (text[0] == '#')
        *zxid = (int64_t)strtoll(text + 1, &end, 16);
    else
        *zxid = (int64_t)strtoll(text, &end, 0);
    return *end == '\0' && end != text && errno == 0;
}

/* ---- output file ---- */

static int fail(txnlog_job_t *job, int code)
{
    if (job->file != NULL)
        apr_file_close(job->file);
    job->file = NULL;
    if (job->output != NULL)
        apr_file_remove(job->output, job->tool->pool);
    return code;
}

static bool put_bytes(txnlog_job_t *job, const void *bytes, size_t size)
{
    apr_status_t rv = apr_file_write_full(job->file, bytes, size, NULL);

    if (rv != APR_SUCCESS) {
        zk_note(&job->note, rv, "cannot write '%s'", job->output);
        return false;
    }
    job->written += (int64_t)size;
    return true;
}

static bool open_output(txnlog_job_t *job)
{
    uint8_t header[ZK_TXNLOG_HEADER_BYTES];
    apr_status_t rv;

    rv = apr_file_open(&job->file, job->output,
                       APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE | APR_FOPEN_BINARY |
                           APR_FOPEN_BUFFERED,
                       APR_FPROT_OS_DEFAULT, job->tool->pool);
    if (rv != APR_SUCCESS) {
        zk_note(&job->note, rv, "cannot create '%s'", job->output);
        job->output = NULL;
        return false;
    }
    zk_put_u32(header, ZK_TXNLOG_MAGIC);
    zk_put_u32(header + 4, (uint32_t)zk_txnlog_reader_version(job->reader));
    zk_put_u64(header + 8, (uint64_t)zk_txnlog_reader_dbid(job->reader));
    job->padded = sizeof(header);
    return put_bytes(job, header, sizeof(header));
}

static bool put_record(txnlog_job_t *job, const zk_txnlog_item_t *item, int64_t checksum)
{
    uint8_t head[12];
    static const uint8_t end = ZK_TXNLOG_END_BYTE;

    job->padded = zk_txnlog_padded_size(job->written, job->padded, PADDING_BYTES);
    zk_put_u64(head, (uint64_t)checksum);
    zk_put_u32(head + 8, (uint32_t)item->length);
    return put_bytes(job, head, sizeof(head)) &&
           put_bytes(job, item->payload.data, zk_str_size(item->payload)) &&
           put_bytes(job, &end, 1);
}

static bool close_output(txnlog_job_t *job, bool pad)
{
    apr_status_t rv = plat_file_datasync(job->file);
    apr_status_t closed;

    if (rv == APR_SUCCESS && pad)
        rv = plat_file_preallocate(job->file, job->padded);
    closed = apr_file_close(job->file);
    job->file = NULL;
    rv = rv != APR_SUCCESS ? rv : closed;
    if (rv != APR_SUCCESS)
        zk_note(&job->note, rv, "cannot write '%s'", job->output);
    return rv == APR_SUCCESS;
}

/* ---- printing ---- */

static void print_title(const txnlog_job_t *job)
{
    fprintf(job->tool->out,
            "ZooKeeper Transactional Log File with dbid %" PRId64 " txnlog format version %" PRId32
            "\n",
            zk_txnlog_reader_dbid(job->reader), zk_txnlog_reader_version(job->reader));
}

static void print_record(const txnlog_job_t *job, const zk_txnlog_item_t *item, const char *prefix)
{
    fputs(prefix, job->tool->out);
    if (item->decoded) {
        zk_tool_put_txn(job->tool->out, &item->txn, job->words.form, job->scratch);
        return;
    }
    fprintf(job->tool->out, "record of zxid 0x%" PRIx64 " at offset %" PRId64 " does not decode\n",
            (uint64_t)item->zxid, item->offset);
}

/* What to do with a bad checksum in recovery: 'y', 'n', or 'a' to give up. */
static int ask(const txnlog_job_t *job)
{
    char line[64];

    for (;;) {
        fputs("Would you like to fix it (Yes/No/Abort) ? ", job->tool->out);
        fflush(job->tool->out);
        if (fgets(line, sizeof(line), job->tool->in) == NULL)
            return 'a';
        switch (line[strspn(line, " \t")]) {
        case 'y':
        case 'Y':
            return 'y';
        case 'n':
        case 'N':
            return 'n';
        case 'a':
        case 'A':
            return 'a';
        default:
            break;
        }
    }
}

/* ---- dump and recovery ---- */

/* The checksum that goes into the output; false to give up. */
static bool settle_checksum(txnlog_job_t *job, const zk_txnlog_item_t *item, int64_t *checksum)
{
    int answer;

    *checksum = item->checksum;
    if (item->find != ZK_TXNLOG_BAD_CHECKSUM)
        return true;
    if (!job->words.recover) {
        print_record(job, item, "CRC ERROR - ");
        return true;
    }
    print_record(job, item, job->words.yes ? "CRC FIXED - " : "CRC ERROR - ");
    answer = job->words.yes ? 'y' : ask(job);
    if (answer == 'y') {
        *checksum = (int64_t)item->computed;
        job->fixed_count++;
    }
    return answer != 'a';
}

static int take_records(txnlog_job_t *job)
{
    zk_txnlog_item_t item;
    int64_t checksum;

    for (;;) {
        apr_status_t rv = zk_txnlog_next(job->reader, &item, &job->note);

        apr_pool_clear(job->scratch);
        if (rv != APR_SUCCESS) {
            fprintf(job->tool->err, "%s\n", job->note.text);
            return ZK_TOOL_FAILED;
        }
        if (item.find == ZK_TXNLOG_END) {
            fprintf(job->tool->out, "EOF reached after %" PRId64 " txns.\n", job->count);
            return ZK_TOOL_OK;
        }
        if (item.find == ZK_TXNLOG_PARTIAL) {
            fprintf(job->tool->err, "Last transaction was partial.\n");
            return job->words.recover ? ZK_TOOL_OK : ZK_TOOL_FAILED;
        }
        if (item.find == ZK_TXNLOG_BAD_LENGTH) {
            fprintf(job->tool->err, "Unreasonable length = %" PRId64 " at offset %" PRId64 "\n",
                    item.length, item.offset);
            return ZK_TOOL_FAILED;
        }
        if (!settle_checksum(job, &item, &checksum)) {
            fprintf(job->tool->err, "Recovery aborted.\n");
            return -1;
        }
        if (!job->words.recover || job->words.verbose)
            print_record(job, &item, "");
        if (job->words.recover && !put_record(job, &item, checksum)) {
            fprintf(job->tool->err, "%s\n", job->note.text);
            return ZK_TOOL_FAILED;
        }
        job->count++;
    }
}

static int dump(txnlog_job_t *job)
{
    apr_finfo_t info;
    int code;

    if (job->words.recover) {
        job->output = apr_pstrcat(job->tool->pool, job->words.file, ".fixed", NULL);
        if (apr_stat(&info, job->output, APR_FINFO_TYPE, job->tool->pool) == APR_SUCCESS) {
            fprintf(job->tool->err, "Recovery file %s already exists or not writable\n",
                    job->output);
            return ZK_TOOL_FAILED;
        }
        if (!open_output(job)) {
            fprintf(job->tool->err, "%s\n", job->note.text);
            return fail(job, ZK_TOOL_FAILED);
        }
    }
    print_title(job);
    code = take_records(job);
    if (code == -1) /* the user's wish is not an error */
        return fail(job, ZK_TOOL_OK);
    if (!job->words.recover)
        return code;
    if (code != ZK_TOOL_OK)
        return fail(job, code);
    if (!close_output(job, true)) {
        fprintf(job->tool->err, "%s\n", job->note.text);
        return fail(job, ZK_TOOL_FAILED);
    }
    fprintf(job->tool->out,
            "Recovery file %s has been written with %" PRId64 " fixed CRC error(s)\n", job->output,
            job->fixed_count);
    return ZK_TOOL_OK;
}

/* ---- chop ---- */

static void report_gap(const txnlog_job_t *job, int64_t before, int64_t zxid)
{
    if (before < 0 || zxid == before + 1)
        return;
    if ((before >> 32) == (zxid >> 32))
        fprintf(job->tool->out, "There is intra-epoch gap between %" PRIx64 " and %" PRIx64 "\n",
                (uint64_t)before, (uint64_t)zxid);
    else if ((zxid & INT64_C(0xffffffff)) != 1)
        fprintf(job->tool->out, "There is inter-epoch gap between %" PRIx64 " and %" PRIx64 "\n",
                (uint64_t)before, (uint64_t)zxid);
}

/* Copy up to ZXID.  True when that record was there and something stands behind it. */
static bool copy_up_to(txnlog_job_t *job, int64_t zxid)
{
    zk_txnlog_item_t item;
    int64_t before = -1;

    for (;;) {
        bool more;

        if (zk_txnlog_next(job->reader, &item, &job->note) != APR_SUCCESS)
            return false;
        if (item.find == ZK_TXNLOG_END) {
            fprintf(job->tool->out, "EOF reached after %" PRId64 " txns.\n", job->count);
            return false;
        }
        more = item.find == ZK_TXNLOG_RECORD && item.zxid <= zxid;
        if (item.find == ZK_TXNLOG_RECORD)
            report_gap(job, before, item.zxid);
        if (!more && before != zxid) {
            if (item.find == ZK_TXNLOG_RECORD)
                fprintf(job->tool->out, "This log does not contain zxid %" PRIx64 "\n",
                        (uint64_t)zxid);
            else
                fprintf(job->tool->out,
                        "This log is damaged at offset %" PRId64 ", before zxid %" PRIx64 "\n",
                        item.offset, (uint64_t)zxid);
            return false;
        }
        if (!more) {
            fprintf(job->tool->out, "Chopping at %" PRIx64 " new log has %" PRId64 " records\n",
                    (uint64_t)zxid, job->count);
            return true;
        }
        if (!put_record(job, &item, item.checksum))
            return false;
        before = item.zxid;
        job->count++;
    }
}

static int chop(txnlog_job_t *job)
{
    const char *name = zk_tool_base_name(job->words.file);
    int64_t zxid;

    if (!parse_zxid(job->words.zxid_text, &zxid) || zxid < 0) {
        fprintf(job->tool->err, "'%s' is not a zxid\n", job->words.zxid_text);
        return ZK_TOOL_INVALID;
    }
    job->output =
        apr_psprintf(job->tool->pool, "%s.chopped%" APR_INT64_T_FMT, job->words.file, zxid);
    if (open_output(job)) {
        print_title(job);
        if (copy_up_to(job, zxid) && close_output(job, false))
            return ZK_TOOL_OK;
    }
    if (job->note.text[0] != '\0')
        fprintf(job->tool->err, "%s\n", job->note.text);
    fprintf(job->tool->out, "Got exception: Failed to chop %s\n", name);
    return fail(job, ZK_TOOL_INVALID);
}

int zk_tool_txnlog(zk_tool_t *tool, int argc, const char *const *argv)
{
    txnlog_job_t job = {.tool = tool, .words = {.form = ZK_TIME_ISO}};
    const char *bad = "";
    apr_finfo_t info;
    apr_status_t rv;
    int code;

    if (!take_words(&job.words, argc, argv, &bad)) {
        fprintf(tool->err, "Unrecognized option: %s\n\n", bad);
        print_usage(tool->err);
        return ZK_TOOL_FAILED;
    }
    if (job.words.help || job.words.file == NULL) {
        print_usage(tool->out);
        return job.words.help ? ZK_TOOL_OK : ZK_TOOL_FAILED;
    }
    if (job.words.chop != (job.words.zxid_text != NULL)) {
        fprintf(tool->err, "-c and -z are used together\n\n");
        print_usage(tool->err);
        return ZK_TOOL_FAILED;
    }
    if (apr_stat(&info, job.words.file, APR_FINFO_TYPE, tool->pool) != APR_SUCCESS ||
        info.filetype != APR_REG) {
        fprintf(tool->err, "File doesn't exist or not readable: %s\n", job.words.file);
        return ZK_TOOL_FAILED;
    }
    apr_pool_create(&job.scratch, tool->pool);
    rv =
        zk_txnlog_reader_open(&job.reader, job.words.file, RECORD_BYTES_MAX, tool->pool, &job.note);
    if (rv == ZK_E_CORRUPT) {
        fprintf(tool->err, "Invalid magic number for %s\n", zk_tool_base_name(job.words.file));
        return ZK_TOOL_INVALID;
    }
    if (rv != APR_SUCCESS) {
        fprintf(tool->err, "File doesn't exist or not readable: %s\n", job.words.file);
        return ZK_TOOL_FAILED;
    }
    code = job.words.chop ? chop(&job) : dump(&job);
    zk_txnlog_reader_close(job.reader);
    return code;
}
