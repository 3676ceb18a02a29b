/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_line.h - one line out: a socket, and what happens to packets on their way, by seed.
 *
 * Each packet is first lost or not, then doubled or not, then held back or not behind up to
 * `displace` later ones, then late by `lag_ns`.  The same seed and the same packets give the same
 * fate each time, however fast they come.
 */
#ifndef TF_SEND_LINE_H
#define TF_SEND_LINE_H

#include "endpoint.h"
#include "random.h"

struct tf_send_line_options {
    struct tf_endpoint endpoint;
    uint64_t ttl;             /* of multicast, in hops */
    uint32_t loss, duplicate; /* probability times 2^32 */
    uint32_t displace;        /* packets; 0: never; one in ten is */
    uint64_t lag_ns;
    uint64_t seed;
};

struct tf_sent_packet; /* one on its way */

struct tf_send_line {
    struct tf_send_line_options options;
    int fd; /* -1: a line without a wire, for tests: see taken */
    struct tf_random random;
    uint64_t index;                      /* of the next packet put */
    struct tf_sent_packet *first, *last; /* on their way, in the order in which they leave */
    uint32_t waiting;
    uint64_t packets, bytes; /* that left, copies too */
    uint64_t dropped, duplicated, displaced;
    uint64_t failed; /* that the kernel did not take */
    /* Where packets go instead of a socket. */
    void (*taken)(void *context, const uint8_t *bytes, uint32_t length);
    void *context;
};

/* 0, or TF_EOS, TF_ENOINPUT, TF_EPERM. */
int tf_send_line_open(struct tf_send_line *line, const struct tf_send_line_options *options);
void tf_send_line_close(struct tf_send_line *line);

/*
 * One packet, copied where it has to wait.  `spared`: nothing but the lag happens to it.  False:
 * it is lost.  Packets whose turn it is leave.
 */
bool tf_send_line_put(struct tf_send_line *line, const uint8_t *bytes, uint32_t length,
                      bool spared, uint64_t now);
/* Those whose time has come leave; `all`: those that wait for later packets too. */
void tf_send_line_move(struct tf_send_line *line, uint64_t now, bool all);
/* When the next one leaves if nothing else is put; UINT64_MAX: none. */
uint64_t tf_send_line_due(const struct tf_send_line *line);

/* "1%", "0.5%", "20": percent, to probability times 2^32. */
bool tf_parse_percent(const char *text, uint32_t *probability);

#endif
