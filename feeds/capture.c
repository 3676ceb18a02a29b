/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"

#include "bytes.h"
#include "error.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_HEADER = 24,
    ETHERNET_HEADER = 14,
    COOKED_HEADER = 16,  /* LINKTYPE_LINUX_SLL */
    COOKED2_HEADER = 20, /* LINKTYPE_LINUX_SLL2 */
    VLAN_TAG = 4,
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_QINQ = 0x88A8,
    IP_HEADER = 20,
    IP_FRAGMENT_BITS = 0x3FFF, /* more fragments, or an offset */
    UDP_HEADER = 8,
    TCP_HEADER = 20,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17
};

struct tf_capture {
    struct tf_source *source;
    pcap_t *pcap;
    uint64_t packet_offset; /* where the packet being read begins, in the decompressed input */
    bool at_end;
    int ended; /* the error that ended it; 0: none so far */
    char message[256];
    struct tf_capture_report report;
};

const char *tf_capture_kind(const uint8_t *bytes, size_t length)
{
    static const uint32_t magics[] = {0xA1B2C3D4, 0xD4C3B2A1, 0xA1B23C4D, 0x4D3CB2A1};
    if (length < 4)
        return 0;
    uint32_t magic = tf_be32(bytes);
    for (unsigned i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (magic == magics[i])
            return "pcap";
    return magic == 0x0A0D0D0A ? "pcapng" : 0;
}

/* ---- libpcap reads a FILE; ours reads the source --------------------------------------------- */

static ssize_t read_source(void *cookie, char *out, size_t room)
{
    struct tf_capture *capture = cookie;
    const uint8_t *bytes;
    ptrdiff_t length = tf_source_peek(capture->source, 1, &bytes);
    if (length < 0) {
        return 0; /* the end, to libpcap; what was wrong is the source's to tell */
    }
    size_t count = (size_t)length < room ? (size_t)length : room;
    memcpy(out, bytes, count);
    tf_source_skip(capture->source, count);
    return (ssize_t)count;
}

/* Only where it is: ftell() then takes off what the FILE has and libpcap has not read. */
static int tell_source(void *cookie, off64_t *offset, int whence)
{
    const struct tf_capture *capture = cookie;
    if (whence != SEEK_CUR || *offset != 0)
        return -1;
    *offset = (off64_t)tf_source_offset(capture->source);
    return 0;
}

static FILE *file_of(struct tf_capture *capture)
{
    cookie_io_functions_t functions = {.read = read_source, .seek = tell_source};
    FILE *file = fopencookie(capture, "r", functions);
    /* Large enough that a packet costs a copy and no call; unbuffered, each byte is one. */
    if (file)
        setvbuf(file, 0, _IOFBF, (size_t)64 * 1024);
    return file;
}

static bool link_is_read(int link)
{
    return link == DLT_EN10MB || link == DLT_LINUX_SLL || link == DLT_LINUX_SLL2 ||
           link == DLT_RAW || link == DLT_IPV4;
}

static int fail_at(const struct tf_capture *capture)
{
    return tf_fail(TF_EDATA,
                   "%s: packet %" PRIu64 " at offset %" PRIu64
                   ": %s; all packets before it were read",
                   tf_source_path(capture->source), capture->report.packets + 1,
                   capture->packet_offset, capture->message);
}

/* Of the errors that libpcap returns: damage, unless the source had one of its own. */
static int fail(struct tf_capture *capture, const char *what)
{
    capture->at_end = true;
    capture->ended = tf_source_status(capture->source);
    if (capture->ended < 0)
        return capture->ended;
    snprintf(capture->message, sizeof capture->message, "%s", what);
    return capture->ended = fail_at(capture);
}

static int open_pcap(struct tf_capture *capture)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    FILE *file = file_of(capture);
    if (!file)
        return tf_fail(TF_EOS, "no memory to read a capture");
    capture->pcap =
        pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
    if (!capture->pcap) {
        fclose(file);
        return fail(capture, why);
    }
    capture->report.link_type = pcap_datalink(capture->pcap);
    if (link_is_read(capture->report.link_type))
        return 0;
    const char *name = pcap_datalink_val_to_name(capture->report.link_type);
    return tf_fail(
        TF_EDATA,
        "%s: a capture with link type %d (%s); Ethernet, Linux cooked and raw IP are "
        "read: capture on an Ethernet interface, or convert it with editcap -T ether",
        tf_source_path(capture->source), capture->report.link_type, name ? name : "unknown");
}

/* What the file header of a classic pcap says; libpcap keeps half of it to itself. */
static void read_file_header(struct tf_capture_report *report, const uint8_t *bytes)
{
    uint32_t magic = tf_be32(bytes);
    bool big = magic == 0xA1B2C3D4 || magic == 0xA1B23C4D;
    report->byte_order = big ? "big" : "little";
    report->ts_unit = magic == 0xA1B2C3D4 || magic == 0xD4C3B2A1 ? "us" : "ns";
    uint16_t major = tf_be16(bytes + 4), minor = tf_be16(bytes + 6);
    uint32_t snaplen = tf_be32(bytes + 16);
    report->version_major = big ? major : __builtin_bswap16(major);
    report->version_minor = big ? minor : __builtin_bswap16(minor);
    report->snaplen = big ? snaplen : __builtin_bswap32(snaplen);
}

struct tf_capture *tf_capture_open(struct tf_source *source, int *error)
{
    struct tf_capture *capture = calloc(1, sizeof *capture);
    if (!capture) {
        *error = tf_fail(TF_EOS, "no memory to read a capture");
        return 0;
    }
    const uint8_t *bytes;
    ptrdiff_t length = tf_source_peek(source, FILE_HEADER, &bytes);
    capture->source = source;
    capture->report.container = length >= 4 ? tf_capture_kind(bytes, (size_t)length) : 0;
    if (length >= FILE_HEADER && capture->report.container &&
        strcmp(capture->report.container, "pcap") == 0)
        read_file_header(&capture->report, bytes);
    capture->report.first_ts = capture->report.last_ts = TF_UNDEF_TIMESTAMP;
    *error = capture->report.container
                 ? open_pcap(capture)
                 : tf_fail(TF_EDATA, "%s: is no capture", tf_source_path(source));
    if (*error == 0)
        return capture;
    tf_capture_close(capture);
    return 0;
}

void tf_capture_close(struct tf_capture *capture)
{
    if (!capture)
        return;
    if (capture->pcap)
        pcap_close(capture->pcap);
    free(capture);
}

#ifdef TF_STATIC
/*
 * libpcap's table of devices to capture from names D-Bus, which has no place in a program without
 * shared libraries.  Files need none of it: the linker finds these two and leaves its module alone.
 */
int dbus_findalldevs(void *devices, char *why);
void *dbus_create(const char *device, char *why, int *is_ours);

int dbus_findalldevs(void *devices, char *why)
{
    (void)devices;
    (void)why;
    return 0;
}

void *dbus_create(const char *device, char *why, int *is_ours)
{
    (void)device;
    (void)why;
    *is_ours = 0;
    return 0;
}
#endif

/* ---- from the frame to the payload ----------------------------------------------------------- */

struct bytes {
    const uint8_t *at;
    uint32_t left;
};

static bool drop(struct bytes *bytes, uint32_t count)
{
    if (bytes->left < count)
        return false;
    bytes->at += count;
    bytes->left -= count;
    return true;
}

/* Past the link header, to an IPv4 packet; false: it is none. */
static bool strip_link(struct tf_capture *capture, struct bytes *bytes)
{
    uint16_t type;
    const uint8_t *frame = bytes->at;
    switch (capture->report.link_type) {
    case DLT_EN10MB:
        if (!drop(bytes, ETHERNET_HEADER))
            return false;
        type = tf_be16(frame + 12);
        break;
    case DLT_LINUX_SLL:
        if (!drop(bytes, COOKED_HEADER))
            return false;
        type = tf_be16(frame + 14);
        break;
    case DLT_LINUX_SLL2:
        if (!drop(bytes, COOKED2_HEADER))
            return false;
        type = tf_be16(frame);
        break;
    default: /* raw IP */
        return true;
    }
    bool tagged = false;
    while (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) {
        const uint8_t *tag = bytes->at;
        if (!drop(bytes, VLAN_TAG))
            return false;
        type = tf_be16(tag + 2);
        tagged = true;
    }
    capture->report.vlan_tagged += tagged;
    return type == ETHERTYPE_IPV4;
}

/* Past the IP header, cut at its length; false: a fragment, or its header is wrong. */
static bool strip_ip(struct bytes *bytes, struct tf_packet *packet)
{
    const uint8_t *ip = bytes->at;
    if (bytes->left < IP_HEADER || ip[0] >> 4 != 4)
        return false;
    uint32_t header = (ip[0] & 15u) * 4, total = tf_be16(ip + 2);
    if (header < IP_HEADER || header > bytes->left || (total && total < header))
        return false;
    /* Segmentation offload leaves 0 in captures on the sending machine: as long as it is. */
    if (total && total < bytes->left)
        bytes->left = total;
    packet->cut = total > bytes->left;
    if (tf_be16(ip + 6) & IP_FRAGMENT_BITS)
        return false;
    packet->flow.protocol = ip[9];
    packet->flow.source = tf_be32(ip + 12);
    packet->flow.address = tf_be32(ip + 16);
    return drop(bytes, header);
}

static bool strip_transport(struct bytes *bytes, struct tf_packet *packet)
{
    const uint8_t *header = bytes->at;
    uint32_t length = UDP_HEADER;
    if (packet->flow.protocol == PROTOCOL_TCP) {
        if (bytes->left < TCP_HEADER)
            return false;
        length = (header[12] >> 4) * 4u;
        if (length < TCP_HEADER)
            return false;
    } else if (packet->flow.protocol != PROTOCOL_UDP) {
        return false;
    }
    if (!drop(bytes, length))
        return false;
    packet->flow.source_port = tf_be16(header);
    packet->flow.port = tf_be16(header + 2);
    if (packet->flow.protocol == PROTOCOL_UDP) {
        uint32_t udp = tf_be16(header + 4);
        if (udp >= UDP_HEADER && udp - UDP_HEADER < bytes->left)
            bytes->left = udp - UDP_HEADER;
    }
    packet->bytes = bytes->at;
    packet->length = bytes->left;
    return true;
}

static bool payload_of(struct tf_capture *capture, const struct pcap_pkthdr *header,
                       const uint8_t *frame, struct tf_packet *packet)
{
    struct bytes bytes = {frame, header->caplen};
    return strip_link(capture, &bytes) && strip_ip(&bytes, packet) &&
           strip_transport(&bytes, packet);
}

static uint64_t time_of(const struct pcap_pkthdr *header)
{
    /* libpcap gives nanoseconds where it says microseconds: we asked for them. */
    return (uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec;
}

static int end_of(struct tf_capture *capture)
{
    capture->at_end = true;
    return capture->ended = tf_source_status(capture->source);
}

int tf_capture_next(struct tf_capture *capture, struct tf_packet *packet)
{
    struct tf_capture_report *report = &capture->report;
    while (!capture->at_end) {
        struct pcap_pkthdr *header;
        const u_char *frame;
        capture->packet_offset = (uint64_t)ftello(pcap_file(capture->pcap));
        int got = pcap_next_ex(capture->pcap, &header, &frame);
        if (got == PCAP_ERROR_BREAK)
            return end_of(capture);
        if (got != 1)
            return fail(capture, pcap_geterr(capture->pcap));
        report->packets++;
        *packet = (struct tf_packet){.ts_recv = time_of(header), .number = report->packets};
        if (report->first_ts == TF_UNDEF_TIMESTAMP)
            report->first_ts = packet->ts_recv;
        report->last_ts = packet->ts_recv;
        if (payload_of(capture, header, frame, packet)) {
            report->cut += packet->cut;
            return 1;
        }
        report->other++;
    }
    return tf_capture_end(capture);
}

int tf_capture_end(const struct tf_capture *capture)
{
    int status = tf_source_status(capture->source);
    if (status < 0 || !capture->ended)
        return status;
    return fail_at(capture);
}

void tf_capture_report(const struct tf_capture *capture, struct tf_capture_report *out)
{
    *out = capture->report;
}
