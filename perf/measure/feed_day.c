/* SPDX-License-Identifier: Apache-2.0 */
#include "feed_day.h"

#include "clock.h"
#include "error.h"
#include "generator.h"
#include "recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As replay has it: enough ticks to share a clock reading, few enough for the first-level cache. */
enum { BATCH = 256 };
static const size_t take_max = (size_t)256 << 20;

const char *tf_feed_format(uint32_t index)
{
    for (uint32_t i = 0; tf_formats[i]; i++)
        if (i == index)
            return tf_formats[i]->name;
    return NULL;
}

/* ---- making one --------------------------------------------------------------------------------- */

static int make_bytes(struct tf_feed_day *day, uint64_t messages)
{
    struct tf_generator_options options = {.messages = messages,
                                           .seed = 1,
                                           .start_ns = TF_GENERATOR_START_NS,
                                           .duration_ns = TF_GENERATOR_DURATION_NS};
    int error = 0;
    size_t room = ((size_t)messages + 1) * TF_GENERATOR_FRAME_MAX;
    struct tf_generator *generator = tf_generator_new(&options, &error);
    if (!generator)
        return error;
    day->memory = malloc(room);
    if (!day->memory)
        error = tf_fail(TF_EOS, "no memory for a day of %zu bytes", room);
    ptrdiff_t made = 1;
    while (!error && made > 0) {
        made = tf_generator_read(generator, day->memory + day->bytes, room - day->bytes);
        if (made < 0)
            error = (int)made;
        else
            day->bytes += (uint64_t)made;
    }
    tf_generator_free(generator);
    return error;
}

static int take_bytes(struct tf_feed_day *day, const char *recording)
{
    int error = 0;
    struct tf_source *source = tf_source_open(recording, &error);
    if (!source)
        return error;
    day->memory = malloc(take_max);
    if (!day->memory)
        error = tf_fail(TF_EOS, "no memory for %zu bytes of a recording", take_max);
    while (!error && day->bytes < take_max) {
        const uint8_t *bytes;
        ptrdiff_t got = tf_source_peek(source, 1, &bytes);
        if (got <= 0) {
            error = (int)got;
            break;
        }
        size_t fits = take_max - day->bytes, count = (size_t)got < fits ? (size_t)got : fits;
        memcpy(day->memory + day->bytes, bytes, count);
        tf_source_skip(source, count);
        day->bytes += count;
    }
    tf_source_close(source);
    return error;
}

static int write_file(struct tf_feed_day *day, const char *folder)
{
    snprintf(day->path, sizeof day->path, "%s/day.%d", folder, (int)getpid());
    FILE *file = fopen(day->path, "w");
    if (!file)
        return tf_fail_errno(TF_ECREATE, "%s", day->path);
    bool written = fwrite(day->memory, 1, day->bytes, file) == day->bytes;
    return fclose(file) == 0 && written ? 0 : tf_fail_errno(TF_EIO, "%s", day->path);
}

/* The bytes are there: write, open and walk them once. */
static int finish(struct tf_feed_day *day, const char *folder)
{
    struct tf_recording_options options = {.format = day->format, .decoder.node = -1};
    int error = write_file(day, folder);
    if (error)
        return error;
    day->recording = tf_recording_open(day->path, &options, &error);
    if (!day->recording)
        return error;
    day->format = tf_recording_format(day->recording)->name;
    day->copy = malloc(day->bytes);
    if (!day->copy)
        return tf_fail(TF_EOS, "no memory for a copy of %llu bytes",
                       (unsigned long long)day->bytes);
    memset(day->copy, 1, day->bytes);
    double seconds = tf_feed_pass(day, TF_FEED_DECODE, NULL);
    return seconds < 0 ? (int)seconds : 0;
}

int tf_feed_day_make(struct tf_feed_day *day, const char *format, uint64_t messages,
                     const char *folder)
{
    *day = (struct tf_feed_day){.format = format};
    if (strcmp(format, "itch50") != 0)
        return tf_fail(TF_EUSAGE, "there is no generator for %s; give a recording with --file",
                       format);
    int error = make_bytes(day, messages);
    if (!error)
        error = finish(day, folder);
    if (error)
        tf_feed_day_close(day);
    return error;
}

int tf_feed_day_take(struct tf_feed_day *day, const char *recording, const char *folder)
{
    *day = (struct tf_feed_day){.format = NULL};
    int error = take_bytes(day, recording);
    if (!error)
        error = finish(day, folder);
    if (!error && day->messages == 0)
        error = tf_fail(TF_EDATA, "%s holds no message", recording);
    if (error)
        tf_feed_day_close(day);
    return error;
}

void tf_feed_day_close(struct tf_feed_day *day)
{
    if (day->recording)
        tf_recording_close(day->recording);
    if (day->path[0])
        unlink(day->path);
    free(day->memory);
    free(day->copy);
    *day = (struct tf_feed_day){.format = NULL};
}

/* ---- passes ------------------------------------------------------------------------------------- */

static void define(void *context, const struct tf_instrument *instrument)
{
    tf_publisher_define(context, instrument);
}

static ptrdiff_t decode_some(struct tf_feed_day *day, uint32_t messages,
                             tf_publisher *publisher)
{
    static struct tf_tick ticks[TF_SINK_MIN];
    uint32_t least = tf_recording_format(day->recording)->decoder->ticks_max;
    uint32_t room = least > BATCH ? least : BATCH;
    struct tf_sink sink = {.ticks = ticks,
                           .capacity = room,
                           .define = publisher ? define : NULL,
                           .context = publisher};
    ptrdiff_t done = tf_recording_next(day->recording, messages, &sink);
    if (publisher && sink.count)
        tf_publish(publisher, ticks, sink.count);
    day->ticks += sink.count;
    return done;
}

double tf_feed_pass(struct tf_feed_day *day, enum tf_feed_pass pass, tf_publisher *publisher)
{
    uint64_t began = tf_monotonic_ns();
    if (pass == TF_FEED_COPY) {
        memcpy(day->copy, day->memory, day->bytes);
        __asm__ volatile("" ::"r"(day->copy) : "memory");
        return (double)(tf_monotonic_ns() - began) / 1e9;
    }
    int error = tf_recording_rewind(day->recording);
    if (error)
        return error;
    ptrdiff_t done;
    uint64_t messages = 0;
    began = tf_monotonic_ns();
    day->ticks = 0;
    while ((done = decode_some(day, BATCH, pass == TF_FEED_PUBLISH ? publisher : NULL)) > 0)
        messages += (uint64_t)done;
    /* A cut recording ends inside a message: what came before counts. */
    if (done < 0 && messages == 0)
        return (double)done;
    day->messages = messages;
    return (double)(tf_monotonic_ns() - began) / 1e9;
}

void tf_feed_decode(struct tf_feed_day *day, uint64_t messages)
{
    while (messages > 0) {
        ptrdiff_t done = decode_some(day, messages < BATCH ? (uint32_t)messages : BATCH, NULL);
        if (done > 0)
            messages -= (uint64_t)done;
        else if (tf_recording_rewind(day->recording) != 0)
            return;
    }
}
