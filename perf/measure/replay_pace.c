/* SPDX-License-Identifier: Apache-2.0 */
#include "replay_pace.h"

#include "clock.h"
#include "command.h"
#include "error.h"
#include "generator.h"
#include "replay.h"
#include "replay_files.h"

#include <stdio.h>
#include <stdlib.h>

static void begin(struct tf_pace *pace)
{
    tf_histogram_reset(&pace->late);
    pace->ticks = 0;
}

int tf_pace_recording(const char *path, double speed, tf_publisher *publisher,
                      struct tf_pace *pace)
{
    struct tf_recording_options options = {.decoder.node = -1};
    struct tf_replay_files files;
    int error = 0;
    begin(pace);
    struct tf_replay *replay = calloc(1, sizeof *replay);
    if (!replay)
        return tf_fail(TF_EOS, "out of memory");
    replay->publisher = publisher;
    tf_pacer_init(&replay->pacer, speed);
    tf_progress_start(&replay->progress, "replay", true);
    char *paths[] = {(char *)(uintptr_t)path};
    struct tf_merge_options merge_options = {.define = tf_replay_define, .context = replay};
    error = tf_replay_files_init(&files, paths, 1, &options);
    if (!error)
        error = tf_replay_files_open(&files, 0, 1);
    struct tf_merge *merge = error ? 0 : tf_replay_files_merge(&files, 0, 1, &merge_options);
    if (merge) {
        uint64_t began = tf_monotonic_ns();
        error = tf_replay_run(replay, merge);
        pace->seconds = (double)(tf_monotonic_ns() - began) / 1e9;
        pace->ticks = replay->published;
        tf_histogram_merge(&pace->late, &replay->pacer.error);
        tf_replay_files_done(&files, 0, 1, merge);
    }
    tf_replay_files_free(&files);
    free(replay);
    return error;
}

void tf_pace_rate(double rate, double seconds, tf_publisher *publisher, struct tf_pace *pace)
{
    struct tf_pacer pacer;
    struct tf_tick tick = {
        .rtype = TF_RTYPE_MBO, .action = 'A', .side = 'B', .instrument_id = 1};
    uint64_t count = (uint64_t)(rate * seconds), began = tf_monotonic_ns();
    begin(pace);
    tf_pacer_init(&pacer, 1);
    for (uint64_t i = 0; i < count && !tf_stop_requested(); i++) {
        tick.ts_event = 1 + (uint64_t)((double)i / rate * 1e9);
        uint64_t due = tf_pacer_due(&pacer, tick.ts_event);
        if (tf_pacer_wait(&pacer, due) == TF_PACER_STOPPED)
            break;
        tf_publish(publisher, &tick, 1);
        tf_pacer_took(&pacer, tick.ts_event, 1);
        uint64_t now = tf_monotonic_ns();
        tf_histogram_record(&pace->late, now > due ? now - due : 0);
        pace->ticks++;
    }
    pace->seconds = (double)(tf_monotonic_ns() - began) / 1e9;
}

int tf_pace_make_recording(const char *path, uint64_t messages, uint64_t duration_ns)
{
    enum { ROOM = 1 << 16 };
    struct tf_generator_options options = {.messages = messages,
                                           .symbols = 50,
                                           .seed = 1,
                                           .start_ns = TF_GENERATOR_START_NS,
                                           .duration_ns = duration_ns};
    int error = 0;
    struct tf_generator *generator = tf_generator_new(&options, &error);
    if (!generator)
        return error;
    FILE *file = fopen(path, "w");
    uint8_t *bytes = malloc(ROOM);
    ptrdiff_t made = file && bytes ? 1 : tf_fail_errno(TF_ECREATE, "%s", path);
    while (made > 0) {
        made = tf_generator_read(generator, bytes, ROOM);
        if (made > 0 && fwrite(bytes, 1, (size_t)made, file) != (size_t)made)
            made = tf_fail_errno(TF_EIO, "%s", path);
    }
    if (file && fclose(file) != 0 && made == 0)
        made = tf_fail_errno(TF_EIO, "%s", path);
    free(bytes);
    tf_generator_free(generator);
    return (int)made;
}
