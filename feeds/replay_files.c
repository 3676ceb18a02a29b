/* SPDX-License-Identifier: Apache-2.0 */
#include "replay_files.h"

#include "error.h"
#include "instrument_ids.h"

#include <stdlib.h>

int tf_replay_files_init(struct tf_replay_files *files, char **paths, uint32_t count,
                         const struct tf_recording_options *options)
{
    *files = (struct tf_replay_files){.count = count, .options = *options};
    files->facts = calloc(count, sizeof *files->facts);
    files->sources = calloc(count, sizeof *files->sources);
    files->inputs = calloc(count, sizeof *files->inputs);
    if (!files->facts || !files->sources || !files->inputs)
        return tf_fail(TF_EOS, "no memory for %u recordings", count);
    for (uint32_t i = 0; i < count; i++) {
        files->facts[i] = (struct tf_replay_file){.path = paths[i],
                                                  .first_ts_event = TF_UNDEF_TIMESTAMP,
                                                  .last_ts_event = TF_UNDEF_TIMESTAMP};
        files->sources[i] = (struct tf_replay_source){.files = files, .number = i};
    }
    files->options.decoder.ids = tf_instrument_ids_open();
    return files->options.decoder.ids ? 0 : TF_EOS;
}

int tf_replay_files_separate(struct tf_replay_files *files)
{
    files->separate = tf_instrument_ids_open();
    return files->separate ? 0 : TF_EOS;
}

void tf_replay_files_free(struct tf_replay_files *files)
{
    for (uint32_t i = 0; files->sources && i < files->count; i++)
        tf_recording_close(files->sources[i].recording);
    tf_instrument_ids_close(files->separate);
    tf_instrument_ids_close(files->options.decoder.ids);
    free(files->inputs);
    free(files->sources);
    free(files->facts);
}

static ptrdiff_t next(void *from, uint32_t messages_max, struct tf_sink *sink)
{
    struct tf_replay_source *source = from;
    return tf_recording_next(source->recording, messages_max, sink);
}

/* ---- ids of its own ---- */

static uint32_t separate_id(struct tf_replay_source *source, uint32_t id)
{
    bool is_new;
    if (!id)
        return 0;
    if (id == source->last_from)
        return source->last_to;
    uint64_t name = (uint64_t)source->number << 32 | id;
    uint32_t given = tf_instrument_id(source->files->separate, name, &is_new);
    source->last_from = id;
    /* With no room for another it is of no instrument. */
    source->last_to = given ? given - TF_INSTRUMENT_ID_FIRST + TF_REPLAY_SEPARATE_ID : 0;
    return source->last_to;
}

static void define_separate(void *context, const struct tf_instrument *instrument)
{
    struct tf_replay_source *source = context;
    struct tf_instrument renamed = *instrument;
    renamed.instrument_id = separate_id(source, instrument->instrument_id);
    if (source->define && renamed.instrument_id)
        source->define(source->context, &renamed);
}

static ptrdiff_t next_separate(void *from, uint32_t messages_max, struct tf_sink *sink)
{
    struct tf_replay_source *source = from;
    uint32_t first = sink->count;
    source->define = sink->define;
    source->context = sink->context;
    sink->define = define_separate;
    sink->context = source;
    ptrdiff_t messages = tf_recording_next(source->recording, messages_max, sink);
    sink->define = source->define;
    sink->context = source->context;
    for (uint32_t i = first; i < sink->count; i++)
        sink->ticks[i].instrument_id = separate_id(source, sink->ticks[i].instrument_id);
    return messages;
}

int tf_replay_files_open(struct tf_replay_files *files, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        int error = 0;
        if (files->sources[i].recording)
            continue;
        struct tf_recording *recording =
            tf_recording_open(files->facts[i].path, &files->options, &error);
        if (!recording)
            return error;
        const struct tf_format *format = tf_recording_format(recording);
        files->sources[i].recording = recording;
        files->facts[i].format = format->name;
        files->inputs[i] =
            (struct tf_merge_input){files->separate && i ? next_separate : next,
                                    &files->sources[i], format->decoder->ticks_max};
    }
    return 0;
}

struct tf_merge *tf_replay_files_merge(struct tf_replay_files *files, uint32_t first,
                                       uint32_t count, const struct tf_merge_options *options)
{
    return tf_merge_open(&files->inputs[first], count, options);
}

static void add_facts(struct tf_replay_file *file, struct tf_recording *recording,
                      const struct tf_merge_counts *gave)
{
    const struct tf_feed_counts *counts = tf_recording_counts(recording);
    file->messages += gave->messages;
    file->ticks += gave->ticks;
    file->events_back += gave->events_back;
    file->first_ts_event = counts->first_ts_event;
    file->last_ts_event = counts->last_ts_event;
}

void tf_replay_files_done(struct tf_replay_files *files, uint32_t first, uint32_t count,
                          struct tf_merge *merge)
{
    for (uint32_t i = 0; i < count; i++) {
        struct tf_merge_counts gave;
        tf_merge_counts(merge, i, &gave);
        struct tf_replay_source *source = &files->sources[first + i];
        add_facts(&files->facts[first + i], source->recording, &gave);
        tf_recording_close(source->recording);
        source->recording = 0;
    }
    tf_merge_close(merge);
}

double tf_replay_files_fraction(void *context)
{
    const struct tf_replay_files *files = context;
    uint64_t total = 0, read = 0;
    for (uint32_t i = 0; i < files->count; i++) {
        if (!files->sources[i].recording)
            continue;
        const struct tf_source *source = tf_recording_source(files->sources[i].recording);
        uint64_t bytes = tf_source_total_bytes(source);
        if (!bytes)
            return -1;
        total += bytes;
        read += tf_source_read_bytes(source);
    }
    return total ? (double)read / (double)total : -1;
}
