/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan send: a recording as multicast lines, with a re-request server. */
#include "error.h"
#include "send.h"

#include <stdlib.h>

static int run(int argc, char **argv);
const struct tf_command tf_cmd_send = {"send", "send a capture as multicast lines A and B",
                                       tf_send_help, run};

static int run(int argc, char **argv)
{
    static struct tf_send_args args = {.input = {.session = "TICKFAN001", .together_ns = 10000},
                                       .ttl = 1,
                                       .speed = 1,
                                       .seed = 1,
                                       .packet_bytes = 1400,
                                       .keep_bytes = 1 << 30,
                                       .linger_ns = UINT64_MAX};
    int error = tf_send_parse(&args, argc, argv);
    if (error)
        return error;
    struct tf_send *send = calloc(1, sizeof *send);
    if (!send)
        return tf_command_fail(&tf_cmd_send, tf_fail(TF_EOS, "out of memory"));
    tf_stop_on_signals();
    error = tf_send_open(send, &args);
    if (!error) {
        error = tf_send_run(send);
        tf_send_report(send);
    }
    if (error)
        tf_command_fail(&tf_cmd_send, error);
    tf_send_close(send);
    free(send);
    return tf_exit_status(error);
}
