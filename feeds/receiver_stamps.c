/* SPDX-License-Identifier: Apache-2.0 */
/* Receive times: of the card where it gives them, of the kernel otherwise. */
#include "receiver.h"

#include "error.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Does the interface stamp every packet it receives?  Anybody may ask. */
static bool card_stamps(int fd, const char *interface)
{
    struct hwtstamp_config config = {0};
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
    request.ifr_data = (char *)&config;
    return ioctl(fd, SIOCGHWTSTAMP, &request) == 0 && config.rx_filter == HWTSTAMP_FILTER_ALL;
}

static int switch_on(int fd, const char *interface)
{
    struct hwtstamp_config config = {.rx_filter = HWTSTAMP_FILTER_ALL};
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
    request.ifr_data = (char *)&config;
    if (ioctl(fd, SIOCSHWTSTAMP, &request) == 0)
        return 0;
    if (errno == EPERM)
        return tf_fail(
            TF_EPERM,
            "%s: switching hardware timestamps on needs CAP_NET_ADMIN; once, as root: "
            "hwstamp_ctl -i %s -r 1",
            interface, interface);
    return tf_fail_errno(TF_EOS,
                         "%s gives no hardware timestamps; --timestamps kernel takes the "
                         "kernel's",
                         interface);
}

int tf_receiver_stamp(struct tf_receiver *receiver)
{
    char interface[IF_NAMESIZE] = "";
    if (receiver->interface_index)
        if_indextoname((unsigned)receiver->interface_index, interface);
    enum tf_receiver_stamps wish = receiver->options.stamps;
    receiver->stamps_by_card = interface[0] &&
                               (wish == TF_STAMPS_AUTO || wish == TF_STAMPS_HARDWARE) &&
                               card_stamps(receiver->fd, interface);
    if (wish == TF_STAMPS_HARDWARE && !receiver->stamps_by_card) {
        if (!interface[0])
            return tf_fail(TF_EUSAGE, "hardware timestamps: say which interface, %%eth1 behind "
                                      "the line or --interface");
        int error = switch_on(receiver->fd, interface);
        if (error)
            return error;
        receiver->stamps_by_card = true;
    }
    /* The kernel's too: it is the clock that the card's is compared with. */
    int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    if (receiver->stamps_by_card)
        flags |= SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
    if (setsockopt(receiver->fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) != 0)
        return tf_fail_errno(TF_EOS, "the kernel gives no receive timestamps");
    return 0;
}

const char *tf_receiver_stamps_name(const struct tf_receiver *receiver)
{
    const struct tf_receiver_stats *stats = &receiver->stats;
    if (stats->packets == 0)
        return receiver->stamps_by_card ? "hardware" : "kernel";
    return stats->hardware * 2 > stats->packets ? "hardware"
           : stats->kernel * 2 > stats->packets ? "kernel"
                                                : "process";
}
