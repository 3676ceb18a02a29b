/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h - pcap and pcapng as a sequence of UDP and TCP payloads, read by libpcap out of a
 * source, so that compressed captures and standard input work alike.
 *
 * Ethernet (with VLAN tags), Linux cooked and raw IP; IPv4.  A frame is cut at the IP length, for
 * Ethernet pads.  Whatever else is in the capture is counted, not given.
 */
#ifndef TF_CAPTURE_H
#define TF_CAPTURE_H

#include "session.h"
#include "source.h"

struct tf_capture;

/* Do these first bytes of an input begin a capture?  "pcap", "pcapng" or NULL. */
const char *tf_capture_kind(const uint8_t *bytes, size_t length);

/* The source stays the caller's, outlives the capture and is read by it alone.  NULL: *error is
 * TF_EDATA (no capture, or a link type that is not read), TF_EOS. */
struct tf_capture *tf_capture_open(struct tf_source *source, int *error);
void tf_capture_close(struct tf_capture *capture);

/*
 * The next payload: 1, its bytes live until the next call; 0 at the end; TF_EDATA where the
 * capture is cut or damaged, TF_EIO: tf_errmsg() names file, packet and offset.  Everything whole
 * before that was given.
 */
int tf_capture_next(struct tf_capture *capture, struct tf_packet *packet);
/* What it ended with, again: 0 or the error, with its message. */
int tf_capture_end(const struct tf_capture *capture);

struct tf_capture_report {
    const char *container; /* "pcap", "pcapng" */
    uint64_t packets;      /* in the file, whatever is in them */
    uint64_t other;        /* of them not IPv4 UDP or TCP, or fragments, or headers cut short */
    uint64_t vlan_tagged, cut;
    uint64_t first_ts, last_ts; /* of all packets; TF_UNDEF_TIMESTAMP: none */
    int link_type;
    /* Of a pcap's own header; NULL and 0 in a pcapng, whose interfaces may each have their own. */
    const char *byte_order, *ts_unit; /* "little" or "big"; "us" or "ns" */
    uint16_t version_major, version_minor;
    uint32_t snaplen;
};
void tf_capture_report(const struct tf_capture *capture, struct tf_capture_report *out);

#endif
