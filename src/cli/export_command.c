/* export_command.c -- export: a subtree as lines of JSON (dump.h), to a file or standard output.
 *
 * What is written is whole or it is not there: a file gets its name only when its last line has
 * been written, and a znode that we may not read in full ends the export unless -k leaves it out.
 * A device or a pipe is written to as it is: it must not be replaced by a file.
 * Of an ACL that we may not administer the server shows no hashes, and importing that would lock
 * everybody out, so that counts as not read. */
#include <stdlib.h>
#include <string.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "client/requests.h"
#include "cli/commands.h"
#include "cli/dump.h"
#include "cli/print.h"
#include "cli/tools.h"
#include "cli/walk.h"
#include "wire/code.h"

enum { WRITE_BYTES = 64 * 1024 };

typedef struct exporting {
    const char *name; /* of the file, or NULL for standard output */
    const char *part; /* its name until it is whole; NULL: it has its own at once */
    apr_file_t *file;
    apr_status_t rv; /* of writing */
    zk_buffer_t lines;
    bool keeps_going;
    int64_t znodes;
    int64_t left_out;
    zk_str_t skipped; /* a znode that was left out: so is what is below it */
    bool is_refused;
} export_t;

/* ---- where it goes ---- */

/* Whether NAME is there and is no file: a device, a pipe. */
static bool is_special(zk_shell_t *shell, const char *name)
{
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, name, APR_FINFO_TYPE, shell->scratch);

    return (rv == APR_SUCCESS || rv == APR_INCOMPLETE) && (info.valid & APR_FINFO_TYPE) != 0 &&
           info.filetype != APR_REG && info.filetype != APR_DIR;
}

static bool open_file(zk_shell_t *shell, export_t *export)
{
    if (export->name == NULL)
        return true;
    if (!is_special(shell, export->name))
        export->part = apr_pstrcat(shell->scratch, export->name, ".part", NULL);
    export->rv =
        apr_file_open(&export->file, export->part != NULL ? export->part : export->name,
                      APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE | APR_FOPEN_BINARY,
                      APR_FPROT_UREAD | APR_FPROT_UWRITE, shell->scratch); /* data may be secret */
    return export->rv == APR_SUCCESS;
}

static void write_lines(zk_shell_t *shell, export_t *export, size_t keep)
{
    zk_buffer_t *lines = &export->lines;

    if (zk_buffer_size(lines) <= keep || export->rv != APR_SUCCESS)
        return;
    if (export->file == NULL)
        zk_buffer_append(&shell->out, zk_buffer_bytes(lines), zk_buffer_size(lines));
    else
        export->rv =
            apr_file_write_full(export->file, zk_buffer_bytes(lines), zk_buffer_size(lines), NULL);
    zk_buffer_clear(lines);
}

/* Give the file its name where IS_WHOLE, else remove it. */
static void close_file(export_t *export, bool is_whole)
{
    apr_status_t closed;

    if (export->file == NULL)
        return;
    if (export->rv == APR_SUCCESS && is_whole && export->part != NULL)
        export->rv = plat_file_datasync(export->file);
    closed = apr_file_close(export->file);
    export->rv = export->rv != APR_SUCCESS ? export->rv : closed;
    if (export->part == NULL)
        return;
    if (export->rv == APR_SUCCESS && is_whole)
        export->rv = plat_file_replace(export->part, export->name);
    if (export->rv != APR_SUCCESS || !is_whole)
        apr_file_remove(export->part, apr_file_pool_get(export->file));
}

static int complain_of_file(zk_shell_t *shell, const export_t *export)
{
    char why[128];

    apr_strerror(export->rv, why, sizeof(why));
    zk_buffer_printf(&shell->err, "export: cannot write '%s': %s\n", export->name, why);
    return ZK_CLI_FAILED;
}

/* ---- znodes ---- */

/* Whether ACL has a digest whose hash the server does not show us. */
static bool is_masked_acl(const zk_acl_vector_t *acl)
{
    int32_t i;

    for (i = 0; i < acl->count; i++) {
        zk_str_t id = acl->items[i].id.id;

        if (zk_str_equal_c(acl->items[i].id.scheme, "digest") && id.length >= 2 &&
            memcmp(id.data + id.length - 2, ":x", 2) == 0)
            return true;
    }
    return false;
}

/* ZNODE cannot be exported because of WHY: pass it over with what is below it, or end. */
static bool refuse(zk_shell_t *shell, export_t *export, const zk_cli_znode_t *znode,
                   const char *why)
{
    if (export->keeps_going) {
        zk_buffer_printf(&shell->err, "export: %s is left out, with all below it: %s\n",
                         znode->path.data, why);
        export->skipped = zk_str(apr_pstrdup(shell->scratch, znode->path.data));
        export->left_out++;
        return true;
    }
    zk_buffer_printf(&shell->err,
                     "export: %s: %s\nhint: addauth first, or use -k to leave out such znodes\n",
                     znode->path.data, why);
    export->is_refused = true;
    return false;
}

static bool export_znode(zk_shell_t *shell, const zk_cli_znode_t *znode, void *baton)
{
    export_t *export = baton;
    zk_cli_dump_t dump = {.line = ZK_CLI_LINE_ZNODE};

    if (zk_cli_is_below(znode->path, export->skipped))
        return true;
    if (znode->code != ZK_CODE_OK)
        return refuse(shell, export, znode, "reading it is not permitted");
    if (is_masked_acl(&znode->acl))
        return refuse(shell, export, znode,
                      "its ACL is not shown in full to who may not administer it");
    dump.path = znode->path;
    dump.kind = znode->stat.ephemeral_owner != 0 ? ZK_CLI_KIND_EPHEMERAL : ZK_CLI_KIND_PERSISTENT;
    dump.owner = znode->stat.ephemeral_owner;
    dump.data = znode->data;
    dump.acl = znode->acl;
    dump.next_sequence = zk_cli_next_sequence(&znode->stat);
    zk_cli_dump_write(&export->lines, &dump);
    export->znodes++;
    write_lines(shell, export, WRITE_BYTES);
    return export->rv == APR_SUCCESS;
}

/* ---- the command ---- */

static void write_first(export_t *export, const char *root)
{
    zk_cli_dump_t dump = {.line = ZK_CLI_LINE_FIRST, .root = zk_str(root)};

    zk_cli_dump_write(&export->lines, &dump);
}

static void write_last(zk_shell_t *shell, export_t *export)
{
    zk_cli_dump_t dump = {.line = ZK_CLI_LINE_LAST, .znodes = export->znodes};

    zk_cli_dump_write(&export->lines, &dump);
    write_lines(shell, export, 0);
}

static int finish(zk_shell_t *shell, export_t *export, int32_t code, const char *path)
{
    bool is_whole = code == ZK_CODE_OK && !export->is_refused && export->rv == APR_SUCCESS &&
                    !plat_interrupt_seen();

    if (is_whole)
        write_last(shell, export);
    close_file(export, is_whole);
    if (code != ZK_CODE_OK)
        return zk_cli_finish(shell, code, path);
    if (export->rv != APR_SUCCESS)
        return complain_of_file(shell, export);
    if (!is_whole)
        return ZK_CLI_FAILED;
    if (export->name != NULL)
        zk_buffer_printf(&shell->err, "Exported %" PRId64 " znodes to %s\n", export->znodes,
                         export->name);
    return export->left_out > 0 ? ZK_CLI_FAILED : ZK_CLI_OK;
}

int zk_cli_run_export(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_cli_walk_t options = {
        .wants_data = true, .wants_acl = true, .depth_max = -1, .title = "export"};
    const zk_cli_words_t *words = &arguments->words;
    export_t export = {.skipped = {NULL, -1}};
    const char *where = "";
    const char *root;
    int exit_code;
    int32_t code;

    if (words->count < 1 || words->count > 2)
        return zk_cli_usage(shell, "export");
    root = words->items[0];
    if (!zk_cli_path_is_valid(shell, root, false))
        return ZK_CLI_FAILED;
    if (words->count > 1 && strcmp(words->items[1], "-") != 0)
        export.name = words->items[1];
    export.keeps_going = zk_cli_has(arguments, "k");
    if (strcmp(root, "/") == 0 && zk_client_chroot(shell->client)[0] == '\0')
        options.without = "/zookeeper";                        /* the server's own */
    zk_client_sync(shell->client, zk_str(root), shell->arena); /* see all that was written before */
    if (!open_file(shell, &export))
        return complain_of_file(shell, &export);
    export.lines = ZK_BUFFER_INIT;
    write_first(&export, root);
    code = zk_cli_walk(shell, root, &options, export_znode, &export, &where);
    exit_code = finish(shell, &export, code, where);
    zk_buffer_free(&export.lines);
    return exit_code;
}
