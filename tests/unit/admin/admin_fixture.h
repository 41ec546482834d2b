/* admin_fixture.h -- a replica with clients, sockets that nobody uses, and a source over both.
 *
 * Clocks stand still at FIXTURE_WALL_MS and FIXTURE_MONO_MS unless a test moves them; every record
 * is durable at once.  Clients exist for the replica only, so their ports are 0. */
#ifndef ADMIN_FIXTURE_H
#define ADMIN_FIXTURE_H

#include "admin/fourlw.h"
#include "admin/facts.h"
#include "lib/zk_test.h"

#define FIXTURE_WALL_MS INT64_C(1795342742843) /* Sun Nov 22 10:19:02.843 UTC 2026 */
#define FIXTURE_MONO_MS INT64_C(1000000)

extern zk_admin_facts_t source;
extern zk_fourlw_t *words;

void fixture_setup(void);
void fixture_teardown(void);

/* The reply to WORD from a connection the replica does not know, as text in the test's pool. */
const char *ask(const char *word);
/* The same from CLIENT with the SIZE bytes of ARGUMENT; *RESULT receives what came of it. */
const char *ask_as(uint64_t client, const char *word, const void *argument, size_t size,
                   zk_fourlw_result_t *result);

/* A connection in SLOT from 10.0.0.<slot>. */
uint64_t client_open(uint32_t slot);
/* The same with a new session of 10 s. */
uint64_t client_connect(uint32_t slot);
int64_t session_of(uint64_t client);
/* Create an ephemeral znode; read data, children, or existence and leave a watch. */
void client_create_ephemeral(uint64_t client, const char *path);
void client_watch_data(uint64_t client, const char *path);
void client_watch_children(uint64_t client, const char *path);
void client_set_data(uint64_t client, const char *path);

/* Let MS pass. */
void pass_time(int64_t ms);

/* The value of KEY (without "zk_") in the mntr text, or NULL. */
const char *mntr_value(const char *mntr, const char *key);

#endif
