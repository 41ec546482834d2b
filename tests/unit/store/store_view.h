/* store_view.h -- a tree just good enough to compare what the store pours out with what Java
 * served.
 *
 * Written apart from src/tree on purpose: it judges the store's bytes by upstream's published rules
 * for applying a transaction, with a list of nodes and a loop. */
#ifndef STORE_VIEW_H
#define STORE_VIEW_H

#include <apr_pools.h>

#include "lib/json.h"
#include "store/store.h"

typedef struct view view_t;

view_t *view_create(apr_pool_t *pool);
zk_store_sink_t view_sink(view_t *view);

/* Compare everything with EXPECTED (an expected.json object); asserts once per difference, naming
 * CASE_NAME on stderr. */
void view_compare(view_t *view, const zk_json_t *expected, const char *case_name);

/* Tree digest of what is there now. */
uint64_t view_digest(const view_t *view);

#endif
