/* SPDX-License-Identifier: Apache-2.0 */
#include "replay_report.h"

#include "json_out.h"
#include "log.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static double seconds_of(const struct tf_replay *replay)
{
    return (double)(replay->ended_ns - replay->started_ns + 1) / 1e9;
}

static uint64_t dropped_by_symbol(const struct tf_replay *replay)
{
    return replay->filter ? tf_symbol_filter_dropped(replay->filter) : 0;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_files(struct tf_json *json, const struct tf_replay_files *files)
{
    tf_json_array(json, "files");
    for (uint32_t i = 0; i < files->count; i++) {
        const struct tf_replay_file *file = &files->facts[i];
        tf_json_object(json, 0);
        tf_json_text(json, "path", file->path);
        tf_json_text(json, "format", file->format);
        tf_json_u64(json, "messages", file->messages);
        tf_json_u64(json, "ticks", file->ticks);
        tf_json_u64_or_null(json, "first_ts_event", file->first_ts_event, TF_UNDEF_TIMESTAMP);
        tf_json_u64_or_null(json, "last_ts_event", file->last_ts_event, TF_UNDEF_TIMESTAMP);
        if (files->count > 1)
            tf_json_u64(json, "events_back", file->events_back);
        tf_json_end_object(json);
    }
    tf_json_end_array(json);
}

static void json_left_out(struct tf_json *json, const struct tf_replay *replay)
{
    tf_json_object(json, "left_out");
    tf_json_u64(json, "before_start", replay->before_start);
    tf_json_u64(json, "by_symbol", dropped_by_symbol(replay));
    tf_json_end_object(json);
    if (!replay->filter)
        return;
    const char *name;
    uint32_t at = 0;
    tf_json_array(json, "symbols_unseen");
    while ((name = tf_symbol_filter_unseen(replay->filter, &at)))
        tf_json_text(json, 0, name);
    tf_json_end_array(json);
}

static void json_pace(struct tf_json *json, const struct tf_replay *replay)
{
    const struct tf_histogram *error = &replay->pacer.error;
    tf_json_u64(json, "pauses", replay->pauses);
    tf_json_u64(json, "paused_ns", replay->paused_ns);
    tf_json_u64(json, "gaps_cut", replay->pacer.gaps_cut);
    if (!error->count)
        return;
    tf_json_object(json, "pacing_error_ns");
    tf_json_u64(json, "p50", tf_histogram_percentile(error, 50));
    tf_json_u64(json, "p99", tf_histogram_percentile(error, 99));
    tf_json_u64(json, "p99.9", tf_histogram_percentile(error, 99.9));
    tf_json_u64(json, "max", error->max);
    tf_json_u64(json, "events", error->count);
    tf_json_end_object(json);
}

void tf_replay_report_json(const struct tf_replay *replay, const struct tf_replay_files *files)
{
    struct tf_json json = {.out = stdout};
    char digest[24];
    double took = seconds_of(replay);
    tf_json_object(&json, 0);
    tf_json_u64(&json, "messages", tf_replay_messages(replay));
    tf_json_u64(&json, "published", replay->published);
    tf_json_u64(&json, "control", replay->control);
    tf_json_u64(&json, "last_seq", tf_publisher_seq(replay->publisher));
    printf(",\"seconds\":%.6f", took);
    tf_json_u64(&json, "ticks_per_second", (uint64_t)((double)replay->published / took));
    tf_json_u64(&json, "lockstep_waits", replay->lockstep_waits);
    tf_json_u64(&json, "undefined_instruments", replay->undefined);
    tf_json_u64(&json, "passes", replay->passes);
    if (replay->digest) {
        snprintf(digest, sizeof digest, "%016" PRIx64, tf_digest_value(replay->digest));
        tf_json_text(&json, "digest", digest);
        tf_json_u64(&json, "digest_ticks", tf_digest_ticks(replay->digest));
    }
    tf_json_u64(&json, "warmed_up", replay->warmed_up);
    json_left_out(&json, replay);
    json_pace(&json, replay);
    json_files(&json, files);
    tf_json_end_object(&json);
    putchar('\n');
}

/* ---- for people ------------------------------------------------------------------------------ */

static void line(const char *label, uint64_t count, const char *remark)
{
    char text[32];
    printf("%-16s %18s%s%s\n", label, tf_format_count(text, sizeof text, count),
           remark[0] ? "  " : "", remark);
}

static void text_files(const struct tf_replay_files *files)
{
    char messages[32], ticks[32];
    if (files->count < 2)
        return;
    for (uint32_t i = 0; i < files->count; i++) {
        const struct tf_replay_file *file = &files->facts[i];
        printf("%-16s %18s messages, %s ticks  %s\n", i ? "" : "files",
               tf_format_count(messages, sizeof messages, file->messages),
               tf_format_count(ticks, sizeof ticks, file->ticks), file->path);
    }
}

void tf_replay_report_text(const struct tf_replay *replay, const struct tf_replay_files *files)
{
    const struct tf_histogram *error = &replay->pacer.error;
    double took = seconds_of(replay);
    line("messages", tf_replay_messages(replay), "");
    text_files(files);
    line("ticks", replay->published, "");
    if (replay->before_start)
        line("before --start", replay->before_start, "ticks were not published");
    if (replay->warmed_up)
        line("warm-up", replay->warmed_up, "of the ticks");
    if (dropped_by_symbol(replay))
        line("other symbols", dropped_by_symbol(replay), "ticks were not published");
    line("last sequence", tf_publisher_seq(replay->publisher), "");
    printf("%-16s %18.3f\n", "seconds", took);
    line("ticks/s", (uint64_t)((double)replay->published / took), "");
    if (replay->undefined)
        line("undefined", replay->undefined, "instruments found no place in the directory");
    if (replay->pauses)
        printf("%-16s %18" PRIu64 "  of %.3f s together\n", "pauses", replay->pauses,
               (double)replay->paused_ns / 1e9);
    if (replay->pacer.gaps_cut)
        line("gaps cut", replay->pacer.gaps_cut, "waits were longer than --max-gap");
    if (error->count)
        printf("%-16s %18s  p50 %" PRIu64 ", p99 %" PRIu64 ", p99.9 %" PRIu64 ", max %" PRIu64
               " ns late\n",
               "pacing error", "", tf_histogram_percentile(error, 50),
               tf_histogram_percentile(error, 99), tf_histogram_percentile(error, 99.9),
               error->max);
    if (replay->digest)
        printf("%-16s   %016" PRIx64 "\n", "digest", tf_digest_value(replay->digest));
}

void tf_replay_warn_unseen(const struct tf_replay *replay)
{
    enum { NAMED = 10 };
    char names[NAMED * 24] = "";
    uint32_t at = 0, unseen = 0;
    const char *name;
    while (replay->filter && (name = tf_symbol_filter_unseen(replay->filter, &at)))
        if (unseen++ < NAMED) {
            size_t used = strlen(names);
            snprintf(names + used, sizeof names - used, "%s%.20s", used ? ", " : "", name);
        }
    if (unseen)
        tf_log(TF_LOG_WARNING, "%u symbol%s never appeared: %s%s", unseen,
               unseen == 1 ? "" : "s", names, unseen > NAMED ? " ..." : "");
}
