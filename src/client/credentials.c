/* credentials.c -- who the client says it is: remembered, and said anew on every connection.
 *
 * An identity belongs to a connection, not to a session, so all credentials go out on each new link
 * before anything else.  Their answers carry one xid for all, and come in the order of sending:
 * judged_next walks along the list.  A credential whose answer is lost with the link is sent again
 * on the next one, which is why its caller is still waiting then and hears no ConnectionLoss.
 *
 * Invariants
 *   1. While the link is up, all credentials have been sent, in the order of the list.
 *   2. A caller is told once: of the first answer, or of the session's end. */
#include "client/handle.h"

#include <apr_strings.h>

#include "wire/frame.h"
#include "wire/opcode.h"

struct credential {
    credential_t *next;
    const char *scheme;
    zk_str_t auth;
    zk_client_done_fn_t *done; /* NULL: nobody waits, or was told */
    void *baton;
};

static void send_credential(zk_client_t *client, const credential_t *credential)
{
    zk_auth_packet_t packet = {0, zk_str(credential->scheme), credential->auth};

    zk_frame_append_request(&client->out, ZK_XID_AUTH, ZK_OP_AUTH, &zk_record_auth_packet, &packet);
    client->auth_waiting++;
}

void zk_credentials_send(zk_client_t *client)
{
    const credential_t *credential;

    client->judged_next = client->credentials;
    for (credential = client->credentials; credential != NULL; credential = credential->next)
        send_credential(client, credential);
}

static void tell_credential(credential_t *credential, int32_t code)
{
    zk_client_done_fn_t *done = credential->done;

    credential->done = NULL;
    if (done != NULL)
        done(credential->baton, code, zk_str(""));
}

bool zk_credentials_judge(zk_client_t *client, int32_t code)
{
    credential_t *credential = client->judged_next;

    if (credential == NULL)
        return false;
    client->auth_waiting--;
    client->judged_next = credential->next;
    tell_credential(credential, code);
    return true;
}

void zk_credentials_tell(zk_client_t *client, int32_t code)
{
    credential_t *credential;

    for (credential = client->credentials; credential != NULL; credential = credential->next)
        tell_credential(credential, code);
}

void zk_client_add_auth(zk_client_t *client, const char *scheme, zk_str_t auth)
{
    zk_client_submit_auth(client, scheme, auth, NULL, NULL);
}

void zk_client_submit_auth(zk_client_t *client, const char *scheme, zk_str_t auth,
                           zk_client_done_fn_t *done, void *baton)
{
    credential_t *credential = apr_pcalloc(client->pool, sizeof(*credential));
    credential_t **end = &client->credentials;

    credential->scheme = apr_pstrdup(client->pool, scheme);
    credential->auth = ZK_STR_NULL;
    if (!zk_str_is_null(auth))
        credential->auth =
            zk_str_n(apr_pmemdup(client->pool, auth.data, zk_str_size(auth)), zk_str_size(auth));
    while (*end != NULL)
        end = &(*end)->next;
    *end = credential;
    credential->done = done;
    credential->baton = baton;
    if (client->judged_next == NULL && client->phase == LINK_UP)
        client->judged_next = credential;
    if (!zk_client_is_alive(client))
        tell_credential(credential, zk_client_end_code(client));
    else if (client->phase == LINK_UP)
        send_credential(client, credential);
}

int zk_client_auth_waiting(const zk_client_t *client)
{
    return client->auth_waiting;
}
