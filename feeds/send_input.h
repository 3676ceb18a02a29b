/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_input.h - what `tickfan send` sends: the packets of a capture, or the messages of an ITCH
 * recording packed into MoldUDP64.
 *
 * Of a MoldUDP64 capture each message is given once, as from one line, though lines A and B were
 * captured; its heartbeats and ends of session are left out: the sender makes its own.  The
 * packets of other protocols are given as they are.
 */
#ifndef TF_SEND_INPUT_H
#define TF_SEND_INPUT_H

#include "endpoint.h"
#include "format.h"
#include "moldudp64.h"

struct tf_send_input_options {
    const char *path;
    const char *format;      /* NULL: by content */
    const char *session;     /* of a recording: up to 10 letters */
    struct tf_endpoint flow; /* of a capture: what went there alone; port 0: everything */
    uint32_t packet_bytes;   /* of a recording: a packet's most */
    uint64_t together_ns;    /* of a recording: messages so close in time share a packet */
};

struct tf_send_packet {
    const uint8_t *bytes;
    uint32_t length;
    struct tf_flow flow; /* as it was captured; all zero if it was packed here */
    uint64_t ts;         /* when it was captured, or the time of its last message */
    bool sequenced;
    struct tf_segment segment; /* if it is of the format's protocol: kind DATA, units not 0 */
};

struct tf_send_input;

/* NULL: *error is TF_ENOINPUT, TF_EPERM, TF_EIO, TF_EDATA, TF_EUSAGE, TF_EOS. */
struct tf_send_input *tf_send_input_open(const struct tf_send_input_options *options,
                                         int *error);
void tf_send_input_close(struct tf_send_input *input);

/* 1 and a packet, which lives until the next call; 0 at the end; TF_EDATA, TF_EIO. */
int tf_send_input_next(struct tf_send_input *input, struct tf_send_packet *packet);

bool tf_send_input_is_mold(const struct tf_send_input *input);
const struct tf_format *tf_send_input_format(const struct tf_send_input *input);

#endif
