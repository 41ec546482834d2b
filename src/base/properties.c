/* properties.c -- the text format of zoo.cfg.
 *
 * Two steps, as in java.util.Properties.  First natural lines are joined into logical ones:
 * comments and blank lines go, a line that ends in an odd number of `\` continues on the next,
 * whose leading blanks are dropped.  Then each logical line is split at the first unescaped `=`,
 * `:` or blank, and both halves are unescaped.
 *
 * Invariants
 *   1. What comes out is what Java's parser hands to QuorumPeerConfig after its trim, as UTF-8.
 *   2. Output strings end at their NUL; U+0000, which Java's strings may hold, is written as the
 * two bytes C0 80, so that it can neither cut a value short nor be mistaken for anything.
 *
 * Facts: the parser of the JDK (Properties.load) run on every row of
 * tests/unit/base/test_properties.c; QuorumPeerConfig.parseProperties for the trim.
 */
#include "base/properties.h"

#include <string.h>
#include <apr_strings.h>

#include "base/buffer.h"

typedef struct scanner {
    const char *at;
    const char *end;
    int line; /* 1-based number of the line that `at` is in */
} scanner_t;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static void skip_blanks(scanner_t *scanner)
{
    while (scanner->at < scanner->end && is_blank(*scanner->at))
        scanner->at++;
}

/* Pass the line end at `at`: LF, CR, or CR LF. */
static void pass_line_end(scanner_t *scanner)
{
    if (*scanner->at == '\r' && scanner->end - scanner->at > 1 && scanner->at[1] == '\n')
        scanner->at++;
    scanner->at++;
    scanner->line++;
}

/* Skip blank lines and comments up to the first character of a logical line; false at the end. */
static bool find_logical_line(scanner_t *scanner)
{
    while (scanner->at < scanner->end) {
        skip_blanks(scanner);
        if (scanner->at == scanner->end)
            return false;
        if (*scanner->at == '#' || *scanner->at == '!')
            while (scanner->at < scanner->end && !is_line_end(*scanner->at))
                scanner->at++;
        else if (!is_line_end(*scanner->at))
            return true;
        if (scanner->at < scanner->end)
            pass_line_end(scanner);
    }
    return false;
}

/* Collect the logical line at `at` into LINE, without its line ends and continuation marks. Returns
 * false when it is still empty after a lone `\`: then the next line begins afresh and may be a
 * comment. At the end of the text a lone `\`, also with one line end behind it, counts as an empty
 * line. */
static bool read_logical_line(scanner_t *scanner, zk_buffer_t *line)
{
    bool after_backslash = false;

    zk_buffer_clear(line);
    while (scanner->at < scanner->end) {
        const char *here = scanner->at;

        if (!is_line_end(*here)) {
            *zk_buffer_extend(line, 1) = (uint8_t)*here;
            after_backslash = *here == '\\' && !after_backslash;
            scanner->at++;
            continue;
        }
        pass_line_end(scanner);
        if (!after_backslash)
            return true;
        line->length--;
        after_backslash = false;
        if (scanner->at == scanner->end && scanner->at == here + 1)
            return true;
        if (zk_buffer_size(line) == 0)
            return false;
        skip_blanks(scanner);
    }
    if (after_backslash) {
        line->length--;
        return true;
    }
    return zk_buffer_size(line) > 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Append code point CODE as UTF-8, zero as C0 80. */
static void append_utf8(zk_buffer_t *out, uint32_t code)
{
    uint8_t *at;

    if (code > 0 && code < 0x80) {
        *zk_buffer_extend(out, 1) = (uint8_t)code;
    } else if (code < 0x800) {
        at = zk_buffer_extend(out, 2);
        at[0] = (uint8_t)(0xc0 | code >> 6);
        at[1] = (uint8_t)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        at = zk_buffer_extend(out, 3);
        at[0] = (uint8_t)(0xe0 | code >> 12);
        at[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        at[2] = (uint8_t)(0x80 | (code & 0x3f));
    } else {
        at = zk_buffer_extend(out, 4);
        at[0] = (uint8_t)(0xf0 | code >> 18);
        at[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
        at[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        at[3] = (uint8_t)(0x80 | (code & 0x3f));
    }
}

/* UTF-16 units become code points here: a high half waits for its low half, and a half without its
 * other becomes `?`, as in Java when such a string is written out. */
static void append_unit(zk_buffer_t *out, uint32_t *high, uint32_t unit)
{
    bool is_low = unit >= 0xdc00 && unit < 0xe000;

    if (*high != 0 && is_low) {
        append_utf8(out, 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00));
        *high = 0;
        return;
    }
    if (*high != 0)
        append_utf8(out, '?');
    *high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
    if (is_low)
        append_utf8(out, '?');
    else if (*high == 0)
        append_utf8(out, unit);
}

static char named_escape(char c)
{
    switch (c) {
    case 't':
        return '\t';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 'f':
        return '\f';
    default:
        return c;
    }
}

/* The unit that \uXXXX at TEXT (behind the u) names, or -1. */
static int32_t unicode_escape(const char *text, const char *end)
{
    int32_t unit = 0;
    int i;

    if (end - text < 4)
        return -1;
    for (i = 0; i < 4; i++) {
        int digit = hex_digit(text[i]);

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Decode TEXT to END into OUT.  *SINGLE tells whether there was a `\` other than in `\\`.  False
 * for a malformed \u. */
static bool unescape(zk_buffer_t *out, const char *text, const char *end, bool *single)
{
    uint32_t high = 0;

    zk_buffer_clear(out);
    *single = false;
    while (text < end) {
        int32_t unit = (uint8_t)*text++;

        if (unit == '\\' && text < end) { /* a `\` at the very end is dropped by the joining */
            /* \u00eb is meant: nobody writes a path so by mistake. */
            bool is_meant = *text == '\\';

            if (*text == 'u') {
                unit = unicode_escape(text + 1, end);
                if (unit < 0)
                    return false;
                is_meant = unit > 0x7e;
                text += 5;
            } else {
                unit = (uint8_t)named_escape(*text++);
            }
            *single = *single || !is_meant;
        }
        append_unit(out, &high, (uint32_t)unit);
    }
    if (high != 0)
        append_utf8(out, '?');
    return true;
}

/* Characters up to U+0020 at both ends go, as with Java's trim; U+0000 stands there as C0 80. */
static const char *trimmed(const zk_buffer_t *buffer, apr_pool_t *pool)
{
    const uint8_t *start = zk_buffer_bytes(buffer);
    size_t size = zk_buffer_size(buffer);

    while (size > 0 && (*start <= 0x20 || *start == 0xc0)) {
        size_t step = *start == 0xc0 ? 2 : 1;
        start += step;
        size -= step;
    }
    while (size > 0) {
        if (start[size - 1] <= 0x20)
            size -= 1;
        else if (size >= 2 && start[size - 2] == 0xc0)
            size -= 2;
        else
            break;
    }
    return size > 0 ? apr_pstrmemdup(pool, (const char *)start, size) : "";
}

/* Where the key of the logical line TEXT ends, and where its value begins. */
static const char *split(const char *text, const char *end, const char **value)
{
    const char *key_end = text;
    bool after_backslash = false;
    bool separated = false;

    for (; key_end < end; key_end++) {
        if (!after_backslash && (*key_end == '=' || *key_end == ':' || is_blank(*key_end)))
            break;
        after_backslash = *key_end == '\\' && !after_backslash;
    }
    *value = key_end;
    while (*value < end) {
        if (!separated && (**value == '=' || **value == ':'))
            separated = true;
        else if (!is_blank(**value))
            break;
        (*value)++;
    }
    return key_end;
}

static apr_status_t add_property(apr_array_header_t *properties, const zk_buffer_t *line,
                                 int number, zk_buffer_t *decoded, apr_pool_t *pool,
                                 zk_note_t *note)
{
    const char *text = (const char *)zk_buffer_bytes(line);
    const char *end = text + zk_buffer_size(line);
    const char *value = NULL;
    const char *key_end = split(text, end, &value);
    zk_property_t property = {0};
    bool ignored;

    property.line = number;
    if (!unescape(decoded, text, key_end, &ignored))
        return zk_note(note, ZK_E_CONFIG, "line %d: Malformed \\uxxxx encoding.", number);
    property.key = trimmed(decoded, pool);
    if (!unescape(decoded, value, end, &property.has_single_backslash))
        return zk_note(note, ZK_E_CONFIG,
                       "line %d: Malformed \\uxxxx encoding. (key '%s'; a backslash is written "
                       "\\\\, and '/' serves in paths as well)",
                       number, property.key);
    property.value = trimmed(decoded, pool);
    property.raw_value = apr_pstrmemdup(pool, value, (size_t)(end - value));
    APR_ARRAY_PUSH(properties, zk_property_t) = property;
    return APR_SUCCESS;
}

apr_status_t zk_properties_parse(apr_array_header_t **properties, const char *text, size_t size,
                                 apr_pool_t *pool, zk_note_t *note)
{
    scanner_t scanner = {text, text + size, 1};
    zk_buffer_t line = ZK_BUFFER_INIT;
    zk_buffer_t decoded = ZK_BUFFER_INIT;
    apr_status_t rv = APR_SUCCESS;

    *properties = apr_array_make(pool, 32, sizeof(zk_property_t));
    while (rv == APR_SUCCESS && find_logical_line(&scanner)) {
        int number = scanner.line;

        if (read_logical_line(&scanner, &line))
            rv = add_property(*properties, &line, number, &decoded, pool, note);
    }
    zk_buffer_free(&line);
    zk_buffer_free(&decoded);
    return rv;
}
