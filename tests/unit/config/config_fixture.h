/* config_fixture.h -- one configuration, loaded from lines as they stand in zoo.cfg, and what was
 * said of it. */
#ifndef CONFIG_FIXTURE_H
#define CONFIG_FIXTURE_H

#include "config/config.h"
#include "lib/zk_test.h"

extern zk_config_t *config; /* of the last config_fresh */
extern zk_note_t note;      /* what was wrong with it */

/* Before each test: the lines of a test follow a dataDir (/var/lib/zk) and a clientPort (2181), so
 * that they begin in line 3, and the server has no id. */
void config_setup(void);

/* From now on the lines follow BASE, and are of server ID; -1: it has none. */
void config_begin(const char *base, int64_t id);

/* A configuration that nothing was loaded into, and no note. */
void config_fresh(void);

/* Load LINES, behind those they follow, as file `zoo.cfg` into `config`. */
apr_status_t config_load(const char *lines);

/* LINES are loaded into a fresh configuration, else the test ends. */
void config_accepted(const char *lines);

/* LINES are refused by a fresh one, and the note holds both WHERE and WHAT. */
void config_refused(const char *lines, const char *where, const char *what);

/* How many messages of LEVEL contain TEXT. */
int config_said(zk_log_level_t level, const char *text);

/* How many warnings there are. */
int config_warnings(void);

#endif
