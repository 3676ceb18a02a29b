/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - formats that come in packets: MoldUDP64, IEX-TP, CME's packet header, Cboe's unit
 * header.
 *
 * A session protocol reads one packet and says which run of a channel's numbers it carries; it
 * keeps no state.  Who keeps it - order, loss, lines A and B, restarts - is feed.h, for captures
 * and for the live wire alike.
 */
#ifndef TF_SESSION_H
#define TF_SESSION_H

#include "decoder.h"

/* Where a packet came from and went to: host byte order; all zero in sanitised captures. */
struct tf_flow {
    uint32_t source, address; /* IPv4 */
    uint16_t source_port, port;
    uint8_t protocol; /* 17 UDP, 6 TCP */
};

/* "206.200.10.1:26400->233.54.12.1:26400"; returns out. */
char *tf_flow_text(const struct tf_flow *flow, char *out, size_t size);

/* The payload of one UDP datagram or TCP segment; lives as long as its giver says. */
struct tf_packet {
    const uint8_t *bytes;
    uint32_t length;
    bool cut;         /* the capture kept only its beginning */
    uint64_t ts_recv; /* TF_UNDEF_TIMESTAMP: not recorded */
    uint64_t number;  /* of the packet in its capture, from 1 */
    struct tf_flow flow;
};

enum tf_segment_kind {
    TF_SEGMENT_DATA,
    TF_SEGMENT_HEARTBEAT, /* no messages; `sequence` is the next expected */
    TF_SEGMENT_END        /* end of session, the same */
};

/* What a packet's session header says. */
struct tf_segment {
    enum tf_segment_kind kind;
    bool
        unsequenced; /* numbers mean nothing here: decode in order of arrival, no arbitration */
    uint64_t sequence; /* of its first unit; of the next one in a heartbeat or end */
    uint32_t units;    /* how many numbers it uses up; 0 in a heartbeat or end */
    uint64_t ts_send;  /* TF_UNDEF_TIMESTAMP: the protocol has none */
    /*
     * The channel that the numbers belong to.  key_is_whole: the same key on another flow is
     * another line of the same channel (a session id).  Otherwise the flow belongs to the key.
     */
    uint8_t key[16];
    bool key_is_whole;
    /* The publisher may have begun anew with this packet: the first number of all. */
    bool may_restart;
    const uint8_t *body; /* in the packet: the messages */
    uint32_t body_length;
    uint32_t header_length; /* body - packet, for errors */
};

struct tf_session_ops {
    const char *name; /* "MoldUDP64" */
    /*
     * A unit is what has a number of its own: a message (false) or all messages of the packet
     * together (true: CME).
     */
    bool unit_is_packet;
    /*
     * No segment's key is whole: lines of one channel are declared (tf_feed_declare()), and in
     * captures found by their packets, which are the same byte for byte (pairing.h).
     */
    bool key_is_flow;
    /* Read the header; false: not a packet of this protocol.  Any content. */
    bool (*parse)(const struct tf_packet *packet, struct tf_segment *segment);
    /*
     * The message at body + *at, which moves behind it: sets bytes and length alone.  False at
     * the end of the body, with *at == body_length, or where the rest is no whole message.
     * Called `units` times at most where each message is a unit.
     */
    bool (*next)(const struct tf_segment *segment, uint32_t *at,
                 struct tf_venue_message *message);
    /* How the channel that begins with this packet is called: "session 000010059B"; returns out. */
    char *(*channel_text)(const struct tf_packet *packet, const struct tf_segment *segment,
                          char *out, size_t size);
};

#endif
