/* undef.h -- forgets the macros of one expansion of records.def; included after each, so it has no
 * guard. */
#undef ZK_RECORD
#undef ZK_F_BOOL
#undef ZK_F_INT
#undef ZK_F_LONG
#undef ZK_F_STRING
#undef ZK_F_BYTES
#undef ZK_F_RECORD
#undef ZK_F_STRINGS
#undef ZK_F_VECTOR
#undef ZK_END
