/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan live: publish what comes from the wire as a stream. */
#include "clock.h"
#include "error.h"
#include "live.h"

#include <stdio.h>
#include <stdlib.h>

static int run(int argc, char **argv);
const struct tf_command tf_cmd_live = {"live", "publish multicast lines A and B as a stream",
                                       tf_live_help, run};

static void linger(const struct tf_live_args *args)
{
    uint64_t now = tf_monotonic_ns();
    uint64_t until = args->linger_ns == UINT64_MAX ? UINT64_MAX : now + args->linger_ns;
    while (now < until && !tf_stop_requested()) {
        uint64_t nap = until - now < 100 * TF_NS_PER_MS ? until - now : 100 * TF_NS_PER_MS;
        tf_sleep_until(now + nap);
        now = tf_monotonic_ns();
    }
}

static void report(struct tf_live *live)
{
    if (live->args->json)
        tf_live_report_json(live, true);
    else if (!live->args->quiet)
        tf_live_report_text(live);
}

static int run(int argc, char **argv)
{
    static struct tf_live_args args = {.publisher = TF_PUBLISHER_ARGS_INIT,
                                       .decoder.node = -1,
                                       .buffer = 16 << 20,
                                       .reorder_ns = 5 * TF_NS_PER_MS,
                                       .reorder_packets = 16384,
                                       .ask_after_ns = TF_NS_PER_MS,
                                       .retry_ns = 10 * TF_NS_PER_MS,
                                       .recover_timeout_ns = TF_NS_PER_S,
                                       .outstanding = 16,
                                       .silence_ns = 3 * TF_NS_PER_S};
    int error = tf_live_parse(&args, argc, argv);
    if (error)
        return error;
    struct tf_live *live = calloc(1, sizeof *live);
    if (!live)
        return tf_command_fail(&tf_cmd_live, tf_fail(TF_EOS, "out of memory"));
    tf_stop_on_signals();
    /* Lines that cannot be joined must not make a stream appear. */
    error = tf_live_open(live, &args);
    if (!error)
        error = tf_publisher_create(&args.publisher.options, &live->publisher);
    if (!error) {
        if (!args.quiet) {
            fprintf(stderr, "%s\n", tf_publisher_report(live->publisher));
            tf_live_say_lines(live);
        }
        tf_live_run(live);
        tf_publisher_end(live->publisher);
        report(live);
        linger(&args);
        tf_publisher_close(live->publisher);
        error = tf_live_lost(live);
    }
    if (error)
        tf_command_fail(&tf_cmd_live, error);
    tf_live_close(live);
    free(live);
    return tf_exit_status(error);
}
