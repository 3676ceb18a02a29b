/* SPDX-License-Identifier: Apache-2.0 */
/* `perf fanout --functional`: more readers than CPUs.  Times mean nothing then; counts must be right. */
#include "clock.h"
#include "counted.h"
#include "error.h"
#include "fanout.h"
#include "series.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * Readers that share a CPU run one after the other, so messages come slowly and a block of them fits the ring four
 * times: what is lost is lost by Tickfan, not by a reader that had no time.
 */
enum { CAPACITY = 16384, MESSAGES = 2000, MESSAGES_MAX = CAPACITY / 4 };
static const double usual_rate = 1000;

struct functional {
    const struct tf_perf_options *options;
    uint32_t readers;
    char nodes[256];
    struct tf_place place[TF_CONTEST_READERS_MAX];
    int reader_cpu[TF_CONTEST_READERS_MAX];
    struct tf_entry entry;
};

static void prepare(struct functional *run)
{
    const struct tf_perf_options *options = run->options;
    double messages = MESSAGES * options->scale;
    run->readers = options->readers ? options->readers : 62;
    tf_places_fill(run->place, run->readers, options, false);
    tf_places_nodes(run->place, run->readers, run->nodes, sizeof run->nodes);
    for (uint32_t i = 0; i < run->readers; i++)
        run->reader_cpu[i] = run->place[i].cpu;
    run->entry =
        (struct tf_entry){.label = "Tickfan",
                          .transport = &tf_transport_counted,
                          .channel = {.readers = run->readers,
                                      .message_size = sizeof(struct tf_message),
                                      .capacity = CAPACITY,
                                      .nodes = options->nodes ? options->nodes : run->nodes,
                                      .backing = options->backing},
                          .load = {.profile = TF_PROFILE_CONSTANT,
                                   .rate = options->rate > 0 ? options->rate : usual_rate,
                                   .batch = options->batch ? options->batch : 1,
                                   .messages = messages < 100            ? 100
                                               : messages > MESSAGES_MAX ? MESSAGES_MAX
                                                                         : (uint64_t)messages}};
}

static json_t *row_of(const struct functional *run, const struct tf_contest_result *result)
{
    const struct tf_entry_result *entry = &result->entry[0];
    char name[64];
    uint64_t sent = 0, received = 0, lost = 0, torn = 0;
    snprintf(name, sizeof name, "%u reader%s, functional", run->readers,
             run->readers == 1 ? "" : "s");
    json_t *row =
        json_pack("{s:s, s:s, s:s}", "label", "Tickfan", "transport", "tickfan", "case", name);
    if (!entry->ran) {
        json_object_set_new(row, "skipped", json_string(entry->why));
        return row;
    }
    for (uint32_t i = 0; i < result->rounds; i++) {
        sent += entry->blocks[i].sent;
        received += entry->blocks[i].received;
        lost += entry->blocks[i].lost;
        torn += entry->blocks[i].torn;
    }
    json_object_set_new(row, "counts",
                        json_pack("{s:I, s:I, s:I, s:I}", "sent", (json_int_t)sent, "received",
                                  (json_int_t)received, "lost", (json_int_t)lost, "torn",
                                  (json_int_t)torn));
    json_object_set_new(row, "fanout", tf_fanout_json(entry, run->place, run->readers, false));
    return row;
}

static json_t *object_of(const struct functional *run, const struct tf_contest *contest,
                         const struct tf_contest_result *result, double seconds,
                         const char *verdict)
{
    json_t *object = tf_series_new("fanout", "Does every tick reach every reader?",
                                   "Readers, more of them than CPUs if so asked, read one "
                                   "stream.  Each must receive every tick or be "
                                   "told exactly how many it lost.");
    tf_series_setup(object, contest, &run->entry, seconds);
    json_t *setup = json_object_get(object, "setup");
    json_object_set_new(setup, "nodes", json_string(run->entry.channel.nodes));
    json_object_set_new(setup, "capacity", json_integer(CAPACITY));
    json_object_set_new(object, "functional", json_true());
    tf_series_add(object, row_of(run, result));
    tf_series_note(object,
                   "functional run, not a performance result: readers may share CPUs, no "
                   "time is judged, only the counts are");
    tf_series_note(object, "%s", verdict);
    return object;
}

/* Torn ones are neither received nor lost: there must be none. */
static int check(const struct functional *run, const struct tf_contest_result *result)
{
    const struct tf_entry_result *entry = &result->entry[0];
    if (!entry->ran)
        return tf_fail(TF_EINTERNAL, "fanout of %u readers did not run: %s", run->readers,
                       entry->why);
    for (uint32_t i = 0; i < run->readers; i++)
        if (entry->reader_torn[i])
            return tf_fail(TF_EINTERNAL, "reader %u received %" PRIu64 " torn ticks", i,
                           entry->reader_torn[i]);
    return tf_counted_check(run->readers);
}

int tf_fanout_functional(const struct tf_perf_options *options, json_t *out)
{
    static struct functional run;
    run = (struct functional){.options = options};
    prepare(&run);
    struct tf_contest contest = {.entries = &run.entry,
                                 .entry_count = 1,
                                 .rounds = options->rounds,
                                 .seed = options->seed,
                                 .writer_cpu = options->cpu[0],
                                 .reader_cpu = run.reader_cpu,
                                 .readers = run.readers,
                                 .quiet = options->quiet,
                                 .title = "fanout, functional"};
    struct tf_contest_result result;
    uint64_t started_ns = tf_monotonic_ns();
    int error = tf_contest_run(&contest, &result);
    if (error < 0)
        return tf_fail_in(error, "fanout of %u readers", run.readers);
    error = check(&run, &result);
    char verdict[512];
    snprintf(verdict, sizeof verdict,
             "Tickfan's own books, warm-up included: %" PRIu64 " ticks sent; %s",
             tf_counted_sent(),
             error < 0 ? tf_errmsg() : "every reader accounts for all of them.");
    json_array_append_new(out,
                          object_of(&run, &contest, &result,
                                    (double)(tf_monotonic_ns() - started_ns) / 1e9, verdict));
    tf_contest_free(&result);
    return error;
}
