/* outputs.h -- the list of things to do that a step fills; shared by the files of this room. */
#ifndef ZK_ZAB_OUTPUTS_H
#define ZK_ZAB_OUTPUTS_H

#include "zab/zab.h"

/* Append an output of TYPE with everything else zero.  Good until the next one. */
zk_zab_output_t *zk_zab_output(zk_zab_outputs_t *outputs, zk_zab_output_type_t type);

#endif
