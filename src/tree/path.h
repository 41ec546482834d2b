/* path.h -- what is a path.  Facts: upstream PathUtils.java. */
#ifndef ZK_TREE_PATH_H
#define ZK_TREE_PATH_H

#include <stdbool.h>

#include "base/bytes.h"

/* The full rule: starts with '/', no empty, "." or ".." component, no forbidden character
 * (controls, surrogates, private use, U+FFF0-FFFF; malformed UTF-8 counts as U+FFFD). */
bool zk_path_is_valid(zk_str_t path);

/* The weak rule of create and delete: contains '/', no NUL. */
bool zk_path_has_parent_form(zk_str_t path);

/* View of the parent ("" for the parent of "/a"); PATH must contain '/'. */
zk_str_t zk_path_parent(zk_str_t path);

/* View of the last component. */
zk_str_t zk_path_name(zk_str_t path);

/* "/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config": never deleted. */
bool zk_path_is_special(zk_str_t path);

/* PATH is at or below PREFIX (whole components). */
bool zk_path_is_within(zk_str_t path, zk_str_t prefix);

#endif
