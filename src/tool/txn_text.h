/* txn_text.h -- a transaction as one line of text. */
#ifndef ZK_TOOL_TXN_TEXT_H
#define ZK_TOOL_TXN_TEXT_H

#include <stdio.h>
#include <apr_pools.h>

#include "tool/text.h"
#include "wire/txn.h"

/* Write TXN as upstream's toolkit does: time, session, cxid, zxid, type, body, line feed. */
void zk_tool_put_txn(FILE *to, const zk_txn_decoded_t *txn, zk_time_form_t form,
                     apr_pool_t *scratch);

#endif
