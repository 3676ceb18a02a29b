/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and channels as people write them, and what is wrong with them. */
#include "endpoint.h"
#include "error.h"
#include "live_args.h"
#include "send_line.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

struct line {
    char text[64];
    uint32_t source, address;
    uint16_t port;
    char interface[16];
};

ParameterizedTestParameters(endpoint, is_read_and_written)
{
    static struct line lines[] = {
        {"233.54.12.111:26477", 0, 0xE9360C6F, 26477, ""},
        {"206.200.10.1@233.54.12.111:1", 0xCEC80A01, 0xE9360C6F, 1, ""},
        {"239.0.0.1:65535%eth1", 0, 0xEF000001, 65535, "eth1"},
        {"10.0.0.1@239.0.0.1:5%10.0.0.2", 0x0A000001, 0xEF000001, 5, "10.0.0.2"},
        {"127.0.0.1:30009", 0, 0x7F000001, 30009, ""},
        {"0.0.0.0:30009", 0, 0, 30009, ""},
    };
    return cr_make_param_array(struct line, lines, sizeof lines / sizeof lines[0]);
}

ParameterizedTest(struct line *line, endpoint, is_read_and_written)
{
    struct tf_endpoint endpoint;
    char text[TF_ENDPOINT_TEXT];
    cr_assert(tf_endpoint_parse(line->text, &endpoint), "%s", line->text);
    cr_assert_eq(endpoint.source, line->source);
    cr_assert_eq(endpoint.address, line->address);
    cr_assert_eq(endpoint.port, line->port);
    cr_assert_str_eq(endpoint.interface, line->interface);
    cr_assert_str_eq(tf_endpoint_text(&endpoint, text), line->text);
}

struct wrong {
    char text[96];
};

ParameterizedTestParameters(endpoint, is_refused)
{
    static struct wrong wrong[] = {
        {""},
        {":1"},
        {"239.0.0.1"},
        {"239.0.0.1:"},
        {"239.0.0.1:0"},
        {"239.0.0.1:65536"},
        {"239.0.0.1:-1"},
        {"239.0.0.1:1x"},
        {"239.0.0:1"},
        {"239.0.0.256:1"},
        {"eth0:1"},
        {"239.0.0.1:1%"},
        {"239.0.0.1:1%an-interface-with-a-long-name"},
        {"@239.0.0.1:1"},
        {"0.0.0.0@239.0.0.1:1"},
        {"239.0.0.2@239.0.0.1:1"},
        {"10.0.0.1@10.0.0.2:1"},
        {"1.2.3.4.5.6.7.8.9.10.11.12.13:1"},
        {"[::1]:1"},
    };
    return cr_make_param_array(struct wrong, wrong, sizeof wrong / sizeof wrong[0]);
}

ParameterizedTest(struct wrong *wrong, endpoint, is_refused)
{
    struct tf_endpoint endpoint;
    cr_assert_not(tf_endpoint_parse(wrong->text, &endpoint), "%s", wrong->text);
    cr_assert_neq(strlen(tf_errmsg()), 0);
}

Test(endpoint, the_loopback_interface_is_found_by_name_and_address)
{
    int index, by_address;
    uint32_t address;
    cr_assert_eq(tf_interface_find("lo", &index, &address), 0);
    cr_assert_gt(index, 0);
    cr_assert_eq(address, 0x7F000001);
    cr_assert_eq(tf_interface_find("127.0.0.1", &by_address, &address), 0);
    cr_assert_eq(by_address, index);
    cr_assert_eq(tf_interface_find("", &index, &address), 0);
    cr_assert_eq(index, 0);
    cr_assert_eq(tf_interface_find("nosuch0", &index, &address), TF_ENOINPUT);
}

Test(channel_text, has_lines_and_a_server)
{
    struct tf_live_channel_args channel;
    cr_assert(tf_live_parse_channel("a=239.0.0.1:1,b=239.0.0.2:2%eth2,rerequest=10.0.0.9:3",
                                    &channel));
    cr_assert_eq(channel.lines[0].port, 1);
    cr_assert_eq(channel.lines[1].port, 2);
    cr_assert_str_eq(channel.lines[1].interface, "eth2");
    cr_assert_eq(channel.lines[2].port, 0);
    cr_assert_eq(channel.server.port, 3);
    cr_assert(tf_live_parse_channel("d=239.0.0.1:1", &channel));
    cr_assert_eq(channel.lines[3].port, 1);
}

ParameterizedTestParameters(channel_text, is_refused)
{
    static struct wrong wrong[] = {
        {""},
        {"a"},
        {"a="},
        {"239.0.0.1:1"},
        {"e=239.0.0.1:1"},
        {"a=239.0.0.1:1,a=239.0.0.1:2"},
        {"a=239.0.0.1:1,"},
        {"a=239.0.0.1:1,c"},
        {"rerequest=10.0.0.9:3"},
        {"a=239.0.0.1:1,rerequest=nobody"},
    };
    return cr_make_param_array(struct wrong, wrong, sizeof wrong / sizeof wrong[0]);
}

ParameterizedTest(struct wrong *wrong, channel_text, is_refused)
{
    struct tf_live_channel_args channel;
    cr_assert_not(tf_live_parse_channel(wrong->text, &channel), "%s", wrong->text);
    cr_assert_neq(strlen(tf_errmsg()), 0);
}

Test(percent, becomes_a_probability)
{
    uint32_t probability;
    cr_assert(tf_parse_percent("50%", &probability));
    cr_assert_eq(probability, 0x80000000u);
    cr_assert(tf_parse_percent("0", &probability));
    cr_assert_eq(probability, 0);
    cr_assert(tf_parse_percent("100", &probability));
    cr_assert_eq(probability, UINT32_MAX);
    cr_assert(tf_parse_percent("0.1%", &probability));
    cr_assert_eq(probability, 4294967);
    static const char *const wrong[] = {"", "%", "-1%", "101%", "1%%", "x", "nan", "1 %"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_not(tf_parse_percent(wrong[i], &probability), "%s", wrong[i]);
}
