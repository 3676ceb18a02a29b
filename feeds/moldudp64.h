/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moldudp64.h - MoldUDP64 1.0: the session under Nasdaq's multicast feeds and many others'.
 *
 * A packet, big endian:
 *
 *    0  10  session: text, or NUL throughout where a capture was sanitised
 *   10   8  number of the first message; of the next one in a heartbeat or end of session
 *   18   2  messages; 0: heartbeat, 0xFFFF: end of session
 *   20      for each message its length (2), which may be 0, and its bytes
 *
 * Numbers begin at 1, so a packet that says 0 has no number: it is unsequenced.  The session is a
 * whole key: lines A and B of one feed carry the same one.  A packet that begins with message 1
 * may be of a publisher that began anew under the same session.
 *
 * Not a packet of this protocol: one shorter than a header, with a session that is neither text
 * nor NUL, or with a count that it has no room for (unless the capture cut it).  A message that
 * does not fit is found when it is read: the packet's whole messages before it are good.
 */
#ifndef TF_MOLDUDP64_H
#define TF_MOLDUDP64_H

#include "session.h"

enum { TF_MOLDUDP64_HEADER = 20, TF_MOLDUDP64_SESSION = 10, TF_MOLDUDP64_END = 0xFFFF };

extern const struct tf_session_ops tf_moldudp64;

/*
 * What a receiver sends to the re-request server: these messages again, please.  The answer is
 * packets as above, sent to where the request came from, with as many of them as fit into one.
 */
struct tf_moldudp64_request {
    uint8_t session[TF_MOLDUDP64_SESSION];
    uint64_t sequence; /* the first wanted */
    uint16_t count;    /* how many, 1 to 0xFFFE */
};

void tf_moldudp64_request_put(const struct tf_moldudp64_request *request,
                              uint8_t out[TF_MOLDUDP64_HEADER]);
/* False: not a request, of any content: other length, or a count outside the range. */
bool tf_moldudp64_request_get(const uint8_t *bytes, size_t length,
                              struct tf_moldudp64_request *request);

/* The header of a packet with `count` messages, for who sends (and TF_MOLDUDP64_END, and 0). */
void tf_moldudp64_header_put(const uint8_t session[TF_MOLDUDP64_SESSION], uint64_t sequence,
                             uint16_t count, uint8_t out[TF_MOLDUDP64_HEADER]);

#endif
