/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of `perf fanout`: whatever other readers of the same stream do, measured ones notice nothing. */
#include "clock.h"
#include "disturbed.h"
#include "error.h"
#include "fanout.h"
#include "series.h"

enum { RAW, UNDISTURBED, ENTRIES = 1 + TF_BYSTANDER_KINDS };
/*
 * 0.3 s a block: three kills, and at 200 k/s several laps of a ring of 16 K ticks, so that a slow bystander is overrun
 * again and again, while measured readers would have to be away for 80 ms to lose one.
 */
static const uint64_t messages = 60000;
static const double rate = 200e3;
enum { CAPACITY = 16384, READERS_MAX = 2 };

static const char title[] = "Readers that misbehave beside one that is measured";
static const char explains[] =
    "Other readers of the same stream are stopped, killed, too slow or come and go all the "
    "time.  None of that may "
    "delay the publisher or the reader that is measured, or lose it a tick.";

/* A CPU each for the writer, the measured readers and, where there are some left, the bystanders. */
struct cast {
    int reader_cpu[READERS_MAX];
    uint32_t readers;
    const int *bystander_cpu;
    int bystander_cpus; /* 0: none left, they take turns with those that are measured */
};

static void assign(struct cast *cast, const struct tf_perf_options *options)
{
    cast->readers = options->cpus >= 3 + TF_DISTURBED_COUNT ? 2 : 1;
    for (uint32_t i = 0; i < cast->readers; i++)
        cast->reader_cpu[i] = options->cpu[1 + i];
    int left = options->cpus - 1 - (int)cast->readers;
    cast->bystander_cpu = &options->cpu[1 + cast->readers];
    cast->bystander_cpus = left < TF_DISTURBED_COUNT ? left : TF_DISTURBED_COUNT;
}

static void between(void *context, uint32_t round)
{
    (void)context;
    (void)round;
    tf_disturbed_off();
}

static json_t *seen_json(const struct tf_bystanders_seen *seen)
{
    return json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:I}", "count", TF_DISTURBED_COUNT,
                     "attached", (json_int_t)seen->attached, "failed", (json_int_t)seen->failed,
                     "ticks", (json_int_t)seen->ticks, "overruns", (json_int_t)seen->overruns,
                     "stopped", (json_int_t)seen->stopped, "killed", (json_int_t)seen->killed);
}

/* What a kind must have done to have disturbed anybody. */
static bool took_place(enum tf_bystander_kind kind, const struct tf_bystanders_seen *seen)
{
    switch (kind) {
    case TF_BYSTANDERS_STOPPED:
        return seen->stopped > 0 && seen->attached > 0;
    case TF_BYSTANDERS_KILLED:
        return seen->killed > 0 && seen->attached > TF_DISTURBED_COUNT;
    case TF_BYSTANDERS_SLOW:
        return seen->overruns > 0;
    case TF_BYSTANDERS_RESTLESS:
        return seen->attached > 10 * TF_DISTURBED_COUNT;
    default:
        return true;
    }
}

static void add_row(json_t *object, const struct tf_contest *contest,
                    const struct tf_contest_result *result, enum tf_bystander_kind kind)
{
    uint32_t entry = UNDISTURBED + (uint32_t)kind;
    const struct tf_bystanders_seen *seen = tf_disturbed_seen(kind);
    json_t *row = tf_series_row(contest, result, entry, kind ? UNDISTURBED : RAW);
    json_object_set_new(row, "label", json_string("Tickfan"));
    tf_series_case(row, tf_bystander_names[kind]);
    if (kind != TF_BYSTANDERS_NONE)
        json_object_set_new(row, "bystanders", seen_json(seen));
    tf_series_add(object, row);
    if (result->entry[entry].ran && !took_place(kind, seen))
        tf_series_note(object,
                       "\"%s\" disturbed nobody: the bystanders did not get that far, so "
                       "its numbers show nothing.",
                       tf_bystander_names[kind]);
}

static void add_notes(json_t *object, const struct cast *cast)
{
    tf_series_note(
        object,
        "%d bystanders are attached to the same stream.  Stopped: SIGSTOP while they read; "
        "killed: all of them every 100 ms, replaced at once; slow: 64 ticks, then 10 ms "
        "of sleep; come and go: attach, read, detach, without end.",
        TF_DISTURBED_COUNT);
    tf_series_note(object,
                   "Ratios of disturbed rows are to the undisturbed row of the same round.");
    if (cast->bystander_cpus == 0)
        tf_series_note(
            object,
            "No CPU is left for the bystanders: they sleep most of the time, and when they run "
            "they take a measured CPU away, as any process would.  Such blocks count as "
            "disturbed; quiet blocks show what the stream itself costs.");
}

static void describe(json_t *object, const struct tf_contest *contest, const struct cast *cast,
                     double seconds)
{
    tf_series_setup(object, contest, &contest->entries[UNDISTURBED], seconds);
    json_t *setup = json_object_get(object, "setup"), *cpus = json_array();
    for (int i = 0; i < cast->bystander_cpus; i++)
        json_array_append_new(cpus, json_integer(cast->bystander_cpu[i]));
    json_object_set_new(setup, "bystander_cpus", cpus);
    json_object_set_new(setup, "capacity", json_integer(CAPACITY));
}

static void enter(struct tf_entry *entry, const struct cast *cast,
                  const struct tf_perf_options *options)
{
    for (uint32_t i = 0; i < ENTRIES; i++)
        entry[i] = (struct tf_entry){
            .label = i == RAW ? "raw line" : tf_bystander_names[i - UNDISTURBED],
            .transport =
                i == RAW ? tf_transport_find("raw") : &tf_transport_disturbed[i - UNDISTURBED],
            .channel = {.readers = cast->readers,
                        .message_size = sizeof(struct tf_message),
                        .capacity = CAPACITY,
                        .nodes = options->nodes,
                        .backing = options->backing},
            .load = {.profile = TF_PROFILE_CONSTANT,
                     .rate = rate,
                     .batch = 1,
                     .messages = messages}};
}

int tf_fanout_disturbed(const struct tf_perf_options *options, json_t *out)
{
    struct cast cast;
    struct tf_entry entry[ENTRIES];
    assign(&cast, options);
    enter(entry, &cast, options);
    tf_disturbed_prepare(&(struct tf_disturbed_setup){.messages = messages,
                                                      .cpu = cast.bystander_cpu,
                                                      .cpus = cast.bystander_cpus,
                                                      .sparing = cast.bystander_cpus == 0});
    /* Blocks have to be long here; less work is fewer of them. */
    double rounds = 2.0 * options->rounds * options->scale;
    struct tf_contest contest = {.entries = entry,
                                 .entry_count = ENTRIES,
                                 .rounds = rounds < 3 ? 3 : (uint32_t)rounds,
                                 .seed = options->seed,
                                 .writer_cpu = options->cpu[0],
                                 .reader_cpu = cast.reader_cpu,
                                 .readers = cast.readers,
                                 .quiet = options->quiet,
                                 .title = "fanout, readers that misbehave",
                                 .between = between};
    struct tf_contest_result result;
    uint64_t started_ns = tf_monotonic_ns();
    int error = tf_contest_run(&contest, &result);
    if (error < 0)
        return tf_fail_in(error, "fanout, readers that misbehave");
    json_t *object = tf_series_new("fanout", title, explains);
    describe(object, &contest, &cast, (double)(tf_monotonic_ns() - started_ns) / 1e9);
    tf_series_add(object, tf_series_row(&contest, &result, RAW, RAW));
    for (int kind = 0; kind < TF_BYSTANDER_KINDS; kind++)
        add_row(object, &contest, &result, (enum tf_bystander_kind)kind);
    add_notes(object, &cast);
    tf_contest_free(&result);
    json_array_append_new(out, object);
    return 0;
}
