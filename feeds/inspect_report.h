/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect_report.h - what `tickfan inspect` says of one recording, for machines and for people.
 */
#ifndef TF_INSPECT_REPORT_H
#define TF_INSPECT_REPORT_H

#include "digest.h"
#include "recording.h"

#include <stdio.h>

struct tf_inspection {
    const struct tf_recording *recording;
    int status; /* 0, or the error that the input ended with */
    bool lines; /* report the types of each line too */
    uint64_t ticks;
    uint64_t ticks_by_action[256];
    const struct tf_digest *digest; /* NULL: not asked for */
};

/*
 * What counts as an error is damage: messages of unknown type, wrong length or with a field
 * outside its range, bytes that are no message, and compressed data that cannot be read. Orders
 * that were never seen, overfills and times that step back are in "errors_by_kind" only: a
 * capture that began in mid-session is full of them and still good.  So are lost messages and
 * packets of other protocols.
 */
uint64_t tf_inspection_errors(const struct tf_inspection *inspection);
/* The compressed data, or the container, could not be read to its end. */
bool tf_inspection_is_damaged(const struct tf_inspection *inspection);

/*
 * One JSON object on one line.  Of every recording: format, messages, messages_by_type, ticks,
 * ticks_by_action, symbols, first_ts_event, last_ts_event, trades, traded_volume, errors and
 * more, and what the decoder's facts() add.  Of a capture also:
 *
 *   container          {"container": "pcap", "compression", "uncompressed_size", "linktype", ...}
 *   capture_ts_ns      {"first", "last"}
 *   packet_counters    packets, udp_packets, heartbeats, end_of_session, vlan_tagged, other (not
 *                      IPv4 UDP or TCP), cut, messages (on all lines together)
 *   segment_send_time_ns  {"first", "last"}, where the protocol says when it sent
 *   flows              packets by "source:port->address:port"
 *   gap_count, missing_messages, gaps ([first, last, packet]), duplicates, late, restarts
 *                      of all channels together, after arbitration; packets count from 0
 *   channels           each run of numbers, arbitrated
 *   lines              each flow of a channel as if it were alone, with its "sequence"
 */
void tf_inspection_json(const struct tf_inspection *inspection, FILE *out);
/* Aligned tables. */
void tf_inspection_text(const struct tf_inspection *inspection, FILE *out);

#endif
