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
    files->recordings = calloc(count, sizeof(struct tf_recording *));
    files->inputs = calloc(count, sizeof *files->inputs);
    if (!files->facts || !files->recordings || !files->inputs)
        return tf_fail(TF_EOS, "no memory for %u recordings", count);
    for (uint32_t i = 0; i < count; i++)
        files->facts[i] = (struct tf_replay_file){.path = paths[i],
                                                  .first_ts_event = TF_UNDEF_TIMESTAMP,
                                                  .last_ts_event = TF_UNDEF_TIMESTAMP};
    files->options.decoder.ids = tf_instrument_ids_open();
    return files->options.decoder.ids ? 0 : TF_EOS;
}

void tf_replay_files_free(struct tf_replay_files *files)
{
    for (uint32_t i = 0; files->recordings && i < files->count; i++)
        tf_recording_close(files->recordings[i]);
    tf_instrument_ids_close(files->options.decoder.ids);
    free(files->inputs);
    free(files->recordings);
    free(files->facts);
}

static ptrdiff_t next(void *from, uint32_t messages_max, struct tf_sink *sink)
{
    return tf_recording_next(from, messages_max, sink);
}

int tf_replay_files_open(struct tf_replay_files *files, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        int error = 0;
        if (files->recordings[i])
            continue;
        struct tf_recording *recording =
            tf_recording_open(files->facts[i].path, &files->options, &error);
        if (!recording)
            return error;
        const struct tf_format *format = tf_recording_format(recording);
        files->recordings[i] = recording;
        files->facts[i].format = format->name;
        files->inputs[i] = (struct tf_merge_input){next, recording, format->decoder->ticks_max};
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
        add_facts(&files->facts[first + i], files->recordings[first + i], &gave);
        tf_recording_close(files->recordings[first + i]);
        files->recordings[first + i] = 0;
    }
    tf_merge_close(merge);
}

double tf_replay_files_fraction(void *context)
{
    const struct tf_replay_files *files = context;
    uint64_t total = 0, read = 0;
    for (uint32_t i = 0; i < files->count; i++) {
        if (!files->recordings[i])
            continue;
        const struct tf_source *source = tf_recording_source(files->recordings[i]);
        uint64_t bytes = tf_source_total_bytes(source);
        if (!bytes)
            return -1;
        total += bytes;
        read += tf_source_read_bytes(source);
    }
    return total ? (double)read / (double)total : -1;
}
