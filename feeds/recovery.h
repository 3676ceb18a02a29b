/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery.h - what to ask a re-request server for, and when: no socket, no clock of its own.
 *
 * Ranges of missing messages wait in a queue.  A request covers the front of a range, as many
 * messages as a packet of the server has carried lately: what it answers with is taken off, the
 * rest is asked for at once.  A request without an answer is sent again after `retry_ns`, which
 * doubles each time up to eight times that, until its range's time is up.  Lateness on the lines
 * does no harm: an answer with what came meanwhile is a duplicate.
 *
 * Not thread-safe.  Allocates when opened and never again.
 */
#ifndef TF_RECOVERY_H
#define TF_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

struct tf_recovery_options {
    uint32_t outstanding; /* requests in flight at most, 1 to TF_RECOVERY_OUTSTANDING_MAX */
    uint32_t ranges;      /* that wait or are asked for at most; further ones are refused */
    uint64_t retry_ns;
};
enum {
    TF_RECOVERY_OUTSTANDING_MAX = 256,
    TF_RECOVERY_RANGES_MAX = 1 << 20,
    TF_RECOVERY_ASK_MAX = 0xFFFE, /* messages of one request: what its field can say */
    TF_RECOVERY_ASK_FIRST = 32    /* as long as no answer told what a packet carries */
};

struct tf_recovery_counts {
    uint64_t requests;    /* sent, the repeated ones too */
    uint64_t repeated;    /* of them because no answer came */
    uint64_t asked;       /* messages in ranges taken on */
    uint64_t answered;    /* of them that answers brought */
    uint64_t given_up;    /* of them whose time was up first */
    uint64_t unsolicited; /* messages of answers that were not in flight (any more) */
    uint64_t refused;     /* ranges that found no room */
};

struct tf_recovery;

/* `stream` is the caller's own number of what is asked for: a session. NULL: TF_EOS. */
struct tf_recovery *tf_recovery_open(const struct tf_recovery_options *options);
void tf_recovery_close(struct tf_recovery *recovery);

/* first <= last.  False: no room, counted. */
bool tf_recovery_want(struct tf_recovery *recovery, uint32_t stream, uint64_t first,
                      uint64_t last, uint64_t give_up_at);

struct tf_recovery_request {
    uint32_t stream;
    uint64_t sequence;
    uint16_t count;
};
/* The next request to send now; false: none.  Call until then; a false also drops what is late. */
bool tf_recovery_next(struct tf_recovery *recovery, uint64_t now,
                      struct tf_recovery_request *request);
/*
 * Of the messages *first..*first + count - 1 the first run that is in flight, asked for and not
 * answered yet: *first is set to where it begins.  How many; 0: none is.  A server is believed no
 * further than this.
 */
uint64_t tf_recovery_awaited(const struct tf_recovery *recovery, uint32_t stream,
                             uint64_t *first, uint64_t count);
/* The messages first..first + count - 1 came; count 0 is nothing. */
void tf_recovery_answer(struct tf_recovery *recovery, uint32_t stream, uint64_t first,
                        uint64_t count);

/* When tf_recovery_next() has something to do if no answer comes; UINT64_MAX: never. */
uint64_t tf_recovery_due(const struct tf_recovery *recovery);
uint32_t tf_recovery_outstanding(const struct tf_recovery *recovery);
const struct tf_recovery_counts *tf_recovery_counts(const struct tf_recovery *recovery);

#endif
