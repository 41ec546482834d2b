/* packet.h -- the types of QuorumPacket, which servers of an ensemble exchange on the quorum port.
 *
 * Facts: upstream Leader.java; quorum notes, section 6. */
#ifndef ZK_WIRE_PACKET_H
#define ZK_WIRE_PACKET_H

typedef enum zk_packet_type {
    ZK_PACKET_REQUEST = 1,
    ZK_PACKET_PROPOSAL = 2,
    ZK_PACKET_ACK = 3,
    ZK_PACKET_COMMIT = 4,
    ZK_PACKET_PING = 5,
    ZK_PACKET_REVALIDATE = 6,
    ZK_PACKET_SYNC = 7,
    ZK_PACKET_INFORM = 8,
    ZK_PACKET_COMMIT_AND_ACTIVATE = 9,
    ZK_PACKET_NEWLEADER = 10,
    ZK_PACKET_FOLLOWERINFO = 11,
    ZK_PACKET_UPTODATE = 12,
    ZK_PACKET_DIFF = 13,
    ZK_PACKET_TRUNC = 14,
    ZK_PACKET_SNAP = 15,
    ZK_PACKET_OBSERVERINFO = 16,
    ZK_PACKET_LEADERINFO = 17,
    ZK_PACKET_ACKEPOCH = 18,
    ZK_PACKET_INFORM_AND_ACTIVATE = 19
} zk_packet_type_t;

#endif
