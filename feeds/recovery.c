/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery.h"

#include "error.h"

#include <stdlib.h>

struct range {
    uint64_t first, last;
    uint64_t give_up_at;
    uint32_t stream;
};

/* A request that was sent, or is to be sent at once (sent == 0). */
struct flight {
    struct range range;
    uint64_t due; /* when it is sent (again) */
    uint64_t wait_ns;
    uint32_t sent; /* times; range.first > range.last: the place is free */
};

struct tf_recovery {
    struct tf_recovery_options options;
    struct tf_recovery_counts counts;
    struct range *waiting; /* a ring of options.ranges */
    uint32_t front, waiting_count;
    uint32_t outstanding;
    uint64_t ask; /* messages of the next request */
    struct flight flights[TF_RECOVERY_OUTSTANDING_MAX];
};

static bool is_free(const struct flight *flight)
{
    return flight->range.first > flight->range.last;
}

static uint64_t size_of(const struct range *range)
{
    return range->last - range->first + 1;
}

/* The part of first..last that is in the range; false: there is none. */
static bool cut_to(const struct range *range, uint64_t *first, uint64_t *last)
{
    if (*first < range->first)
        *first = range->first;
    if (*last > range->last)
        *last = range->last;
    return *first <= *last;
}

struct tf_recovery *tf_recovery_open(const struct tf_recovery_options *options)
{
    struct tf_recovery *recovery = calloc(1, sizeof *recovery);
    if (recovery)
        recovery->waiting = calloc(options->ranges, sizeof *recovery->waiting);
    if (!recovery || !recovery->waiting) {
        free(recovery);
        tf_fail(TF_EOS, "no memory to remember %u missing ranges", options->ranges);
        return 0;
    }
    recovery->options = *options;
    recovery->ask = TF_RECOVERY_ASK_FIRST;
    for (uint32_t i = 0; i < TF_RECOVERY_OUTSTANDING_MAX; i++)
        recovery->flights[i].range.first = 1;
    return recovery;
}

void tf_recovery_close(struct tf_recovery *recovery)
{
    if (!recovery)
        return;
    free(recovery->waiting);
    free(recovery);
}

bool tf_recovery_want(struct tf_recovery *recovery, uint32_t stream, uint64_t first,
                      uint64_t last, uint64_t give_up_at)
{
    if (recovery->waiting_count == recovery->options.ranges) {
        recovery->counts.refused++;
        return false;
    }
    uint32_t place = (recovery->front + recovery->waiting_count++) % recovery->options.ranges;
    recovery->waiting[place] = (struct range){first, last, give_up_at, stream};
    recovery->counts.asked += last - first + 1;
    return true;
}

static void drop_front(struct tf_recovery *recovery)
{
    recovery->front = (recovery->front + 1) % recovery->options.ranges;
    recovery->waiting_count--;
}

static void release(struct tf_recovery *recovery, struct flight *flight)
{
    flight->range.first = 1;
    flight->range.last = 0;
    recovery->outstanding--;
}

/* Take as much of the first waiting range as a packet may carry; false: nothing waits. */
static bool take_off(struct tf_recovery *recovery, uint64_t now, struct flight *flight)
{
    while (recovery->waiting_count) {
        struct range *range = &recovery->waiting[recovery->front];
        if (range->give_up_at <= now) {
            recovery->counts.given_up += size_of(range);
            drop_front(recovery);
            continue;
        }
        *flight = (struct flight){.range = *range, .wait_ns = recovery->options.retry_ns};
        if (size_of(range) > recovery->ask) {
            flight->range.last = range->first + recovery->ask - 1;
            range->first += recovery->ask;
        } else {
            drop_front(recovery);
        }
        recovery->outstanding++;
        return true;
    }
    return false;
}

static void send(struct tf_recovery *recovery, struct flight *flight, uint64_t now,
                 struct tf_recovery_request *request)
{
    *request = (struct tf_recovery_request){flight->range.stream, flight->range.first,
                                            (uint16_t)size_of(&flight->range)};
    recovery->counts.requests++;
    if (flight->sent++) {
        recovery->counts.repeated++;
        if (flight->wait_ns < 8 * recovery->options.retry_ns)
            flight->wait_ns *= 2;
    }
    flight->due = now + flight->wait_ns;
}

bool tf_recovery_next(struct tf_recovery *recovery, uint64_t now,
                      struct tf_recovery_request *request)
{
    struct flight *unused = 0;
    for (uint32_t i = 0; i < recovery->options.outstanding; i++) {
        struct flight *flight = &recovery->flights[i];
        if (!is_free(flight) && flight->range.give_up_at <= now) {
            recovery->counts.given_up += size_of(&flight->range);
            release(recovery, flight);
        }
        if (is_free(flight)) {
            unused = flight;
        } else if (flight->due <= now) {
            send(recovery, flight, now, request);
            return true;
        }
    }
    if (!unused || !take_off(recovery, now, unused))
        return false;
    send(recovery, unused, now, request);
    return true;
}

/* Learn how much a packet carries: all that was asked for, or only `carried`. */
static void learn(struct tf_recovery *recovery, bool all, uint64_t carried)
{
    if (!all)
        recovery->ask = carried;
    else if (carried >= recovery->ask)
        recovery->ask += recovery->ask / 8 + 1;
    if (recovery->ask > TF_RECOVERY_ASK_MAX)
        recovery->ask = TF_RECOVERY_ASK_MAX;
}

/* Take first..last off the flight's range; how many messages that were. */
static uint64_t subtract(struct tf_recovery *recovery, struct flight *flight, uint64_t first,
                         uint64_t last)
{
    struct range *range = &flight->range;
    uint64_t size = size_of(range);
    if (last < range->first || first > range->last)
        return 0;
    if (first <= range->first) {
        if (first == range->first)
            learn(recovery, last >= range->last, last - first + 1);
        if (last >= range->last) {
            release(recovery, flight);
            return size;
        }
        range->first = last + 1;
        /* The server lives: its next packet is asked for now, as if for the first time. */
        flight->due = 0;
        flight->sent = 0;
        flight->wait_ns = recovery->options.retry_ns;
    } else if (last >= range->last) {
        range->last = first - 1;
    } else {
        return 0; /* out of its middle, which no server does: the rest brings it again */
    }
    return size - size_of(range);
}

uint64_t tf_recovery_awaited(const struct tf_recovery *recovery, uint32_t stream,
                             uint64_t *first, uint64_t count)
{
    uint64_t from = UINT64_MAX, awaited = 0;
    if (count == 0 || *first + count < *first)
        return 0;
    for (uint32_t i = 0; i < recovery->options.outstanding; i++) {
        const struct flight *flight = &recovery->flights[i];
        uint64_t begin = *first, last = *first + count - 1;
        if (is_free(flight) || flight->range.stream != stream ||
            !cut_to(&flight->range, &begin, &last) || begin >= from)
            continue;
        from = begin;
        awaited = last - begin + 1;
    }
    if (awaited)
        *first = from;
    return awaited;
}

static uint64_t count_awaited(const struct tf_recovery *recovery, uint32_t stream,
                              uint64_t first, uint64_t count)
{
    uint64_t end = first + count, all = 0, run;
    while ((run = tf_recovery_awaited(recovery, stream, &first, end - first))) {
        first += run;
        all += run;
    }
    return all;
}

void tf_recovery_answer(struct tf_recovery *recovery, uint32_t stream, uint64_t first,
                        uint64_t count)
{
    recovery->counts.unsolicited += count;
    if (count == 0 || first + count < first)
        return;
    recovery->counts.unsolicited -= count_awaited(recovery, stream, first, count);
    for (uint32_t i = 0; i < recovery->options.outstanding; i++) {
        struct flight *flight = &recovery->flights[i];
        if (!is_free(flight) && flight->range.stream == stream)
            recovery->counts.answered += subtract(recovery, flight, first, first + count - 1);
    }
}

uint64_t tf_recovery_due(const struct tf_recovery *recovery)
{
    if (recovery->waiting_count && recovery->outstanding < recovery->options.outstanding)
        return 0;
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; i < recovery->options.outstanding && recovery->outstanding; i++) {
        const struct flight *flight = &recovery->flights[i];
        if (is_free(flight))
            continue;
        uint64_t at =
            flight->due < flight->range.give_up_at ? flight->due : flight->range.give_up_at;
        if (at < due)
            due = at;
    }
    return due;
}

uint32_t tf_recovery_outstanding(const struct tf_recovery *recovery)
{
    return recovery->outstanding;
}

const struct tf_recovery_counts *tf_recovery_counts(const struct tf_recovery *recovery)
{
    return &recovery->counts;
}
