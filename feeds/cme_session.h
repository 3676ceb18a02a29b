/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cme_session.h - the packet header of CME MDP 3.0: MsgSeqNum, SendingTime, then messages, each
 * with its own length in front.
 *
 * Over UDP 12 bytes: MsgSeqNum u32, SendingTime u64 in UTC ns.  Over TCP 14: 0xCAFE u16 before
 * the same.  Little endian.  Which of them it is, the IP protocol says; in a sanitised capture
 * without one, whichever makes the first message fit.
 *
 * The number counts packets, so a packet is the unit, and its messages come or are lost
 * together.  A channel is a flow: nothing in the header names it, so lines A and B are found by
 * the feed, by packets that are the same byte for byte.  Number 1 may be a publisher that began
 * anew (CME numbers from 1 again each week, and so does a snapshot loop).  A header of zeroes
 * alone is a sanitised one: its packets are taken in the order they come in.
 *
 * A message ends where its MsgSize says.  What is left of a packet where no whole message
 * follows is the feed's to count; over TCP it may be a message that goes on in the next segment:
 * it is counted as well and not put together, and that next segment, which has no 0xCAFE, is
 * foreign.  A packet without any message uses up its number.
 */
#ifndef TF_CME_SESSION_H
#define TF_CME_SESSION_H

#include "session.h"

enum {
    CME_UDP_HEADER = 12, /* MsgSeqNum at 0, SendingTime at 4 */
    CME_TCP_HEADER = 14, /* the same 2 bytes on */
    CME_TCP_MAGIC = 0xCAFE
};

extern const struct tf_session_ops tf_cme_session;

#endif
