/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pitch_session.h - the sequenced unit header of binary PITCH (Cboe PITCH 2.41, "Sequenced Unit
 * Header"), little endian: length u16 with the header's 8 bytes, count u8, unit u8, sequence u32
 * of the first message; then count messages that begin with their own length in one byte.
 *
 * A channel is a flow and a unit.  Count 0 is a heartbeat, whose sequence is the next one.
 * Sequence 0 is unsequenced: symbol mappings and instrument definitions that are repeated all
 * day beside the sequenced messages.  Sequence 1 may be a restart.  The header must not promise
 * more than the packet has, unless the capture cut it; bytes behind what it promises are
 * nobody's.  A datagram holds one unit header.
 */
#ifndef TF_PITCH_SESSION_H
#define TF_PITCH_SESSION_H

#include "session.h"

enum { TF_PITCH_HEADER = 8 };

extern const struct tf_session_ops tf_pitch_session;

#endif
