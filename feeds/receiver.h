/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receiver.h - one line of the wire: a socket that receives a multicast group (or unicast), and the
 * datagrams it has ready, with the times at which they came.
 *
 * Datagrams are received up to TF_RECEIVER_BATCH at a time into buffers that are made once.  What the
 * kernel had no room for is counted (SO_RXQ_OVFL): it is a loss of this machine, not of the wire.
 *
 * Not thread-safe.  Cost: one system call for up to TF_RECEIVER_BATCH datagrams, no allocation.
 */
#ifndef TF_RECEIVER_H
#define TF_RECEIVER_H

#include "endpoint.h"
#include "session.h"

enum {
    TF_RECEIVER_BATCH = 64,
    TF_RECEIVER_DATAGRAM = 9216 /* longer ones are cut: jumbo frames fit */
};

/* Which clock gives ts_recv. */
enum tf_receiver_stamps {
    TF_STAMPS_AUTO,     /* the network card's where it stamps already, else the kernel's */
    TF_STAMPS_HARDWARE, /* the card's, switched on if need be; an error where it cannot */
    TF_STAMPS_KERNEL    /* when the kernel got the packet from the driver */
};

struct tf_receiver_options {
    struct tf_endpoint endpoint;
    uint64_t buffer; /* bytes of packets that the socket shall hold */
    enum tf_receiver_stamps stamps;
    uint32_t busy_poll_us; /* SO_BUSY_POLL; 0: not set */
    bool connected;        /* not a line: asks the endpoint, and takes packets of it alone */
};

struct tf_receiver_stats {
    uint64_t packets, bytes;
    uint64_t truncated;                   /* longer than TF_RECEIVER_DATAGRAM */
    uint64_t kernel_dropped;              /* the socket's buffer was full */
    uint64_t hardware, kernel, unstamped; /* where the times of `packets` came from */
    uint64_t refused;                     /* connected: nobody listens there */
};

struct tf_receiver {
    int fd;
    struct tf_receiver_options options;
    uint64_t buffer;     /* as the kernel granted it, in the unit of options.buffer */
    int interface_index; /* 0: the kernel chose */
    bool stamps_by_card; /* asked for: see stats.hardware for what came */
    struct tf_receiver_stats stats;
    uint32_t kernel_dropped_last; /* the kernel's own counter, which wraps */
    int64_t card_ahead_ns;        /* the card's clock less the kernel's, of the last packet */

    /* What tf_receiver_receive() brought and is not taken yet: packets[at..count). */
    uint32_t at, count;
    struct tf_packet packets[TF_RECEIVER_BATCH];
    struct tf_receiver_batch *batch;
};

/*
 * Open, join, and verify what the kernel granted.  0 or TF_EOS, TF_ENOINPUT (no such interface),
 * TF_EPERM, TF_EUSAGE; what is less than wished but works is a warning with numbers and remedy.
 */
int tf_receiver_open(struct tf_receiver *receiver, const struct tf_receiver_options *options);
/* Leave.  One that is all zero or was closed is ignored. */
void tf_receiver_close(struct tf_receiver *receiver);

/*
 * When all packets are taken: receive what is there, without waiting.  Returns how many
 * packets[at..count) are now to be taken; 0: none.  They live until the next call.
 */
uint32_t tf_receiver_receive(struct tf_receiver *receiver);

/* "hardware", "kernel", or "process" where neither gives any: what ts_recv of most packets is. */
const char *tf_receiver_stamps_name(const struct tf_receiver *receiver);

/*
 * Ask for times by options.stamps; sets stamps_by_card.  tf_receiver_open() does; again after
 * options.stamps was changed.  0, or TF_EOS, TF_EPERM, TF_EUSAGE.
 */
int tf_receiver_stamp(struct tf_receiver *receiver);

#endif
