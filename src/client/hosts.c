/* hosts.c -- parsing the connect string, and whose turn it is.
 *
 * Empty parts between commas are dropped and blanks around parts trimmed, as upstream does; a port
 * that is not a number is refused here with a sentence of ours, where upstream shows a Java
 * exception. */
#include "client/hosts.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "base/bytes.h"
#include "client/path.h"

static const char *trim(const char *text, size_t size, apr_pool_t *pool)
{
    while (size > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        size--;
    }
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
        size--;
    return apr_pstrmemdup(pool, text, size);
}

/* The colon before the port, or NULL.  An address with several colons and no brackets has no port.
 */
static char *find_port(char *part)
{
    char *colon = strrchr(part, ':');

    if (part[0] == '[') {
        char *close = strchr(part, ']');
        return close != NULL && close[1] == ':' ? close + 1 : NULL;
    }
    return colon != NULL && strchr(part, ':') != colon ? NULL : colon;
}

static apr_status_t parse_host(zk_host_t *host, const char *text, apr_pool_t *pool, zk_note_t *note)
{
    char *name = apr_pstrdup(pool, text);
    char *colon = find_port(name);
    long port = ZK_CLIENT_PORT_DEFAULT;
    size_t length;

    if (colon != NULL) {
        char *end;

        *colon = '\0';
        if (colon[1] != '\0') {
            port = strtol(colon + 1, &end, 10);
            if (*end != '\0' || port < 0 || port > 65535)
                return zk_note(note, ZK_E_USAGE, "Invalid port in connect string: %s", text);
        }
    }
    length = strlen(name);
    if (length >= 2 && name[0] == '[' && name[length - 1] == ']') {
        name[length - 1] = '\0';
        name++;
    }
    host->name = name;
    host->port = (uint16_t)port;
    return APR_SUCCESS;
}

static apr_status_t parse_chroot(zk_hosts_t *hosts, const char *slash, apr_pool_t *pool,
                                 zk_note_t *note)
{
    hosts->chroot = "";
    if (slash == NULL || slash[1] == '\0')
        return APR_SUCCESS;
    if (!zk_client_path_check(zk_str(slash), false, note))
        return ZK_E_USAGE;
    hosts->chroot = apr_pstrdup(pool, slash);
    return APR_SUCCESS;
}

apr_status_t zk_hosts_parse(zk_hosts_t **hosts, const char *text, apr_pool_t *pool, zk_note_t *note)
{
    const char *slash = strchr(text, '/');
    const char *end = slash != NULL ? slash : text + strlen(text);
    zk_hosts_t *parsed = apr_pcalloc(pool, sizeof(*parsed));
    const char *at = text;
    apr_status_t rv = parse_chroot(parsed, slash, pool, note);

    parsed->items = apr_pcalloc(pool, (size_t)(end - text + 1) * sizeof(*parsed->items));
    while (rv == APR_SUCCESS && at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma != NULL ? comma : end;
        const char *part = trim(at, (size_t)(stop - at), pool);

        if (*part != '\0')
            rv = parse_host(&parsed->items[parsed->count++], part, pool, note);
        at = stop + 1;
    }
    if (rv == APR_SUCCESS && parsed->count == 0)
        rv = zk_note(note, ZK_E_USAGE, "A HostProvider may not be empty!");
    *hosts = parsed;
    return rv;
}

void zk_hosts_shuffle(zk_hosts_t *hosts, zk_random_t *random)
{
    int i;

    for (i = hosts->count - 1; i > 0; i--) {
        int other = (int)zk_random_below(random, (uint64_t)i + 1);
        zk_host_t host = hosts->items[i];

        hosts->items[i] = hosts->items[other];
        hosts->items[other] = host;
    }
    hosts->next = 0;
}

zk_host_t *zk_hosts_take(zk_hosts_t *hosts)
{
    zk_host_t *host = &hosts->items[hosts->next];

    hosts->next = (hosts->next + 1) % hosts->count;
    return host;
}

void zk_hosts_drop_lookups(zk_hosts_t *hosts)
{
    int i;

    for (i = 0; i < hosts->count; i++) {
        zk_client_lookup_drop(hosts->items[i].lookup);
        hosts->items[i].lookup = NULL;
    }
}
