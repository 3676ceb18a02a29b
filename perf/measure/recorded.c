/* SPDX-License-Identifier: Apache-2.0 */
#include "recorded.h"

#include "error.h"
#include "generator.h"
#include "recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    STRETCH = 1000,      /* ticks */
    TICKS_MAX = 4 << 20, /* read of a recording: an hour of a busy day */
    GENERATED = 400000 /* messages; in a minute they are as dense as 400 million in 17 hours */
};
static const uint64_t generated_ns = UINT64_C(60) * 1000000000;
static const uint64_t longest_ns = 200 * 1000 * 1000; /* a block must not take for ever */

/* ---- event times ------------------------------------------------------------------------------- */

struct times {
    uint64_t *ns;
    size_t count;
};

static int read_times(struct tf_recording *recording, struct times *times)
{
    struct tf_tick ticks[TF_SINK_MIN];
    ptrdiff_t messages;
    do {
        struct tf_sink sink = {.ticks = ticks, .capacity = TF_SINK_MIN};
        messages = tf_recording_next(recording, 256, &sink);
        for (uint32_t i = 0; i < sink.count && times->count < TICKS_MAX; i++) {
            uint64_t before = times->count ? times->ns[times->count - 1] : 0;
            if (ticks[i].ts_event == TF_UNDEF_TIMESTAMP)
                continue;
            /* Times that step back are due at once, as in a replay. */
            times->ns[times->count++] = ticks[i].ts_event > before ? ticks[i].ts_event : before;
        }
    } while (messages > 0 && times->count < TICKS_MAX);
    return times->count >= 2 * STRETCH ? 0 : (int)(messages < 0 ? messages : 0);
}

static int read_file(const char *path, struct times *times)
{
    const struct tf_recording_options options = {.decoder = {.node = -1}};
    int error = 0;
    struct tf_recording *recording = tf_recording_open(path, &options, &error);
    if (!recording)
        return error;
    error = read_times(recording, times);
    tf_recording_close(recording);
    if (error == 0 && times->count < 2 * STRETCH)
        return tf_fail(TF_EDATA, "%s has %zu ticks with a time; at least %d are needed", path,
                       times->count, 2 * STRETCH);
    return error;
}

/* ---- a day made up ----------------------------------------------------------------------------- */

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written <= 0)
            return tf_fail_errno(TF_EIO, "cannot keep a generated day in memory");
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

static int generate_into(int fd, uint64_t seed)
{
    const struct tf_generator_options options = {.messages = GENERATED,
                                                 .seed = seed,
                                                 .start_ns = TF_GENERATOR_START_NS,
                                                 .duration_ns = generated_ns};
    uint8_t bytes[16384];
    int error = 0;
    struct tf_generator *generator = tf_generator_new(&options, &error);
    if (!generator)
        return error;
    ptrdiff_t size;
    while ((size = tf_generator_read(generator, bytes, sizeof bytes)) > 0 && error == 0)
        error = write_all(fd, bytes, (size_t)size);
    tf_generator_free(generator);
    return size < 0 ? (int)size : error;
}

static int read_generated(uint64_t seed, struct times *times)
{
    char path[64];
    int fd = memfd_create("tickfan-perf-day", MFD_CLOEXEC);
    if (fd < 0)
        return tf_fail_errno(TF_EOS, "cannot make a file in memory");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int error = generate_into(fd, seed);
    if (error == 0)
        error = read_file(path, times);
    close(fd);
    return error;
}

/* ---- the stretch ------------------------------------------------------------------------------- */

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static uint64_t length_of(const struct times *times, size_t stretch)
{
    const uint64_t *first = times->ns + stretch * STRETCH;
    return first[STRETCH - 1] - first[0];
}

/* The one that takes as long as the tenth in a hundred. */
static size_t pick(const struct times *times, uint64_t *lengths)
{
    size_t stretches = times->count / STRETCH;
    for (size_t s = 0; s < stretches; s++)
        lengths[s] = length_of(times, s);
    qsort(lengths, stretches, sizeof *lengths, by_value);
    uint64_t wanted = lengths[stretches / 10];
    size_t s = 0;
    while (length_of(times, s) != wanted)
        s++;
    return s;
}

static int cut(const struct times *times, struct tf_stretch *stretch)
{
    uint64_t *lengths = calloc(times->count / STRETCH, sizeof *lengths);
    stretch->offsets_ns = calloc(STRETCH, sizeof *stretch->offsets_ns);
    if (!lengths || !stretch->offsets_ns) {
        free(lengths);
        free(stretch->offsets_ns);
        return tf_fail(TF_EOS, "no memory for a stretch of %d ticks", STRETCH);
    }
    size_t at = pick(times, lengths);
    uint64_t length = length_of(times, at);
    stretch->speed = length > longest_ns ? (double)length / (double)longest_ns : 1;
    stretch->ticks = STRETCH;
    for (size_t i = 0; i < STRETCH; i++) {
        uint64_t offset = times->ns[at * STRETCH + i] - times->ns[at * STRETCH];
        stretch->offsets_ns[i] = (uint64_t)((double)offset / stretch->speed);
    }
    stretch->rate = STRETCH / ((double)length / stretch->speed + 1) * 1e9;
    free(lengths);
    return 0;
}

int tf_stretch_of(const char *file, uint64_t seed, struct tf_stretch *stretch)
{
    struct times times = {.ns = malloc(TICKS_MAX * sizeof(uint64_t))};
    *stretch = (struct tf_stretch){0};
    if (!times.ns)
        return tf_fail(TF_EOS, "no memory for the times of a recording");
    int error = file ? read_file(file, &times) : read_generated(seed, &times);
    if (error == 0)
        error = cut(&times, stretch);
    free(times.ns);
    return error;
}
