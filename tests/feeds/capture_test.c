/* SPDX-License-Identifier: Apache-2.0 */
/* Captures made byte by byte: both containers, both byte orders, every link and every cut. */
#include "bytes.h"
#include "capture.h"
#include "temp_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ETHERNET = 1, RAW = 101, COOKED = 113, COOKED2 = 276 };

struct file {
    uint8_t bytes[4096];
    size_t length;
    bool big_endian;
};

static void put(struct file *file, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        file->bytes[file->length++] =
            (uint8_t)(value >> 8 * (file->big_endian ? width - 1 - i : i));
}

static void put_bytes(struct file *file, const void *bytes, size_t length)
{
    memcpy(file->bytes + file->length, bytes, length);
    file->length += length;
}

/* ---- frames ------------------------------------------------------------------------------------ */

struct frame {
    uint8_t bytes[256];
    uint32_t length;
};

struct shape {
    int link;
    unsigned vlans;
    unsigned ip_options; /* words */
    uint8_t protocol;    /* 0: UDP */
    unsigned padding;
    uint16_t fragment;
    bool ipv6;
};

static void add(struct frame *frame, const void *bytes, size_t length)
{
    memcpy(frame->bytes + frame->length, bytes, length);
    frame->length += (uint32_t)length;
}

static void add_be16(struct frame *frame, unsigned value)
{
    uint8_t bytes[2];
    tf_put_be16(bytes, (uint16_t)value);
    add(frame, bytes, 2);
}

static void add_link(struct frame *frame, const struct shape *shape)
{
    static const uint8_t zeros[32];
    unsigned type = shape->ipv6 ? 0x86DD : 0x0800;
    if (shape->link == COOKED2) {
        add_be16(frame, type);
        add(frame, zeros, 18);
        return;
    }
    if (shape->link == RAW)
        return;
    add(frame, zeros, shape->link == COOKED ? 14 : 12);
    for (unsigned i = 0; i < shape->vlans; i++) {
        add_be16(frame, i ? 0x8100 : 0x88A8);
        add_be16(frame, 100 + i);
    }
    add_be16(frame, type);
}

/* "tick" from 10.0.0.1:4000 to 233.54.12.1:26400 */
static struct frame make_frame(const struct shape *shape)
{
    struct frame frame = {.length = 0};
    uint8_t protocol = shape->protocol ? shape->protocol : 17;
    unsigned transport = protocol == 6 ? 24 : 8, header = 20 + 4 * shape->ip_options;
    add_link(&frame, shape);
    uint8_t ip[60] = {0};
    ip[0] = (uint8_t)(0x40 | header / 4);
    tf_put_be16(ip + 2, (uint16_t)(header + transport + 4));
    tf_put_be16(ip + 6, shape->fragment);
    ip[9] = protocol;
    tf_put_be32(ip + 12, 0x0A000001);
    tf_put_be32(ip + 16, 0xE9360C01);
    add(&frame, ip, header);
    uint8_t ports[24] = {0};
    tf_put_be16(ports, 4000);
    tf_put_be16(ports + 2, 26400);
    if (protocol == 6)
        ports[12] = 6 << 4; /* with an option */
    else
        tf_put_be16(ports + 4, 8 + 4);
    add(&frame, ports, transport);
    add(&frame, "tick", 4);
    for (unsigned i = 0; i < shape->padding; i++)
        add(&frame, "\xEE", 1);
    return frame;
}

/* ---- files ------------------------------------------------------------------------------------- */

static void begin_pcap(struct file *file, int link, bool nanoseconds)
{
    put(file, nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4, 4);
    put(file, 2, 2);
    put(file, 4, 2);
    put(file, 0, 8);
    put(file, 65535, 4);
    put(file, (unsigned)link, 4);
}

static void add_pcap(struct file *file, uint32_t seconds, uint32_t fraction,
                     const struct frame *frame, uint32_t kept)
{
    put(file, seconds, 4);
    put(file, fraction, 4);
    put(file, kept, 4);
    put(file, frame->length, 4);
    put_bytes(file, frame->bytes, kept);
}

static struct tf_capture *capture;
static struct tf_source *source;

static void open_file(const struct file *file)
{
    int error = 0;
    const char *path = temp_file(file->bytes, file->length);
    source = tf_source_open(path, &error);
    unlink(path);
    cr_assert(source, "%s", tf_errmsg());
    capture = tf_capture_open(source, &error);
    cr_assert(capture, "%s", tf_errmsg());
}

static void close_file(void)
{
    tf_capture_close(capture);
    tf_source_close(source);
}

static void expect_tick(uint64_t ts)
{
    struct tf_packet packet;
    cr_assert_eq(tf_capture_next(capture, &packet), 1, "%s", tf_errmsg());
    cr_assert_eq(packet.length, 4);
    cr_assert_arr_eq(packet.bytes, "tick", 4);
    cr_assert_eq(packet.ts_recv, ts);
    cr_assert_eq(packet.flow.port, 26400);
    cr_assert_eq(packet.flow.source_port, 4000);
    cr_assert_eq(packet.flow.address, 0xE9360C01);
    cr_assert_eq(packet.flow.source, 0x0A000001);
    cr_assert_not(packet.cut);
}

static void expect_end(int how)
{
    struct tf_packet packet;
    for (unsigned again = 0; again < 2; again++)
        cr_assert_eq(tf_capture_next(capture, &packet), how, "%s", tf_errmsg());
}

Test(capture, both_byte_orders_and_both_units)
{
    for (unsigned i = 0; i < 4; i++) {
        struct file file = {.big_endian = i & 1};
        struct frame frame = make_frame(&(struct shape){.link = ETHERNET});
        begin_pcap(&file, ETHERNET, i & 2);
        add_pcap(&file, 1577717400, 123456, &frame, frame.length);
        open_file(&file);
        expect_tick(UINT64_C(1577717400000000000) + (i & 2 ? 123456 : 123456000));
        expect_end(0);
        close_file();
    }
}

Test(capture, every_link_tag_option_and_padding)
{
    static const struct shape shapes[] = {
        {.link = ETHERNET, .padding = 14},
        {.link = ETHERNET, .vlans = 1},
        {.link = ETHERNET, .vlans = 3, .padding = 4},
        {.link = ETHERNET, .ip_options = 10},
        {.link = ETHERNET, .protocol = 6, .padding = 2},
        {.link = COOKED},
        {.link = COOKED2},
        {.link = RAW},
    };
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct file file = {.length = 0};
        struct frame frame = make_frame(&shapes[i]);
        struct tf_capture_report report;
        begin_pcap(&file, shapes[i].link, true);
        add_pcap(&file, 1, 2, &frame, frame.length);
        open_file(&file);
        expect_tick(1000000002);
        expect_end(0);
        tf_capture_report(capture, &report);
        cr_assert_eq(report.packets, 1);
        cr_assert_eq(report.vlan_tagged, shapes[i].vlans > 0);
        cr_assert_eq(report.other, 0);
        close_file();
    }
}

Test(capture, what_is_no_whole_ipv4_datagram_is_counted)
{
    static const struct shape shapes[] = {
        {.link = ETHERNET, .fragment = 0x2000},
        {.link = ETHERNET, .fragment = 3},
        {.link = ETHERNET, .protocol = 1},
        {.link = ETHERNET, .ipv6 = true},
        {.link = ETHERNET},
    };
    struct file file = {.length = 0};
    struct tf_capture_report report;
    begin_pcap(&file, ETHERNET, true);
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct frame frame = make_frame(&shapes[i]);
        add_pcap(&file, 1, 2, &frame, frame.length);
    }
    struct frame frame = make_frame(&shapes[4]);
    add_pcap(&file, 1, 3, &frame, 30); /* not even the headers were kept */
    open_file(&file);
    expect_tick(1000000002);
    expect_end(0);
    tf_capture_report(capture, &report);
    cr_assert_eq(report.packets, 6);
    cr_assert_eq(report.other, 5);
    cr_assert_eq(report.last_ts, 1000000003);
    close_file();
}

Test(capture, a_payload_that_was_not_kept_whole_says_so)
{
    struct file file = {.length = 0};
    struct frame frame = make_frame(&(struct shape){.link = ETHERNET});
    struct tf_packet packet;
    begin_pcap(&file, ETHERNET, true);
    add_pcap(&file, 1, 2, &frame, frame.length - 2);
    open_file(&file);
    cr_assert_eq(tf_capture_next(capture, &packet), 1);
    cr_assert_eq(packet.length, 2);
    cr_assert(packet.cut);
    close_file();
}

Test(capture, cut_anywhere_gives_all_before_and_names_packet_and_offset)
{
    struct file file = {.length = 0};
    struct frame frame = make_frame(&(struct shape){.link = ETHERNET});
    begin_pcap(&file, ETHERNET, true);
    size_t record = 16 + frame.length;
    for (unsigned i = 0; i < 3; i++)
        add_pcap(&file, 1, i, &frame, frame.length);
    for (size_t extra = 0; extra < record; extra++) {
        file.length = 24 + 2 * record + extra;
        open_file(&file);
        expect_tick(1000000000);
        expect_tick(1000000001);
        expect_end(extra ? TF_EDATA : 0);
        char place[48];
        snprintf(place, sizeof place, "packet 3 at offset %zu", 24 + 2 * record);
        cr_assert(!extra || strstr(tf_errmsg(), place), "%s", tf_errmsg());
        close_file();
    }
}

static void begin_pcapng(struct file *file)
{
    put(file, 0x0A0D0D0A, 4);
    put(file, 28, 4);
    put(file, 0x1A2B3C4D, 4);
    put(file, 1, 2);
    put(file, 0, 2);
    put(file, UINT64_MAX, 8);
    put(file, 28, 4);
}

static void add_interface(struct file *file, int resolution)
{
    uint32_t length = resolution < 0 ? 20 : 32;
    put(file, 1, 4);
    put(file, length, 4);
    put(file, ETHERNET, 2);
    put(file, 0, 2);
    put(file, 262144, 4);
    if (resolution >= 0) { /* option 9, if_tsresol */
        put(file, 9, 2);
        put(file, 1, 2);
        put_bytes(file, &(uint8_t){(uint8_t)resolution}, 1);
        put_bytes(file, "\0\0\0", 3);
        put(file, 0, 4);
    }
    put(file, length, 4);
}

static void add_packet(struct file *file, uint32_t interface, uint64_t ts,
                       const struct frame *frame)
{
    uint32_t padded = (frame->length + 3) & ~3u, length = 32 + padded;
    put(file, 6, 4);
    put(file, length, 4);
    put(file, interface, 4);
    put(file, ts >> 32, 4);
    put(file, ts & 0xFFFFFFFF, 4);
    put(file, frame->length, 4);
    put(file, frame->length, 4);
    put_bytes(file, frame->bytes, padded);
    put(file, length, 4);
}

Test(capture, pcapng_with_interfaces_of_several_resolutions)
{
    for (unsigned big = 0; big < 2; big++) {
        struct file file = {.big_endian = big};
        struct frame frame = make_frame(&(struct shape){.link = ETHERNET});
        begin_pcapng(&file);
        add_interface(&file, -1);        /* microseconds */
        add_interface(&file, 9);         /* nanoseconds */
        add_interface(&file, 0x80 | 10); /* 1/1024 s */
        put(&file, 0x0BAD, 4);           /* an unknown block */
        put(&file, 16, 4);
        put(&file, 0, 4);
        put(&file, 16, 4);
        add_packet(&file, 0, 1000000, &frame);
        add_packet(&file, 1, 2000000000, &frame);
        add_packet(&file, 2, 3 * 1024 + 512, &frame);
        open_file(&file);
        struct tf_capture_report report;
        tf_capture_report(capture, &report);
        cr_assert_str_eq(report.container, "pcapng");
        expect_tick(1000000000);
        expect_tick(2000000000);
        expect_tick(3500000000);
        expect_end(0);
        close_file();
    }
}

Test(capture, another_link_is_refused_by_name)
{
    struct file file = {.length = 0};
    int error = 0;
    begin_pcap(&file, 105, true); /* 802.11 */
    const char *path = temp_file(file.bytes, file.length);
    source = tf_source_open(path, &error);
    unlink(path);
    cr_assert_null(tf_capture_open(source, &error));
    cr_assert_eq(error, TF_EDATA);
    cr_assert(strstr(tf_errmsg(), "IEEE802_11"), "%s", tf_errmsg());
    tf_source_close(source);
}
