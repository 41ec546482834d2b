/* password.c -- ids of sessions and the passwords that go with them.
 *
 * An id is laid out so that servers never collide: the server's number on top, forty bits of a
 * millisecond clock, sixteen bits of counter that carries into the clock.  The password follows
 * from the id alone, so that every server of an ensemble can check it without state; it keeps a
 * client from taking over a session by mistake and is no secret.
 *
 * Facts: upstream SessionTrackerImpl.initializeNextSessionId, ZooKeeperServer.generatePasswd with
 * java.util.Random; the vectors in tests/unit/session come from running servers. */
#include "session/session.h"

#include <string.h>

#define SECRET INT64_C(0xB3415C00)
#define MULTIPLIER UINT64_C(0x5DEECE66D)
#define MASK_48 ((UINT64_C(1) << 48) - 1)

int64_t zk_session_first_id(int64_t server_id, int64_t clock_ms)
{
    uint64_t id = ((uint64_t)clock_ms << 24) >> 8;

    id |= (uint64_t)server_id << 56;
    if (id == UINT64_C(1) << 63)
        id++; /* that value marks containers */
    return (int64_t)id;
}

void zk_session_password(int64_t id, uint8_t password[16])
{
    uint64_t seed = (((uint64_t)id ^ (uint64_t)SECRET) ^ MULTIPLIER) & MASK_48;
    int i;

    for (i = 0; i < 4; i++) {
        uint32_t word;

        seed = (seed * MULTIPLIER + 0xB) & MASK_48;
        word = (uint32_t)(seed >> 16);
        password[i * 4] = (uint8_t)word;
        password[i * 4 + 1] = (uint8_t)(word >> 8);
        password[i * 4 + 2] = (uint8_t)(word >> 16);
        password[i * 4 + 3] = (uint8_t)(word >> 24);
    }
}

bool zk_session_password_matches(int64_t id, zk_str_t password)
{
    uint8_t expected[16];

    if (id == 0 || password.length != 16)
        return false;
    zk_session_password(id, expected);
    return memcmp(expected, password.data, sizeof(expected)) == 0;
}
