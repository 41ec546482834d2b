/* arguments.c -- see arguments.h.
 *
 * Rules of options: they may stand anywhere after the command; flags bundle, and the last of a
 * bundle may take an argument; an argument is the next word, attached, or behind '='; "--" ends
 * options; the first of a repeated option counts.
 *
 * More lenient than upstream: "--opt" is "-opt"; a word that is a negative number may be a
 * positional, so that `set /a -5` stores -5. */
#include "cli/arguments.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

/* Take the word at *LINE that ends where a character of ENDS does. */
static const char *take_word(const char **line, const char *ends, apr_pool_t *pool)
{
    size_t size = strcspn(*line, ends);
    const char *word = apr_pstrmemdup(pool, *line, size);

    *line += size;
    return word;
}

void zk_cli_split_line(zk_cli_words_t *words, const char *line, bool keep_quotes, apr_pool_t *pool)
{
    const char *blanks = keep_quotes ? " " : " \t\n\v\f\r";

    words->count = 0;
    words->items = apr_palloc(pool, (strlen(line) / 2 + 1) * sizeof(words->items[0]));
    for (;;) {
        line += strspn(line, blanks);
        if (*line == '\0')
            return;
        if (!keep_quotes && (*line == '"' || *line == '\'')) {
            const char *quote = *line == '"' ? "\"" : "'";

            if (strchr(++line, *quote) == NULL)
                continue; /* alone: skipped */
            words->items[words->count++] = take_word(&line, quote, pool);
            line++;
        } else {
            words->items[words->count++] = take_word(&line, blanks, pool);
        }
    }
}

/* ---- options ---- */

typedef enum option_kind {
    OPTION_UNKNOWN,
    OPTION_FLAG,
    OPTION_WITH_ARGUMENT,
    OPTION_JOINED /* takes an argument; repetitions are joined with commas */
} option_kind_t;

/* What SPEC says of the option whose name is the LENGTH bytes at NAME. */
static option_kind_t find_option(const char *spec, const char *name, size_t length)
{
    while (*spec != '\0') {
        size_t word = strcspn(spec, " ");
        size_t bare = strcspn(spec, " :+");

        if (length > 0 && bare == length && strncmp(spec, name, length) == 0)
            return bare == word            ? OPTION_FLAG
                   : spec[word - 1] == '+' ? OPTION_JOINED
                                           : OPTION_WITH_ARGUMENT;
        spec += word;
        spec += strspn(spec, " ");
    }
    return OPTION_UNKNOWN;
}

static bool is_negative_number(const char *word)
{
    char *end;

    if (word[0] != '-' || (!isdigit((unsigned char)word[1]) && word[1] != '.'))
        return false;
    strtod(word, &end);
    return *end == '\0';
}

typedef struct parse {
    zk_cli_arguments_t *arguments;
    const zk_cli_words_t *words;
    int at; /* the word being looked at */
    const char *spec;
    apr_pool_t *pool;
    zk_note_t *note;
} parse_t;

static void add_option(parse_t *parse, const char *name, size_t length, const char *value)
{
    zk_cli_arguments_t *arguments = parse->arguments;
    int i;

    ZK_ASSERT(length < sizeof(arguments->options[0].name));
    for (i = 0; i < arguments->count; i++) {
        const char *given = arguments->options[i].name;

        if (strlen(given) == length && strncmp(given, name, length) == 0) {
            if (find_option(parse->spec, name, length) == OPTION_JOINED)
                arguments->options[i].value =
                    apr_pstrcat(parse->pool, arguments->options[i].value, ",", value, NULL);
            return;
        }
    }
    ZK_ASSERT(arguments->count < ZK_CLI_OPTIONS_MAX); /* no command has more */
    memcpy(arguments->options[i].name, name, length);
    arguments->options[i].name[length] = '\0';
    arguments->options[i].value = value;
    arguments->count++;
}

/* Whether WORD would be read as an option, so that it cannot be the argument of another. */
static bool looks_like_option(const char *spec, const char *word)
{
    size_t length;

    if (word[0] != '-' || word[1] == '\0' || is_negative_number(word))
        return false;
    word += word[1] == '-' ? 2 : 1;
    length = strcspn(word, "=");
    return find_option(spec, word, length) != OPTION_UNKNOWN ||
           find_option(spec, word, 1) != OPTION_UNKNOWN;
}

/* Add the option NAME, whose argument is ATTACHED or else the next word. */
static bool take_with_argument(parse_t *parse, const char *name, size_t length,
                               const char *attached)
{
    if (attached == NULL) {
        if (parse->at + 1 >= parse->words->count ||
            looks_like_option(parse->spec, parse->words->items[parse->at + 1])) {
            zk_note(parse->note, APR_SUCCESS, "Missing argument for option: %.*s", (int)length,
                    name);
            return false;
        }
        attached = parse->words->items[++parse->at];
    }
    add_option(parse, name, length, attached);
    return true;
}

static bool take_bundle(parse_t *parse, const char *word, const char *name)
{
    for (; *name != '\0'; name++) {
        switch (find_option(parse->spec, name, 1)) {
        case OPTION_FLAG:
            add_option(parse, name, 1, "");
            break;
        case OPTION_WITH_ARGUMENT:
        case OPTION_JOINED:
            return take_with_argument(parse, name, 1, name[1] == '\0' ? NULL : name + 1);
        case OPTION_UNKNOWN:
            zk_note(parse->note, APR_SUCCESS, "Unrecognized option: %s", word);
            return false;
        }
    }
    return true;
}

static bool take_option(parse_t *parse, const char *word)
{
    const char *name = word + (word[1] == '-' ? 2 : 1);
    const char *equals = strchr(name, '=');
    size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);

    switch (find_option(parse->spec, name, length)) {
    case OPTION_WITH_ARGUMENT:
    case OPTION_JOINED:
        return take_with_argument(parse, name, length, equals != NULL ? equals + 1 : NULL);
    case OPTION_FLAG:
        if (equals != NULL)
            break;
        add_option(parse, name, length, "");
        return true;
    case OPTION_UNKNOWN:
        break;
    }
    return take_bundle(parse, word, name);
}

bool zk_cli_parse_arguments(zk_cli_arguments_t *arguments, const zk_cli_words_t *words,
                            const char *spec, apr_pool_t *pool, zk_note_t *note)
{
    parse_t parse = {arguments, words, 1, spec, pool, note};
    bool options_ended = false;

    arguments->count = 0;
    arguments->words.count = 0;
    arguments->words.items = apr_palloc(pool, ((size_t)words->count + 1) * sizeof(char *));
    for (; parse.at < words->count; parse.at++) {
        const char *word = words->items[parse.at];

        if (!options_ended && strcmp(word, "--") == 0) {
            options_ended = true;
        } else if (!options_ended && word[0] == '-' && word[1] != '\0' &&
                   !is_negative_number(word)) {
            if (!take_option(&parse, word))
                return false;
        } else {
            arguments->words.items[arguments->words.count++] = word;
        }
    }
    return true;
}

const char *zk_cli_option(const zk_cli_arguments_t *arguments, const char *name)
{
    int i;

    for (i = 0; i < arguments->count; i++)
        if (strcmp(arguments->options[i].name, name) == 0)
            return arguments->options[i].value;
    return NULL;
}

bool zk_cli_parse_number(int64_t *number, const char *text, int64_t min, int64_t max)
{
    const char *digits = text[0] == '-' || text[0] == '+' ? text + 1 : text;
    long long value;
    char *end;

    if (!isdigit((unsigned char)digits[0]))
        return false;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (*end != '\0' || errno == ERANGE || value < min || value > max)
        return false;
    *number = value;
    return true;
}
