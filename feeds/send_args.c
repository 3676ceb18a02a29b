/* SPDX-License-Identifier: Apache-2.0 */
#include "send_args.h"

#include "clock.h"
#include "error.h"
#include "pacer.h"
#include "send_line.h"
#include "text.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

const char tf_send_help[] =
    "usage: tickfan send [OPTION]... FILE\n"
    "\n"
    "  tickfan send --a 239.1.1.1:30001 --b 239.1.1.2:30002 day.pcap\n"
    "  tickfan send --a 239.1.1.1:30001 --rate 10000 day.itch\n"
    "  tickfan send --interface lo --a 239.1.1.1:30001 --b 239.1.1.2:30002 --loss 1% \\\n"
    "      --reorder 5 --rerequest-listen 127.0.0.1:30009 --seed 7 day.pcap\n"
    "\n"
    "Send a capture as multicast lines A and B, as lossy as wished, with a re-request server: "
    "the\n"
    "other end of 'tickfan live'.  FILE is a pcap or pcapng, or ITCH 5.0 in BinaryFILE, which "
    "is\n"
    "packed into MoldUDP64; plain, gzip or zstd; - is standard input.  What was lost on "
    "purpose is\n"
    "told at the end, as JSON.\n"
    "\n"
    "      --a LINE, --b LINE     GROUP:PORT[%INTERFACE], or a host's address\n"
    "      --interface NAME       of lines that name none: eth1, or its address\n"
    "      --ttl N                hops that multicast may go (default 1)\n"
    "      --speed S              1: the original pace (default), a factor, or max\n"
    "      --rate N               N packets a second instead\n"
    "Damage, the same for the same seed, apart for each line:\n"
    "      --loss P%              so many packets never leave\n"
    "      --duplicate P%         so many leave twice\n"
    "      --reorder N            one packet in ten leaves behind up to N later ones\n"
    "      --lag-b TIME           line b is late by TIME\n"
    "      --seed N               (default 1)\n"
    "Re-requests, of MoldUDP64:\n"
    "      --rerequest-listen ADDRESS:PORT\n"
    "                             answer requests for what was sent so far\n"
    "      --rerequest-loss P%    but not so many of them\n"
    "      --keep SIZE            forget the oldest beyond SIZE (default 1G)\n"
    "      --linger TIME          stay for TIME after the last packet (default: 2s with\n"
    "                             --rerequest-listen, else 0s)\n"
    "What is sent:\n"
    "      --flow GROUP:PORT      of a capture, what went there alone\n"
    "      --format NAME          what is in it (default: by content)\n"
    "      --session ID           of a recording: MoldUDP64 session, up to 10 letters\n"
    "                             (default TICKFAN001)\n"
    "      --packet-bytes N       of a recording: at most N bytes a packet (default 1400); of "
    "an\n"
    "                             answer too\n"
    "      --pack TIME            of a recording: messages so close in time share a packet\n"
    "                             (default 10us)\n"
    "  -q, --quiet                no progress; the JSON at the end comes all the same\n"
    "\n"
    "Exit status: 0; 65 FILE is damaged or of no known format (what was whole has been sent), "
    "66\n"
    "it cannot be read, or no such interface; 71 a resource is short.\n";

enum {
    ARG_A = 1,
    ARG_B,
    ARG_INTERFACE,
    ARG_TTL,
    ARG_SPEED,
    ARG_RATE,
    ARG_LOSS,
    ARG_DUPLICATE,
    ARG_REORDER,
    ARG_LAG_B,
    ARG_SEED,
    ARG_LISTEN,
    ARG_SERVER_LOSS,
    ARG_KEEP,
    ARG_LINGER,
    ARG_FLOW,
    ARG_FORMAT,
    ARG_SESSION,
    ARG_PACKET_BYTES,
    ARG_PACK
};

static const struct option long_options[] = {
    {"a", required_argument, 0, ARG_A},
    {"b", required_argument, 0, ARG_B},
    {"interface", required_argument, 0, ARG_INTERFACE},
    {"ttl", required_argument, 0, ARG_TTL},
    {"speed", required_argument, 0, ARG_SPEED},
    {"rate", required_argument, 0, ARG_RATE},
    {"loss", required_argument, 0, ARG_LOSS},
    {"duplicate", required_argument, 0, ARG_DUPLICATE},
    {"reorder", required_argument, 0, ARG_REORDER},
    {"lag-b", required_argument, 0, ARG_LAG_B},
    {"seed", required_argument, 0, ARG_SEED},
    {"rerequest-listen", required_argument, 0, ARG_LISTEN},
    {"rerequest-loss", required_argument, 0, ARG_SERVER_LOSS},
    {"keep", required_argument, 0, ARG_KEEP},
    {"linger", required_argument, 0, ARG_LINGER},
    {"flow", required_argument, 0, ARG_FLOW},
    {"format", required_argument, 0, ARG_FORMAT},
    {"session", required_argument, 0, ARG_SESSION},
    {"packet-bytes", required_argument, 0, ARG_PACKET_BYTES},
    {"pack", required_argument, 0, ARG_PACK},
    {"quiet", no_argument, 0, 'q'},
    {0, 0, 0, 0}};

static int set_endpoint(const char *option, const char *value, struct tf_endpoint *endpoint)
{
    if (!tf_endpoint_parse(value, endpoint))
        return tf_command_usage(&tf_cmd_send, "%s %s: %s", option, value, tf_errmsg());
    if (endpoint->source)
        return tf_command_usage(&tf_cmd_send, "%s %s: the source is this host's", option,
                                value);
    return 0;
}

static int set_percent(const char *option, const char *value, uint32_t *probability)
{
    if (tf_parse_percent(value, probability))
        return 0;
    return tf_command_usage(&tf_cmd_send, "%s %s: percent such as 1%% or 0.1%% are wanted",
                            option, value);
}

static int set_number(const char *option, const char *value, uint64_t min, uint64_t max,
                      uint64_t *number)
{
    if (tf_parse_u64(value, max, number) && *number >= min)
        return 0;
    return tf_command_usage(&tf_cmd_send, "%s %s: a number from %llu to %llu is wanted", option,
                            value, (unsigned long long)min, (unsigned long long)max);
}

static int set_time(const char *option, const char *value, uint64_t *time)
{
    if (tf_parse_duration(value, time))
        return 0;
    return tf_command_usage(&tf_cmd_send, "%s %s: a time such as 5ms or 1s is wanted", option,
                            value);
}

static int set_session(struct tf_send_args *args, const char *value)
{
    size_t length = strlen(value);
    bool good = length >= 1 && length <= TF_MOLDUDP64_SESSION;
    for (size_t i = 0; i < length; i++)
        good &= value[i] > ' ' && value[i] < 0x7F;
    args->input.session = value;
    return good ? 0
                : tf_command_usage(&tf_cmd_send, "--session %s: 1 to 10 letters and digits",
                                   value);
}

static int parse_damage(struct tf_send_args *args, int option, const char *value)
{
    switch (option) {
    case ARG_LOSS:
        return set_percent("--loss", value, &args->loss);
    case ARG_DUPLICATE:
        return set_percent("--duplicate", value, &args->duplicate);
    case ARG_REORDER:
        return set_number("--reorder", value, 0, 100000, &args->displace);
    case ARG_LAG_B:
        return set_time("--lag-b", value, &args->lag_b_ns);
    case ARG_SEED:
        return set_number("--seed", value, 0, UINT64_MAX, &args->seed);
    case ARG_LISTEN:
        return set_endpoint("--rerequest-listen", value, &args->server);
    case ARG_SERVER_LOSS:
        return set_percent("--rerequest-loss", value, &args->server_loss);
    case ARG_KEEP:
        if (!tf_parse_size(value, &args->keep_bytes) || !args->keep_bytes)
            return tf_command_usage(&tf_cmd_send, "--keep %s: a size such as 1G", value);
        return 0;
    default:
        return set_time("--linger", value, &args->linger_ns);
    }
}

static int parse_one(struct tf_send_args *args, int option, const char *value)
{
    switch (option) {
    case ARG_A:
        return set_endpoint("--a", value, &args->lines[0]);
    case ARG_B:
        return set_endpoint("--b", value, &args->lines[1]);
    case ARG_INTERFACE:
        args->interface = value;
        return 0;
    case ARG_TTL:
        return set_number("--ttl", value, 1, 255, &args->ttl);
    case ARG_SPEED:
        if (!tf_pacer_parse_speed(value, &args->speed))
            return tf_command_usage(&tf_cmd_send,
                                    "--speed %s: max, or a factor from 0.001 to "
                                    "1000000",
                                    value);
        return 0;
    case ARG_RATE:
        return set_number("--rate", value, 1, 1000000000, &args->rate);
    case ARG_FLOW:
        return set_endpoint("--flow", value, &args->input.flow);
    case ARG_FORMAT:
        args->input.format = value;
        return 0;
    case ARG_SESSION:
        return set_session(args, value);
    case ARG_PACKET_BYTES:
        return set_number("--packet-bytes", value, 64, 65507, &args->packet_bytes);
    case ARG_PACK:
        return set_time("--pack", value, &args->input.together_ns);
    case 'q':
        args->quiet = true;
        return 0;
    default:
        if (option >= ARG_LOSS && option <= ARG_LINGER)
            return parse_damage(args, option, value);
        return -TF_EUSAGE;
    }
}

int tf_send_parse(struct tf_send_args *args, int argc, char **argv)
{
    const struct tf_command *self = &tf_cmd_send;
    int option, error = 0;
    while (!error && (option = tf_command_getopt(self, argc, argv, "q", long_options)) != -1)
        error = parse_one(args, option, optarg);
    if (error)
        return error;
    if (argc - optind != 1)
        return tf_command_usage(self, optind == argc ? "which file?" : "one file at a time");
    if (!args->lines[0].port)
        return tf_command_usage(self, "--a GROUP:PORT: where to?");
    if (args->interface && strlen(args->interface) >= IF_NAMESIZE)
        return tf_command_usage(self, "--interface %s: no interface is called so",
                                args->interface);
    for (int i = 0; i < 2 && args->interface; i++)
        if (args->lines[i].port && !args->lines[i].interface[0])
            strcpy(args->lines[i].interface, args->interface);
    args->input.path = argv[optind];
    args->input.packet_bytes = (uint32_t)args->packet_bytes;
    if (args->linger_ns == UINT64_MAX)
        args->linger_ns = args->server.port ? 2 * TF_NS_PER_S : 0;
    return 0;
}
