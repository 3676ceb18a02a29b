/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - the formats that this build reads: a framing or a session, and a decoder.
 *
 * feeds/README.md tells how to add one.
 */
#ifndef TF_FORMAT_H
#define TF_FORMAT_H

#include "framing.h"
#include "session.h"

struct tf_format {
    const char *name;        /* "moldudp64_itch50": --format, and "format" in JSON */
    const char *description; /* "Nasdaq TotalView-ITCH 5.0 in MoldUDP64" */
    const struct tf_decoder_ops *decoder;
    /* One of the two. */
    const struct tf_framing_ops *framing; /* the input is one run of messages */
    const struct tf_session_ops *session; /* the input is packets */
    /*
     * 0 to 100: how sure that these are of this format; 50 is enough where no other format is
     * surer.  Of a framing: the first bytes of the input, decompressed.  Of a session: one
     * packet; what many packets say is averaged, those with 0 included.  A number must rest on
     * more than a plausible header: feeds of other venues share ports, sessions and lengths.
     */
    int (*probe)(const uint8_t *bytes, size_t length);
    int (*probe_packet)(const struct tf_packet *packet);
};

/* Ended by NULL. */
extern const struct tf_format *const tf_formats[];

const struct tf_format *tf_format_by_name(const char *name);
/* "auto, itch50 (Nasdaq ...), ..." or, without descriptions, "auto, itch50, ..."; returns out. */
char *tf_format_list(char *out, size_t size, bool descriptions);

#endif
