/* SPDX-License-Identifier: Apache-2.0 */
/* Who takes part in `perf compare`, and the transport that tears on purpose. */
#include "candidates.h"
#include "error.h"
#include "torn.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct tf_perf_options options;
static struct tf_candidates all;

static int gather(const char *only, bool tear)
{
    setenv("TICKFAN_PEERS", "/nowhere", 1); /* whatever is built beside this program */
    options = (struct tf_perf_options){.only = only, .tear = tear};
    return tf_candidates_gather(&all, &options);
}

static const struct tf_candidate *find(const char *name)
{
    for (uint32_t i = 0; i < all.count; i++)
        if (strcmp(all.list[i].name, name) == 0)
            return &all.list[i];
    return NULL;
}

Test(compare, everybody_takes_part_the_limit_and_tickfan_first)
{
    cr_assert_eq(gather(NULL, false), 0);
    cr_expect_str_eq(all.list[0].name, "raw");
    cr_expect_str_eq(all.list[1].name, "tickfan");
    for (int i = 0; tf_transports[i]; i++)
        cr_expect_not_null(find(tf_transports[i]->name), "%s is missing",
                           tf_transports[i]->name);
    cr_expect_null(find("torn"), "nobody asked for it");
}

Test(compare, peers_that_are_not_built_are_listed_with_what_to_do)
{
    cr_assert_eq(gather(NULL, false), 0);
    for (int i = 0; tf_peer_names[i]; i++) {
        const struct tf_candidate *peer = find(tf_peer_names[i]);
        cr_assert_not_null(peer);
        cr_expect_not(tf_candidate_runs(peer));
        cr_expect_not_null(strstr(peer->why, "ninja peers"), "%s: %s", peer->name, peer->why);
    }
}

Test(compare, only_names_whom_to_compare_with_once)
{
    cr_assert_eq(gather("pipe,tickfan,,pipe,nng", false), 0);
    cr_assert_eq(all.count, 4);
    cr_expect_str_eq(all.list[2].name, "pipe");
    cr_expect(tf_candidate_runs(&all.list[2]));
    cr_expect_str_eq(all.list[3].name, "nng");
    cr_expect_not(tf_candidate_runs(&all.list[3]));
}

Test(compare, name_that_nobody_has_is_a_usage_error_that_lists_who_there_is)
{
    cr_assert_eq(gather("pipe,nobody", false), TF_EUSAGE);
    cr_expect_not_null(strstr(tf_errmsg(), "nobody"), "%s", tf_errmsg());
    cr_expect_not_null(strstr(tf_errmsg(), "seqlocks"), "%s", tf_errmsg());
}

Test(compare, self_test_needs_no_one_else)
{
    cr_assert_eq(gather(NULL, true), 0);
    cr_assert_eq(all.count, 3);
    cr_expect_not_null(find("torn"));
}

/* ---- torn ------------------------------------------------------------------------------- */

enum { MESSAGES = 1000 };

static void send_all(struct tf_channel *channel)
{
    struct tf_message message = {.sent = 4711};
    tf_transport_torn.open_writer(channel);
    for (uint64_t i = 1; i <= MESSAGES; i++) {
        message.number = i;
        message.due = 3 * i;
        tf_message_seal(&message);
        tf_transport_torn.send(channel, &message, 1);
    }
    _exit(0);
}

Test(compare, torn_transport_tears_one_receive_in_a_hundred_and_spoils_no_other)
{
    const struct tf_channel_options channel_options = {.readers = 1, .message_size = 64};
    struct tf_channel *channel = tf_transport_torn.create(&channel_options);
    cr_assert_not_null(channel, "%s", tf_errmsg());
    cr_assert_eq(tf_transport_torn.open_reader(channel, 0), 0);
    pid_t writer = fork();
    if (writer == 0)
        send_all(channel);
    int status = -1;
    cr_assert_eq(waitpid(writer, &status, 0), writer);
    cr_assert_eq(status, 0);
    uint64_t lost = 0, torn = 0;
    for (uint64_t i = 1; i <= MESSAGES; i++) {
        struct tf_message message;
        cr_assert_eq(tf_transport_torn.receive(channel, &message, 1, &lost), 1);
        if (tf_message_whole(&message))
            cr_expect_eq(message.number, i);
        else
            torn++;
    }
    cr_expect_eq(torn, MESSAGES / 100);
    cr_expect_eq(lost, 0);
    tf_transport_torn.close(channel);
    tf_transport_torn.destroy(channel);
}
