/* trio_guest.h -- what trio.c and trio_guest.c share. */
#ifndef PIPELINE_TRIO_GUEST_H
#define PIPELINE_TRIO_GUEST_H

#include "trio.h"

struct guest {
    int member;
    uint64_t handle;
    bool closed, gone, answered;
    int64_t session;
    bool read_only;
    uint8_t password[16];
    int32_t xid;
    zk_buffer_t inbox;
    size_t taken;
};

/* A client of MEMBER that has said nothing yet. */
guest_t *trio_new_guest(int member);
/* Hand EVENT to MEMBER, now. */
void trio_step(int member, zk_event_t *event);

#endif
