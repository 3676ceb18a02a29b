/* SPDX-License-Identifier: Apache-2.0 */
#include "receiver.h"

#include "clock.h"
#include "error.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tf_receiver_batch {
    struct mmsghdr headers[TF_RECEIVER_BATCH];
    struct iovec pieces[TF_RECEIVER_BATCH];
    struct sockaddr_in senders[TF_RECEIVER_BATCH];
    _Alignas(struct cmsghdr) uint8_t controls[TF_RECEIVER_BATCH][128];
    uint8_t bytes[TF_RECEIVER_BATCH][TF_RECEIVER_DATAGRAM];
};

/* ---- open ------------------------------------------------------------------------------------ */

static int fail_system(const char *what)
{
    return tf_fail_errno(errno == EPERM || errno == EACCES ? TF_EPERM : TF_EOS, "%s", what);
}

static int join(struct tf_receiver *receiver, uint32_t interface_address)
{
    int interface_index = receiver->interface_index;
    const struct tf_endpoint *endpoint = &receiver->options.endpoint;
    int off = 0, result;
    /* Only what this socket joined, on the interface that it joined it on. */
    setsockopt(receiver->fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
    if (endpoint->source) {
        struct ip_mreq_source group = {.imr_multiaddr.s_addr = htonl(endpoint->address),
                                       .imr_interface.s_addr = htonl(interface_address),
                                       .imr_sourceaddr.s_addr = htonl(endpoint->source)};
        result = setsockopt(receiver->fd, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, &group,
                            sizeof group);
    } else {
        struct ip_mreqn group = {.imr_multiaddr.s_addr = htonl(endpoint->address),
                                 .imr_address.s_addr = htonl(interface_address),
                                 .imr_ifindex = interface_index};
        result = setsockopt(receiver->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group);
    }
    if (result == 0)
        return 0;
    if (errno == ENODEV && !interface_index)
        return tf_fail(TF_ENOINPUT, "no route says which interface the group comes from: add "
                                    "%%INTERFACE, or --interface");
    if (errno == ENOBUFS)
        return tf_fail(TF_EOS, "the kernel allows no more memberships; sysctl -w "
                               "net.ipv4.igmp_max_memberships=1024");
    return fail_system("the group cannot be joined");
}

/* The kernel doubles what it is asked for, for its own needs, and says the double. */
static uint64_t buffer_of(int fd)
{
    int value = 0;
    socklen_t length = sizeof value;
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, &length);
    return (uint64_t)value / 2;
}

static void set_buffer(struct tf_receiver *receiver)
{
    uint64_t wish =
        receiver->options.buffer < INT32_MAX / 2 ? receiver->options.buffer : INT32_MAX / 2;
    int value = (int)wish;
    if (setsockopt(receiver->fd, SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof value) != 0)
        setsockopt(receiver->fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof value);
    receiver->buffer = buffer_of(receiver->fd);
    char text[TF_ENDPOINT_TEXT], granted[16], wished[16];
    if (receiver->buffer < wish)
        tf_log(TF_LOG_WARNING,
               "%s: a receive buffer of %s, not %s: bursts may be lost; as root: sysctl -w "
               "net.core.rmem_max=%d",
               tf_endpoint_text(&receiver->options.endpoint, text),
               tf_format_size(granted, sizeof granted, receiver->buffer),
               tf_format_size(wished, sizeof wished, wish), value);
}

static void set_busy_poll(struct tf_receiver *receiver)
{
    int value = (int)receiver->options.busy_poll_us;
    char text[TF_ENDPOINT_TEXT];
    if (value && setsockopt(receiver->fd, SOL_SOCKET, SO_BUSY_POLL, &value, sizeof value) != 0)
        tf_log(TF_LOG_WARNING, "%s: no busy polling: %s (it needs CAP_NET_ADMIN)",
               tf_endpoint_text(&receiver->options.endpoint, text), strerror(errno));
}

static int set_up(struct tf_receiver *receiver)
{
    const struct tf_endpoint *endpoint = &receiver->options.endpoint;
    int on = 1;
    uint32_t address;
    int error = tf_interface_find(endpoint->interface, &receiver->interface_index, &address);
    if (error)
        return error;
    receiver->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (receiver->fd < 0)
        return fail_system("no socket");
    set_buffer(receiver);
    set_busy_poll(receiver);
    setsockopt(receiver->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    error = tf_receiver_stamp(receiver);
    if (error)
        return error;
    struct sockaddr_in there = tf_endpoint_socket(endpoint->address, endpoint->port);
    if (receiver->options.connected) {
        struct sockaddr_in here = tf_endpoint_socket(address, 0);
        if (bind(receiver->fd, (struct sockaddr *)&here, sizeof here) != 0 ||
            connect(receiver->fd, (struct sockaddr *)&there, sizeof there) != 0)
            return fail_system("no way there");
        return 0;
    }
    /* Others on this host may listen to the same group. */
    if (tf_is_multicast(endpoint->address))
        setsockopt(receiver->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(receiver->fd, (struct sockaddr *)&there, sizeof there) != 0)
        return fail_system("the address cannot be bound");
    return tf_is_multicast(endpoint->address) ? join(receiver, address) : 0;
}

int tf_receiver_open(struct tf_receiver *receiver, const struct tf_receiver_options *options)
{
    *receiver = (struct tf_receiver){.fd = -1, .options = *options};
    struct tf_receiver_batch *batch = receiver->batch = calloc(1, sizeof *receiver->batch);
    int error = batch ? set_up(receiver) : tf_fail(TF_EOS, "no memory for a line");
    if (error) {
        char text[TF_ENDPOINT_TEXT];
        tf_receiver_close(receiver);
        return tf_fail_in(error, "%s", tf_endpoint_text(&options->endpoint, text));
    }
    for (uint32_t i = 0; i < TF_RECEIVER_BATCH; i++) {
        batch->pieces[i] = (struct iovec){batch->bytes[i], TF_RECEIVER_DATAGRAM};
        batch->headers[i].msg_hdr = (struct msghdr){.msg_name = &batch->senders[i],
                                                    .msg_namelen = sizeof batch->senders[i],
                                                    .msg_iov = &batch->pieces[i],
                                                    .msg_iovlen = 1,
                                                    .msg_control = batch->controls[i]};
    }
    return 0;
}

void tf_receiver_close(struct tf_receiver *receiver)
{
    if (!receiver->batch)
        return;
    if (receiver->fd >= 0)
        close(receiver->fd);
    free(receiver->batch);
    receiver->batch = 0;
    receiver->fd = -1;
}

/* ---- receive --------------------------------------------------------------------------------- */

static uint64_t nanoseconds(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * TF_NS_PER_S + (uint64_t)time->tv_nsec;
}

/* The datagram's time; counts where it came from. */
static uint64_t take_stamps(struct tf_receiver *receiver, const struct scm_timestamping *stamps)
{
    uint64_t kernel = nanoseconds(&stamps->ts[0]), card = nanoseconds(&stamps->ts[2]);
    if (card) {
        receiver->stats.hardware++;
        if (kernel)
            receiver->card_ahead_ns = (int64_t)(card - kernel);
        return card;
    }
    receiver->stats.kernel++;
    return kernel;
}

static void take_controls(struct tf_receiver *receiver, struct msghdr *header,
                          struct tf_packet *packet)
{
    for (struct cmsghdr *one = CMSG_FIRSTHDR(header); one; one = CMSG_NXTHDR(header, one)) {
        if (one->cmsg_level != SOL_SOCKET)
            continue;
        if (one->cmsg_type == SCM_TIMESTAMPING) {
            struct scm_timestamping stamps;
            memcpy(&stamps, CMSG_DATA(one), sizeof stamps);
            packet->ts_recv = take_stamps(receiver, &stamps);
        } else if (one->cmsg_type == SO_RXQ_OVFL) {
            uint32_t dropped;
            memcpy(&dropped, CMSG_DATA(one), sizeof dropped);
            receiver->stats.kernel_dropped += dropped - receiver->kernel_dropped_last;
            receiver->kernel_dropped_last = dropped;
        }
    }
    if (packet->ts_recv == TF_UNDEF_TIMESTAMP) {
        receiver->stats.unstamped++;
        packet->ts_recv = tf_realtime_ns();
    }
}

static void take(struct tf_receiver *receiver, uint32_t i)
{
    struct tf_receiver_batch *batch = receiver->batch;
    struct msghdr *header = &batch->headers[i].msg_hdr;
    const struct tf_endpoint *endpoint = &receiver->options.endpoint;
    bool cut = header->msg_flags & MSG_TRUNC;
    receiver->stats.packets++;
    receiver->stats.bytes += batch->headers[i].msg_len;
    receiver->stats.truncated += cut;
    struct tf_packet *packet = &receiver->packets[i];
    *packet = (struct tf_packet){.bytes = batch->bytes[i],
                                 .length = batch->headers[i].msg_len,
                                 .cut = cut,
                                 .ts_recv = TF_UNDEF_TIMESTAMP,
                                 .number = receiver->stats.packets,
                                 .flow = {.source = ntohl(batch->senders[i].sin_addr.s_addr),
                                          .address = endpoint->address,
                                          .source_port = ntohs(batch->senders[i].sin_port),
                                          .port = endpoint->port,
                                          .protocol = IPPROTO_UDP}};
    take_controls(receiver, header, packet);
}

uint32_t tf_receiver_receive(struct tf_receiver *receiver)
{
    if (receiver->at < receiver->count)
        return receiver->count - receiver->at;
    receiver->at = receiver->count = 0;
    struct tf_receiver_batch *batch = receiver->batch;
    for (uint32_t i = 0; i < TF_RECEIVER_BATCH; i++) {
        batch->headers[i].msg_hdr.msg_controllen = sizeof batch->controls[i];
        batch->headers[i].msg_hdr.msg_namelen = sizeof batch->senders[i];
    }
    int got = recvmmsg(receiver->fd, batch->headers, TF_RECEIVER_BATCH, MSG_DONTWAIT, 0);
    if (got < 0) {
        receiver->stats.refused += errno == ECONNREFUSED;
        return 0;
    }
    for (uint32_t i = 0; i < (uint32_t)got; i++)
        take(receiver, i);
    receiver->count = (uint32_t)got;
    return receiver->count;
}
