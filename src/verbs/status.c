/* status.c -- `status`: which mode the server of this configuration is in; `live` and `ready`:
 * whether it answers at all, and whether it serves clients, for those who watch over containers.
 *
 * The client port is looked for where upstream's script looks, with its lines: clientPort, then
 * what stands behind the semicolon of this server's own line (in zoo.cfg, then in the dynamic
 * file), then secureClientPort.  The server is asked `srvr`, which no configuration can forbid.
 *
 * A server without a quorum, a port that nobody listens on and one that answers something else are
 * all "probably not running" for upstream; standard error tells them apart.
 *
 * Facts: bin/zkServer.sh. */
#include "verbs/verbs_internal.h"

#include <string.h>
#include <apr_network_io.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "base/plat.h"
#include "config/config.h"
#include "config/value.h"

enum {
    PROBE_MS_MAX = 5000, /* for each step of a conversation */
    REPLY_BYTES_MAX = 65536,
    RETRY_MS = 200
};

typedef struct port {
    const char *host; /* as shown */
    const char *number;
    bool secure;
} port_t;

/* Who is told how the port was found; NULL for nobody. */
typedef struct search {
    FILE *out;
    FILE *err;
} search_t;

/* ---- where clients connect ---- */

static bool is_number(const char *text)
{
    return text != NULL && *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* This server's id as text, NULL when there is none. */
static const char *read_my_id(const zk_instance_t *instance)
{
    const char *path;
    char *text = NULL;
    size_t size = 0;
    zk_note_t note;

    if (instance->data_dir == NULL)
        return NULL;
    path = apr_pstrcat(instance->pool, instance->data_dir, "/myid", NULL);
    if (zk_config_read_whole(path, &text, &size, instance->pool, &note) != APR_SUCCESS || size == 0)
        return NULL;
    text[size < ZK_CONFIG_FILE_BYTES_MAX ? size : ZK_CONFIG_FILE_BYTES_MAX] = '\0';
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    text[strcspn(text, "\r\n")] = '\0';
    text = apr_pstrdup(instance->pool, zk_config_trim(text, instance->pool));
    return is_number(text) ? text : NULL;
}

/* What stands behind the semicolon of server MY_ID among ENTRIES; NULL when nothing does. */
static const char *client_part(const apr_array_header_t *entries, const char *my_id,
                               apr_pool_t *pool)
{
    const char *value = zk_instance_entry(entries, apr_pstrcat(pool, "server.", my_id, NULL));
    const char *part = value != NULL ? strchr(value, ';') : NULL;

    part = part != NULL ? zk_config_trim(part + 1, pool) : NULL;
    return part != NULL && *part != '\0' ? part : NULL;
}

/* Split `port`, `host:port` or `[host]:port`. */
static void take_client_part(port_t *port, const char *part, apr_pool_t *pool)
{
    const char *colon = strrchr(part, ':');

    port->number = colon != NULL ? colon + 1 : part;
    if (colon == NULL || colon == part)
        return;
    if (*part == '[' && colon[-1] == ']')
        port->host = apr_pstrmemdup(pool, part + 1, (apr_size_t)(colon - part) - 2);
    else
        port->host = apr_pstrmemdup(pool, part, (apr_size_t)(colon - part));
}

static void say(FILE *tell, const char *line)
{
    if (tell != NULL)
        fprintf(tell, "%s\n", line);
}

static void look_in_server_lines(const search_t *search, port_t *port,
                                 const zk_instance_t *instance)
{
    const char *my_id = read_my_id(instance);
    const char *part;

    if (my_id == NULL) {
        say(search->out, "myid could not be determined, will not able to locate clientPort in the "
                         "server configs.");
        return;
    }
    part = client_part(instance->entries, my_id, instance->pool);
    if (part == NULL) {
        const char *dynamic = zk_instance_value(instance, "dynamicConfigFile");
        zk_note_t note = {""};

        say(search->out,
            "Client port not found in static config file. Looking in dynamic config file.");
        if (dynamic != NULL)
            part = client_part(zk_instance_read_entries(dynamic, instance->pool, &note), my_id,
                               instance->pool);
        if (note.text[0] != '\0')
            say(search->err, note.text);
    }
    if (part == NULL)
        say(search->out, "Client port not found in the server configs");
    else
        take_client_part(port, part, instance->pool);
}

/* Fill PORT; false when the files name none.  How the search goes is said to SEARCH. */
static bool find_port(const search_t *search, port_t *port, const zk_instance_t *instance)
{
    port->secure = false;
    port->host = zk_instance_value(instance, "clientPortAddress");
    port->number = zk_instance_value(instance, "clientPort");
    if (!is_number(port->number)) {
        port->number = NULL;
        look_in_server_lines(search, port, instance);
    }
    if (port->number == NULL) {
        say(search->out,
            "Client port not found. Looking for secureClientPort in the static config.");
        port->secure = true;
        port->host = zk_instance_value(instance, "secureClientPortAddress");
        port->number = zk_instance_value(instance, "secureClientPort");
    }
    if (port->host == NULL)
        port->host = "localhost";
    return port->number != NULL;
}

/* ---- the question ---- */

/* Where to connect to reach a server that is bound to HOST. */
static const char *reachable(const char *host)
{
    if (strcmp(host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}

static apr_status_t connect_to(apr_socket_t **out, const port_t *port, apr_pool_t *pool,
                               zk_note_t *note)
{
    apr_sockaddr_t *address = NULL;
    apr_socket_t *sock = NULL;
    apr_int64_t number = apr_atoi64(port->number);
    apr_status_t rv;

    if (number <= 0 || number > 65535)
        return zk_note(note, ZK_E_CONFIG, "%s is not a port to connect to", port->number);
    rv = apr_sockaddr_info_get(&address, reachable(port->host), APR_UNSPEC, (apr_port_t)number, 0,
                               pool);
    if (rv != APR_SUCCESS && strcmp(port->host, "localhost") == 0) /* no file of hosts here */
        rv = apr_sockaddr_info_get(&address, "127.0.0.1", APR_UNSPEC, (apr_port_t)number, 0, pool);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "no address of host '%s'", port->host);
    for (; address != NULL; address = address->next) {
        rv = apr_socket_create(&sock, address->family, SOCK_STREAM, APR_PROTO_TCP, pool);
        if (rv != APR_SUCCESS)
            continue;
        apr_socket_timeout_set(sock, (apr_interval_time_t)PROBE_MS_MAX * 1000);
        rv = apr_socket_connect(sock, address);
        if (rv == APR_SUCCESS) {
            *out = sock;
            return APR_SUCCESS;
        }
        apr_socket_close(sock);
    }
    return zk_note(note, rv, "nothing answers on %s:%s", port->host, port->number);
}

/* Ask `srvr`; the whole reply in POOL, or NULL and NOTE. */
static char *ask(const port_t *port, apr_pool_t *pool, zk_note_t *note)
{
    char *reply = apr_palloc(pool, REPLY_BYTES_MAX + 1);
    apr_socket_t *sock = NULL;
    apr_size_t size = 4;
    apr_size_t got = 0;
    apr_status_t rv = connect_to(&sock, port, pool, note);

    if (rv != APR_SUCCESS)
        return NULL;
    rv = apr_socket_send(sock, "srvr", &size);
    while (rv == APR_SUCCESS && got < REPLY_BYTES_MAX) {
        size = REPLY_BYTES_MAX - got;
        rv = apr_socket_recv(sock, reply + got, &size);
        got += size;
    }
    apr_socket_close(sock);
    reply[got] = '\0';
    if (got == 0) {
        zk_note(note, APR_STATUS_IS_EOF(rv) ? APR_SUCCESS : rv, "no answer on %s:%s", port->host,
                port->number);
        return NULL;
    }
    return reply;
}

/* The Mode line of REPLY, or NULL and in NOTE what it says instead. */
static const char *mode_line(char *reply, zk_note_t *note)
{
    char *line = strncmp(reply, "Mode: ", 6) == 0 ? reply : strstr(reply, "\nMode: ");

    if (line == NULL) {
        reply[strcspn(reply, "\r\n")] = '\0';
        if (strstr(reply, "not currently serving requests") != NULL)
            zk_note(note, APR_SUCCESS, "not serving yet: no quorum");
        else
            zk_note(note, APR_SUCCESS, "the answer has no mode: %.200s", reply);
        return NULL;
    }
    line += *line == '\n' ? 1 : 0;
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static const char *find_mode(const port_t *port, apr_pool_t *pool, zk_note_t *note)
{
    char *reply;

    if (port->secure) {
        zk_note(note, APR_SUCCESS, "port %s speaks TLS, which status does not", port->number);
        return NULL;
    }
    reply = ask(port, pool, note);
    return reply != NULL ? mode_line(reply, note) : NULL;
}

const char *zk_verb_mode(const zk_instance_t *instance, apr_pool_t *pool)
{
    const search_t quiet = {NULL, NULL};
    zk_note_t note = {""};
    const char *mode;
    port_t port;

    if (!find_port(&quiet, &port, instance))
        return NULL;
    mode = find_mode(&port, pool, &note);
    return mode != NULL ? mode + strlen("Mode: ") : NULL;
}

/* ---- the verbs ---- */

static void explain(zk_verbs_t *verbs, const zk_instance_t *instance, const zk_note_t *note)
{
    int64_t pid = zk_instance_process(instance, NULL);

    if (pid == 0)
        pid = zk_instance_owner(instance);
    if (pid != 0)
        fprintf(verbs->err, "(process %" PRId64 " is up; %s)\n", pid, note->text);
    else
        fprintf(verbs->err, "(%s)\n", note->text);
}

int zk_verb_status(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    int64_t end_ms = plat_monotonic_ms() + (int64_t)words->wait_seconds * 1000;
    apr_pool_t *scratch;
    const search_t search = {verbs->out, verbs->err};
    zk_note_t note = {""};
    const char *mode;
    port_t port;

    if (instance->unreadable.text[0] != '\0')
        fprintf(verbs->err, "%s\n", instance->unreadable.text);
    if (!find_port(&search, &port, instance)) {
        fputs("Unable to find either secure or unsecure client port in any configs. "
              "Terminating.\n",
              verbs->out);
        return ZK_VERB_FAILED;
    }
    fprintf(verbs->out, "Client port found: %s. Client address: %s. Client SSL: %s.\n", port.number,
            port.host, port.secure ? "true" : "false");
    fflush(verbs->out);
    apr_pool_create(&scratch, verbs->pool);
    for (;;) {
        apr_pool_clear(scratch);
        mode = find_mode(&port, scratch, &note);
        if (mode != NULL || plat_monotonic_ms() >= end_ms)
            break;
        apr_sleep((apr_interval_time_t)RETRY_MS * 1000);
    }
    if (mode == NULL) {
        fputs("Error contacting service. It is probably not running.\n", verbs->out);
        fflush(verbs->out);
        explain(verbs, instance, &note);
        return ZK_VERB_FAILED;
    }
    fprintf(verbs->out, "%s\n", mode);
    return ZK_VERB_OK;
}

/* One line for whoever probes; the exit code says it again. */
static int finish_probe(zk_verbs_t *verbs, const char *what, bool good, const port_t *port,
                        const char *why)
{
    fprintf(verbs->out, "%s%s: %s", good ? "" : "not ", what, why);
    if (good)
        fprintf(verbs->out, " on %s:%s", port->host, port->number);
    fputc('\n', verbs->out);
    return good ? ZK_VERB_OK : ZK_VERB_FAILED;
}

static int probe(zk_verbs_t *verbs, const zk_instance_t *instance, bool must_serve)
{
    const char *what = must_serve ? "ready" : "live";
    const search_t quiet = {NULL, NULL};
    zk_note_t note = {""};
    apr_socket_t *sock;
    const char *mode;
    port_t port;
    char *reply;

    if (instance->unreadable.text[0] != '\0')
        return finish_probe(verbs, what, false, NULL, instance->unreadable.text);
    if (!find_port(&quiet, &port, instance))
        return finish_probe(
            verbs, what, false, NULL,
            apr_pstrcat(verbs->pool, "no client port in ", instance->config_file, NULL));
    if (port.secure && !must_serve && connect_to(&sock, &port, verbs->pool, &note) == APR_SUCCESS)
        return finish_probe(verbs, what, true, &port, "listening");
    if (port.secure && note.text[0] == '\0')
        zk_note(&note, APR_SUCCESS, "port %s speaks TLS, which this does not", port.number);
    reply = port.secure ? NULL : ask(&port, verbs->pool, &note);
    if (reply == NULL)
        return finish_probe(verbs, what, false, NULL, note.text);
    mode = mode_line(reply, &note);
    if (mode != NULL)
        return finish_probe(verbs, what, true, &port, mode + strlen("Mode: "));
    if (!must_serve && strstr(reply, "not currently serving requests") != NULL)
        return finish_probe(verbs, what, true, &port, "no quorum, but answering");
    return finish_probe(verbs, what, false, NULL, note.text);
}

int zk_verb_live(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    (void)words;
    return probe(verbs, instance, false);
}

int zk_verb_ready(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    (void)words;
    return probe(verbs, instance, true);
}
