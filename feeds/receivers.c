/* SPDX-License-Identifier: Apache-2.0 */
#include "receivers.h"

#include "error.h"

#include <sys/epoll.h>
#include <unistd.h>

int tf_receivers_open(struct tf_receivers *receivers, bool spin)
{
    *receivers = (struct tf_receivers){.epoll = epoll_create1(EPOLL_CLOEXEC), .spin = spin};
    return receivers->epoll >= 0 ? 0 : tf_fail_errno(TF_EOS, "no epoll");
}

void tf_receivers_close(struct tf_receivers *receivers)
{
    if (receivers->epoll > 0)
        close(receivers->epoll);
    receivers->epoll = -1;
    receivers->count = 0;
}

int tf_receivers_add(struct tf_receivers *receivers, struct tf_receiver *receiver)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = receivers->count};
    if (receivers->count == TF_RECEIVERS_MAX)
        return tf_fail(TF_EOS, "more than %d lines", TF_RECEIVERS_MAX);
    if (epoll_ctl(receivers->epoll, EPOLL_CTL_ADD, receiver->fd, &event) != 0)
        return tf_fail_errno(TF_EOS, "a line cannot be waited for");
    receivers->all[receivers->count] = receiver;
    return (int)receivers->count++;
}

static void receive(struct tf_receivers *receivers, uint32_t number)
{
    if (tf_receiver_receive(receivers->all[number]))
        receivers->ready[receivers->ready_count++] = number;
}

bool tf_receivers_wait(struct tf_receivers *receivers, int timeout_ms)
{
    struct epoll_event events[TF_RECEIVERS_MAX];
    if (receivers->spin) {
        for (uint32_t i = 0; i < receivers->count; i++)
            receive(receivers, i);
        return receivers->ready_count != 0;
    }
    int count = epoll_wait(receivers->epoll, events, TF_RECEIVERS_MAX, timeout_ms);
    for (int i = 0; i < count; i++)
        receive(receivers, events[i].data.u32);
    return receivers->ready_count != 0;
}

const struct tf_packet *tf_receivers_next(struct tf_receivers *receivers, uint32_t *number)
{
    if (receivers->ready_count == 0)
        return 0;
    uint32_t best = 0;
    uint64_t best_ts = UINT64_MAX;
    for (uint32_t i = 0; i < receivers->ready_count; i++) {
        const struct tf_receiver *receiver = receivers->all[receivers->ready[i]];
        if (receiver->packets[receiver->at].ts_recv < best_ts) {
            best = i;
            best_ts = receiver->packets[receiver->at].ts_recv;
        }
    }
    *number = receivers->ready[best];
    struct tf_receiver *receiver = receivers->all[*number];
    const struct tf_packet *packet = &receiver->packets[receiver->at++];
    if (receiver->at == receiver->count)
        receivers->ready[best] = receivers->ready[--receivers->ready_count];
    return packet;
}
