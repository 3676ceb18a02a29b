/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan replay: publish recorded feeds as a stream. */
#include "clock.h"
#include "control_socket.h"
#include "error.h"
#include "log.h"
#include "process.h"
#include "replay.h"
#include "replay_args.h"
#include "replay_files.h"
#include "replay_report.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int run(int argc, char **argv);
const struct tf_command tf_cmd_replay = {"replay", "publish recorded feeds as a stream",
                                         tf_replay_help, run};

/* 0 when they are there. */
static int wait_for_readers(const struct tf_replay_args *args, struct tf_replay *replay)
{
    uint64_t deadline =
        args->wait_timeout_ns ? tf_monotonic_ns() + args->wait_timeout_ns : UINT64_MAX;
    uint32_t readers = 0;
    bool said = args->quiet;
    for (;;) {
        tf_publisher_room(replay->publisher, &readers);
        if (readers >= args->wait_readers || tf_stop_requested())
            return 0;
        if (tf_monotonic_ns() >= deadline)
            return tf_fail(TF_ENOSTREAM, "%" PRIu32 " of %" PRIu64 " readers came in time",
                           readers, args->wait_readers);
        if (!said)
            tf_log(TF_LOG_INFO, "waiting for %" PRIu64 " reader%s", args->wait_readers,
                   args->wait_readers == 1 ? "" : "s");
        said = true;
        tf_replay_idle(replay, TF_STEER_WAITING, TF_NS_PER_MS);
    }
}

/* How many files go together: all of them merged, or each by itself. */
static uint32_t at_a_time(const struct tf_replay_args *args,
                          const struct tf_replay_files *files)
{
    return args->sequential ? 1 : files->count;
}

/* One pass over all files; stops at the first that fails. */
static int run_pass(const struct tf_replay_args *args, struct tf_replay *replay,
                    struct tf_replay_files *files)
{
    struct tf_merge_options options = {
        .by_recv = args->by_recv, .define = tf_replay_define, .context = replay};
    uint32_t count = at_a_time(args, files);
    replay->passes++;
    for (uint32_t i = 0; i < files->count && !tf_stop_requested(); i += count) {
        int error = tf_replay_files_open(files, i, count);
        if (error)
            return error;
        struct tf_merge *merge = tf_replay_files_merge(files, i, count, &options);
        if (!merge)
            return TF_EOS;
        error = tf_replay_run(replay, merge);
        tf_replay_files_done(files, i, count, merge);
        if (error)
            return error;
    }
    if (!tf_stop_requested())
        tf_replay_control(replay, TF_RTYPE_REPLAY_COMPLETED);
    return 0;
}

static void linger(const struct tf_replay_args *args, struct tf_replay *replay)
{
    uint64_t now = tf_monotonic_ns();
    if (args->linger_ns && !args->quiet)
        fprintf(stderr, "the stream has ended and stays for late readers; Ctrl-C removes it\n");
    uint64_t until = args->linger_ns == UINT64_MAX ? UINT64_MAX : now + args->linger_ns;
    while (now < until && !tf_stop_requested()) {
        uint64_t nap = until - now < 100 * TF_NS_PER_MS ? until - now : 100 * TF_NS_PER_MS;
        tf_replay_idle(replay, TF_STEER_ENDED, nap);
        now = tf_monotonic_ns();
    }
}

/* Everything between a live publisher and its end; returns an enum tf_error. */
static int replay_all(const struct tf_replay_args *args, struct tf_replay *replay,
                      struct tf_replay_files *files)
{
    int error = wait_for_readers(args, replay);
    if (error)
        return error;
    replay->started_ns = tf_monotonic_ns();
    tf_progress_start(&replay->progress, "replay", args->quiet);
    for (uint64_t pass = 0; pass < args->passes && !error && !tf_stop_requested(); pass++)
        error = run_pass(args, replay, files);
    tf_progress_end(&replay->progress);
    replay->ended_ns = tf_monotonic_ns();
    return error;
}

/* ---- control --------------------------------------------------------------------------------- */

/* A socket in the stream's directory that cannot be is done without; one that was asked for is not. */
static int open_control(const struct tf_replay_args *args, struct tf_replay *replay,
                        struct tf_steering *steering, struct tf_control_socket **socket)
{
    char own[PATH_MAX], why[512];
    const char *path = args->control;
    gid_t group;
    if (!path) {
        snprintf(own, sizeof own, "%s/control", tf_publisher_directory(replay->publisher));
        path = own;
    }
    int error = tf_group_find(args->publisher.options.group, &group);
    if (!error)
        error = tf_steering_open(steering);
    if (error)
        return error;
    error = tf_control_socket_open(path, args->publisher.options.mode, group, steering, socket);
    if (error) {
        tf_steering_close(steering);
        if (args->control) {
            snprintf(why, sizeof why, "%s", tf_errmsg());
            return tf_fail(error, "--control: %s; give another path, or 'none'", why);
        }
        tf_log(TF_LOG_WARNING, "no control socket: %s", tf_errmsg());
        return 0;
    }
    replay->steering = steering;
    replay->pacer.steered = &steering->pending;
    replay->pacer.wake_fd = steering->wake_fd;
    return 0;
}

static void close_control(struct tf_replay *replay, struct tf_control_socket *socket)
{
    tf_control_socket_close(socket);
    if (replay->steering)
        tf_steering_close(replay->steering);
    replay->steering = 0;
}

/* ---- the command ----------------------------------------------------------------------------- */

static struct tf_replay *prepare(const struct tf_replay_args *args,
                                 struct tf_replay_files *files)
{
    struct tf_replay *replay = calloc(1, sizeof *replay);
    if (replay && args->digest)
        replay->digest = tf_digest_new();
    if (!replay || (args->digest && !replay->digest)) {
        free(replay);
        tf_fail(TF_EOS, "out of memory");
        return 0;
    }
    tf_pacer_init(&replay->pacer, args->speed);
    replay->pacer.rate = args->rate;
    replay->pacer.rate_of_events = args->rate_of_events;
    replay->pacer.max_gap_ns = args->max_gap_ns;
    replay->lockstep = args->lockstep;
    replay->warm_up = args->warm_up;
    replay->filter = args->filter;
    replay->window = (struct tf_window){.start = args->start,
                                        .end = args->end,
                                        .midnight_ns = args->recording.decoder.midnight_ns,
                                        .by_recv = args->by_recv};
    replay->fraction = tf_replay_files_fraction;
    replay->context = files;
    return replay;
}

static void report(const struct tf_replay_args *args, const struct tf_replay *replay,
                   const struct tf_replay_files *files)
{
    tf_replay_warn_unseen(replay);
    if (args->json)
        tf_replay_report_json(replay, files);
    else if (!args->quiet)
        tf_replay_report_text(replay, files);
    fflush(stdout);
}

/* With all that is needed at hand: be the stream's publisher. */
static int publish(const struct tf_replay_args *args, struct tf_replay *replay,
                   struct tf_replay_files *files)
{
    struct tf_steering steering;
    struct tf_control_socket *socket = 0;
    int error = 0;
    /* A path that cannot be must not make a stream appear. */
    if (args->control && strcmp(args->control, "none") != 0)
        error = open_control(args, replay, &steering, &socket);
    if (!error)
        error = tf_publisher_create(&args->publisher.options, &replay->publisher);
    if (error) {
        close_control(replay, socket);
        return tf_command_fail(&tf_cmd_replay, error);
    }
    if (!args->quiet)
        fprintf(stderr, "%s\n", tf_publisher_report(replay->publisher));
    if (!args->control)
        error = open_control(args, replay, &steering, &socket);
    if (!error)
        error = replay_all(args, replay, files);
    if (error)
        tf_command_fail(&tf_cmd_replay, error);
    tf_publisher_end(replay->publisher);
    report(args, replay, files);
    linger(args, replay);
    close_control(replay, socket);
    tf_publisher_close(replay->publisher);
    return tf_exit_status(error);
}

/* A recording that cannot be opened must not make a stream appear. */
static int open_files(const struct tf_replay_args *args, struct tf_replay_files *files)
{
    int error =
        tf_replay_files_init(files, args->files, (uint32_t)args->file_count, &args->recording);
    uint32_t at_once = at_a_time(args, files);
    if (!error && args->separate_ids)
        error = tf_replay_files_separate(files);
    if (!error)
        error = tf_replay_files_open(files, 0, at_once);
    for (uint32_t i = at_once; !error && i < files->count; i++)
        if (strcmp(args->files[i], "-") != 0 && access(args->files[i], R_OK) != 0)
            error = tf_fail_errno(TF_ENOINPUT, "%s", args->files[i]);
    return error;
}

static int run(int argc, char **argv)
{
    static struct tf_replay_args args;
    struct tf_replay_files files = {0};
    struct tf_replay *replay = 0;
    int status = tf_replay_parse(&tf_cmd_replay, &args, argc, argv);
    if (status)
        goto out;
    int error = open_files(&args, &files);
    tf_stop_on_signals();
    if (!error) {
        replay = prepare(&args, &files);
        error = replay ? 0 : TF_EOS;
    }
    status = error ? tf_command_fail(&tf_cmd_replay, error) : publish(&args, replay, &files);
out:
    if (replay)
        tf_digest_free(replay->digest);
    free(replay);
    tf_replay_files_free(&files);
    tf_symbol_filter_close(args.filter);
    return status;
}
