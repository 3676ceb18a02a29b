/* SPDX-License-Identifier: Apache-2.0 */
#include "live_args.h"

#include "clock.h"
#include "error.h"
#include "recovery.h"
#include "text.h"
#include "trading_day.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char tf_live_help[] =
    "usage: tickfan live [OPTION]... [CHANNEL]...\n"
    "\n"
    "  tickfan live --format moldudp64_itch50 --a 233.54.12.111:26477 --b "
    "233.49.196.111:26477\n"
    "  tickfan live --format moldudp64_itch50 --a 233.54.12.111:26477%eth1 \\\n"
    "      --b 233.49.196.111:26477%eth2 --rerequest 206.200.131.205:17777 --stream nasdaq\n"
    "  tickfan live --format iex_deep --a 206.200.10.1@233.215.21.4:10378 --spin\n"
    "  tickfan live --format cme_mdp3 --interface eth1 a=224.0.31.1:14310,b=224.0.32.1:15310 "
    "\\\n"
    "      a=224.0.31.2:14311,b=224.0.32.2:15311           several channels, one stream\n"
    "\n"
    "Receive a feed from multicast lines, take the first copy of every message, and publish "
    "one\n"
    "stream.  A CHANNEL is a=LINE[,b=LINE][,rerequest=ADDRESS:PORT]: lines that carry the "
    "same\n"
    "messages, up to d.  A LINE is [SOURCE@]GROUP:PORT[%INTERFACE], or an address of this "
    "host.\n"
    "What no line brings is a GAP tick with the exact range, unless the re-request server has "
    "it.\n"
    "\n"
    "Lines:\n"
    "      --format NAME           what is in the packets (required)\n"
    "      --a LINE, --b LINE, --rerequest ADDRESS:PORT\n"
    "                              the first channel, in options\n"
    "      --channel CHANNEL       as CHANNEL\n"
    "      --interface NAME        of lines that name none: eth1, or its address\n"
    "      --buffer SIZE           what each socket shall hold (default 16M)\n"
    "      --timestamps WHOSE      hardware, kernel, or auto (default): hardware where it is "
    "on\n"
    "      --busy-poll US          poll the card for US microseconds before sleeping\n"
    "      --spin                  never sleep: one whole core, lowest latency\n"
    "      --date YYYY-MM-DD       day of a feed that counts from midnight New York (default:\n"
    "                              today)\n"
    "Loss:\n"
    "      --reorder TIME          wait so long for what is missing (default 5ms)\n"
    "      --reorder-packets N     and hold so many packets meanwhile (default 16384)\n"
    "      --request-after TIME    ask the server for what is missing so long (default 1ms)\n"
    "      --request-retry TIME    ask again when no answer came (default 10ms, then 2, 4, 8\n"
    "                              times that)\n"
    "      --requests N            so many requests in flight (default 16, up to 256)\n"
    "      --recover-timeout TIME  give up after (default 1s)\n"
    "      --silence TIME          warn when a line is silent for TIME (default 3s; 0: never)\n"
    "Run:\n"
    "      --exit-at-end           stop when every channel's session has ended\n"
    "      --duration TIME         stop after TIME\n"
    "      --linger TIME           keep the ended stream attachable for TIME, or 'forever'\n"
    "      --every TIME            report every TIME (default: a status line each second on a\n"
    "                              terminal)\n"
    "      --json                  reports as JSON objects, one a line, the last with "
    "\"final\":true\n"
    "  -q, --quiet                 warnings and errors alone\n"
    "\n" TF_PUBLISHER_HELP "\n"
    "States: REALTIME nothing is missing; GAP something is, and may still come; RECOVERING it "
    "was\n"
    "asked for; STALE messages were lost for good.\n"
    "Exit status: 0; 65 messages were lost for good, as the last line says; 66 there is no "
    "such\n"
    "interface, 71 a resource is short, 75 another publisher holds the stream, 77 not "
    "permitted.\n";

enum {
    ARG_FORMAT = 1,
    ARG_A,
    ARG_B,
    ARG_REREQUEST,
    ARG_CHANNEL,
    ARG_INTERFACE,
    ARG_BUFFER,
    ARG_TIMESTAMPS,
    ARG_BUSY_POLL,
    ARG_SPIN,
    ARG_DATE,
    ARG_REORDER,
    ARG_REORDER_PACKETS,
    ARG_REQUEST_AFTER,
    ARG_REQUEST_RETRY,
    ARG_REQUESTS,
    ARG_RECOVER_TIMEOUT,
    ARG_SILENCE,
    ARG_EXIT_AT_END,
    ARG_DURATION,
    ARG_LINGER,
    ARG_EVERY,
    ARG_JSON
};

static const struct option long_options[] = {
    {"format", required_argument, 0, ARG_FORMAT},
    {"a", required_argument, 0, ARG_A},
    {"b", required_argument, 0, ARG_B},
    {"rerequest", required_argument, 0, ARG_REREQUEST},
    {"channel", required_argument, 0, ARG_CHANNEL},
    {"interface", required_argument, 0, ARG_INTERFACE},
    {"buffer", required_argument, 0, ARG_BUFFER},
    {"timestamps", required_argument, 0, ARG_TIMESTAMPS},
    {"busy-poll", required_argument, 0, ARG_BUSY_POLL},
    {"spin", no_argument, 0, ARG_SPIN},
    {"date", required_argument, 0, ARG_DATE},
    {"reorder", required_argument, 0, ARG_REORDER},
    {"reorder-packets", required_argument, 0, ARG_REORDER_PACKETS},
    {"request-after", required_argument, 0, ARG_REQUEST_AFTER},
    {"request-retry", required_argument, 0, ARG_REQUEST_RETRY},
    {"requests", required_argument, 0, ARG_REQUESTS},
    {"recover-timeout", required_argument, 0, ARG_RECOVER_TIMEOUT},
    {"silence", required_argument, 0, ARG_SILENCE},
    {"exit-at-end", no_argument, 0, ARG_EXIT_AT_END},
    {"duration", required_argument, 0, ARG_DURATION},
    {"linger", required_argument, 0, ARG_LINGER},
    {"every", required_argument, 0, ARG_EVERY},
    {"json", no_argument, 0, ARG_JSON},
    {"quiet", no_argument, 0, 'q'},
    TF_PUBLISHER_LONG_OPTIONS,
    {0, 0, 0, 0}};

bool tf_live_parse_channel(const char *text, struct tf_live_channel_args *channel)
{
    char *copy = strdup(text), *rest = copy, *item;
    bool good = copy, any = false;
    memset(channel, 0, sizeof *channel);
    while (good && (item = strsep(&rest, ","))) {
        char *value = strchr(item, '=');
        if (value)
            *value++ = 0;
        struct tf_endpoint *endpoint = 0;
        bool is_line = item[0] >= 'a' && item[0] < 'a' + TF_LIVE_LINES_MAX && !item[1];
        if (value && is_line)
            endpoint = &channel->lines[item[0] - 'a'];
        else if (value && strcmp(item, "rerequest") == 0)
            endpoint = &channel->server;
        good = false;
        if (!endpoint)
            tf_fail(TF_EUSAGE, "'%s' is not a=, b=, c=, d= or rerequest=", item);
        else if (endpoint->port)
            tf_fail(TF_EUSAGE, "%s= comes twice", item);
        else
            good = tf_endpoint_parse(value, endpoint);
        any |= good && is_line;
    }
    free(copy);
    if (good && !any) {
        tf_fail(TF_EUSAGE, "'%s' names no line, a=GROUP:PORT", text);
        return false;
    }
    return good;
}

static int add_channel(struct tf_live_args *args, const char *option, const char *text)
{
    if (args->channel_count == TF_LIVE_CHANNELS_MAX)
        return tf_command_usage(&tf_cmd_live, "more than %d channels", TF_LIVE_CHANNELS_MAX);
    if (!tf_live_parse_channel(text, &args->channels[args->channel_count]))
        return tf_command_usage(&tf_cmd_live, "%s %s: %s", option, text, tf_errmsg());
    args->channel_count++;
    return 0;
}

/* --a, --b and --rerequest are channel 0, which they open. */
static int set_endpoint(const char *option, const char *text, struct tf_endpoint *endpoint)
{
    if (!tf_endpoint_parse(text, endpoint))
        return tf_command_usage(&tf_cmd_live, "%s %s: %s", option, text, tf_errmsg());
    return 0;
}

static int set_format(struct tf_live_args *args, const char *name)
{
    char formats[1024];
    size_t used = 0;
    args->format = tf_format_by_name(name);
    if (args->format && args->format->session)
        return 0;
    formats[0] = 0;
    for (unsigned i = 0; tf_formats[i]; i++)
        if (tf_formats[i]->session && used < sizeof formats)
            used += (size_t)snprintf(formats + used, sizeof formats - used, "%s%s",
                                     used ? ", " : "", tf_formats[i]->name);
    return tf_command_usage(&tf_cmd_live, "--format %s: %s; there are %s", name,
                            args->format ? "does not come in packets" : "there is none",
                            formats);
}

static int set_stamps(struct tf_live_args *args, const char *value)
{
    static const char *const names[] = {"auto", "hardware", "kernel"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value, names[i]) == 0) {
            args->stamps = (enum tf_receiver_stamps)i;
            return 0;
        }
    }
    return tf_command_usage(&tf_cmd_live, "--timestamps %s: auto, hardware or kernel", value);
}

static int set_time(const char *option, const char *value, uint64_t *time)
{
    if (tf_parse_duration(value, time))
        return 0;
    return tf_command_usage(&tf_cmd_live, "%s %s: a time such as 5ms or 1s is wanted", option,
                            value);
}

static int set_number(const char *option, const char *value, uint64_t max, uint64_t *number)
{
    if (tf_parse_u64(value, max, number) && *number)
        return 0;
    return tf_command_usage(&tf_cmd_live, "%s %s: a number from 1 to %llu is wanted", option,
                            value, (unsigned long long)max);
}

static int parse_loss(struct tf_live_args *args, int option, const char *value)
{
    switch (option) {
    case ARG_REORDER:
        return set_time("--reorder", value, &args->reorder_ns);
    case ARG_REORDER_PACKETS:
        return set_number("--reorder-packets", value, 1 << 24, &args->reorder_packets);
    case ARG_REQUEST_AFTER:
        return set_time("--request-after", value, &args->ask_after_ns);
    case ARG_REQUEST_RETRY:
        return set_time("--request-retry", value, &args->retry_ns);
    case ARG_REQUESTS:
        return set_number("--requests", value, TF_RECOVERY_OUTSTANDING_MAX, &args->outstanding);
    case ARG_RECOVER_TIMEOUT:
        return set_time("--recover-timeout", value, &args->recover_timeout_ns);
    default:
        return set_time("--silence", value, &args->silence_ns);
    }
}

static int parse_run(struct tf_live_args *args, int option, const char *value)
{
    switch (option) {
    case ARG_EXIT_AT_END:
        args->exit_at_end = true;
        return 0;
    case ARG_DURATION:
        return set_time("--duration", value, &args->duration_ns);
    case ARG_LINGER:
        if (strcmp(value, "forever") == 0) {
            args->linger_ns = UINT64_MAX;
            return 0;
        }
        return set_time("--linger", value, &args->linger_ns);
    case ARG_EVERY:
        return set_time("--every", value, &args->every_ns);
    case ARG_JSON:
        args->json = true;
        return 0;
    case 'q':
        args->quiet = true;
        return 0;
    default: {
        int taken = tf_publisher_arg(&tf_cmd_live, &args->publisher, option, value);
        if (taken < 0)
            return -TF_EUSAGE;
        return taken ? 0 : -TF_EUSAGE;
    }
    }
}

static int parse_one(struct tf_live_args *args, struct tf_live_channel_args *first, int option,
                     const char *value)
{
    switch (option) {
    case ARG_FORMAT:
        return set_format(args, value);
    case ARG_A:
        return set_endpoint("--a", value, &first->lines[0]);
    case ARG_B:
        return set_endpoint("--b", value, &first->lines[1]);
    case ARG_REREQUEST:
        return set_endpoint("--rerequest", value, &first->server);
    case ARG_CHANNEL:
        return add_channel(args, "--channel", value);
    case ARG_INTERFACE:
        args->interface = value;
        return 0;
    case ARG_BUFFER:
        if (!tf_parse_size(value, &args->buffer) || !args->buffer)
            return tf_command_usage(&tf_cmd_live, "--buffer %s: a size such as 16M", value);
        return 0;
    case ARG_TIMESTAMPS:
        return set_stamps(args, value);
    case ARG_BUSY_POLL:
        return set_number("--busy-poll", value, 1000000, &args->busy_poll_us);
    case ARG_SPIN:
        args->spin = true;
        return 0;
    case ARG_DATE:
        if (tf_trading_day(value, &args->decoder.midnight_ns) != 0)
            return tf_command_usage(&tf_cmd_live, "--date %s: %s", value, tf_errmsg());
        return 0;
    default:
        if (option >= ARG_REORDER && option <= ARG_SILENCE)
            return parse_loss(args, option, value);
        return parse_run(args, option, value);
    }
}

/* Midnight in New York before now: today's, unless that one is still to come. */
static uint64_t last_midnight(uint64_t now)
{
    uint64_t midnight = 0;
    for (uint64_t back = 0; back < 2; back++) {
        time_t day = (time_t)(now / TF_NS_PER_S - back * 86400);
        struct tm utc;
        char text[16];
        gmtime_r(&day, &utc);
        strftime(text, sizeof text, "%Y-%m-%d", &utc);
        if (tf_trading_day(text, &midnight) == 0 && midnight <= now)
            break;
    }
    return midnight;
}

/* What the options left open, and what does not fit together. */
static int complete(struct tf_live_args *args)
{
    const struct tf_command *self = &tf_cmd_live;
    if (!args->format)
        return tf_command_usage(self, "--format: what is in the packets?");
    if (args->channel_count == 0)
        return tf_command_usage(self, "which lines?  --a GROUP:PORT, or a CHANNEL");
    if (args->interface && strlen(args->interface) >= IF_NAMESIZE)
        return tf_command_usage(self, "--interface %s: no interface is called so",
                                args->interface);
    for (uint32_t i = 0; i < args->channel_count; i++) {
        struct tf_live_channel_args *channel = &args->channels[i];
        if (channel->server.port && strcmp(args->format->session->name, "MoldUDP64") != 0)
            return tf_command_usage(self,
                                    "a re-request server is asked in MoldUDP64; %s has "
                                    "none of those",
                                    args->format->name);
        for (uint32_t line = 0; line < TF_LIVE_LINES_MAX && args->interface; line++)
            if (channel->lines[line].port && !channel->lines[line].interface[0])
                strcpy(channel->lines[line].interface, args->interface);
    }
    if (args->decoder.midnight_ns == 0)
        args->decoder.midnight_ns = last_midnight(tf_realtime_ns());
    return 0;
}

int tf_live_parse(struct tf_live_args *args, int argc, char **argv)
{
    struct tf_live_channel_args first = {0};
    int option, error = 0;
    while (!error &&
           (option = tf_command_getopt(&tf_cmd_live, argc, argv, "q", long_options)) != -1)
        error = parse_one(args, &first, option, optarg);
    for (int i = optind; !error && i < argc; i++)
        error = add_channel(args, "channel", argv[i]);
    if (error)
        return error;
    bool given = false;
    for (uint32_t i = 0; i < TF_LIVE_LINES_MAX; i++)
        given |= first.lines[i].port != 0;
    if (first.server.port && !given)
        return tf_command_usage(&tf_cmd_live,
                                "--rerequest belongs to --a or --b; a CHANNEL has "
                                "its own: a=...,rerequest=...");
    if (given && args->channel_count == TF_LIVE_CHANNELS_MAX)
        return tf_command_usage(&tf_cmd_live, "more than %d channels", TF_LIVE_CHANNELS_MAX);
    if (given) {
        memmove(&args->channels[1], &args->channels[0],
                args->channel_count * sizeof args->channels[0]);
        args->channels[0] = first;
        args->channel_count++;
    }
    return complete(args);
}
