/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan ls: the streams on this machine, their rate, their readers and how far those are behind. */
#include "attach_args.h"
#include "clock.h"
#include "command.h"
#include "rundir.h"
#include "survey.h"
#include "text.h"
#include "tickfan.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: tickfan ls [OPTION]... [STREAM]\n"
    "\n"
    "  tickfan ls                 every stream and its readers\n"
    "  tickfan ls --json nasdaq   one of them, for a script\n"
    "\n"
    "List the streams of this machine: state, epoch, rate over a quarter of a second, memory, "
    "and every\n"
    "reader with its ring, lag and losses.\n"
    "\n"
    "      --json        one JSON array\n"
    "      --no-rate     do not take the time to measure the rate\n"
    "\n"
    "Exit status: 0; 69 when the named stream, or any at all, is not there.\n";

static int run(int argc, char **argv);
const struct tf_command tf_cmd_ls = {"ls", "list streams, their rate, readers and lag", help,
                                     run};

static const uint64_t rate_over_ns = 250 * TF_NS_PER_MS;

struct listing {
    const char *only; /* NULL: all */
    struct tf_survey *surveys;
    uint64_t *heads; /* at the first look */
    size_t count;
    uint64_t first_look_ns;
};

static uint64_t head_of(const struct tf_survey *survey)
{
    return survey->ring_count ? survey->ring[survey->ring_count - 1].head : 0;
}

static void collect(void *context, const char *name, const char *path)
{
    struct listing *list = context;
    if (list->only && strcmp(list->only, name) != 0)
        return;
    struct tf_survey *grown = realloc(list->surveys, (list->count + 1) * sizeof *grown);
    uint64_t *heads = realloc(list->heads, (list->count + 1) * sizeof *heads);
    if (grown)
        list->surveys = grown;
    if (heads)
        list->heads = heads;
    if (!grown || !heads || tf_survey_look(name, path, &grown[list->count]) != 0)
        return;
    heads[list->count] = head_of(&grown[list->count]);
    list->count++;
}

static const char *state_name(const struct tf_survey *survey)
{
    static const char *const names[] = {"starting", "live", "ended", "dead", "replaced"};
    return survey->state_known ? names[survey->state] : "unknown";
}

static uint64_t lag_of(const struct tf_survey *survey, const struct tf_roster_entry *reader)
{
    uint64_t head = reader->ring < survey->ring_count ? survey->ring[reader->ring].head : 0;
    uint64_t lag = head + 1 > reader->cursor ? head + 1 - reader->cursor : 0;
    return lag;
}

static void print_stream(const struct tf_survey *survey, double rate)
{
    char head[32], bytes[16], rate_text[32] = "-";
    if (rate >= 0)
        tf_format_count(rate_text, sizeof rate_text, (uint64_t)rate);
    printf("%-16s %-8s %6" PRIu64 " %15s %12s  %-5s %10s %7" PRIu32 "  pid %" PRId64 "%s%s\n",
           survey->name, state_name(survey), survey->epoch,
           tf_format_count(head, sizeof head, head_of(survey)), rate_text, survey->backing,
           tf_format_size(bytes, sizeof bytes, survey->bytes), survey->reader_count,
           survey->publisher_pid, survey->problem ? "  " : "",
           survey->problem ? survey->problem : "");
    for (uint32_t i = 0; i < survey->reader_count; i++) {
        const struct tf_roster_entry *reader = &survey->readers[i];
        char lag[32], lost[32];
        int32_t node = reader->ring < survey->ring_count ? survey->ring[reader->ring].node : -1;
        printf("  reader %-16s pid %-8" PRIu32 " ring %" PRIu32 " (node %" PRId32
               ") %-8s lag %-12s lost %-12s%s\n",
               reader->name, reader->pid, reader->ring, node, tf_wait_name(reader->wait_mode),
               tf_format_count(lag, sizeof lag, lag_of(survey, reader)),
               tf_format_count(lost, sizeof lost, reader->lost),
               reader->liveness == TF_PROCESS_GONE ? " dead" : "");
    }
}

static void print_json(const struct tf_survey *survey, double rate)
{
    printf("{\"stream\":\"%s\",\"path\":", survey->name);
    tf_json_string(stdout, survey->path);
    printf(",\"state\":\"%s\",\"epoch\":%" PRIu64 ",\"seq\":%" PRIu64, state_name(survey),
           survey->epoch, head_of(survey));
    if (rate >= 0)
        printf(",\"ticks_per_second\":%.0f", rate);
    printf(",\"backing\":\"%s\",\"capacity\":%" PRIu64 ",\"bytes\":%" PRIu64
           ",\"instruments\":%" PRIu32 ",\"publisher_pid\":%" PRId64
           ",\"heartbeat_age_ns\":%" PRIu64,
           survey->backing, survey->capacity, survey->bytes, survey->instruments,
           survey->publisher_pid, survey->heartbeat_age_ns);
    if (survey->problem) {
        printf(",\"problem\":");
        tf_json_string(stdout, survey->problem);
    }
    printf(",\"rings\":[");
    for (uint32_t i = 0; i < survey->ring_count; i++)
        printf("%s{\"node\":%" PRId32 ",\"seq\":%" PRIu64 ",\"page_size\":%" PRIu64 "}",
               i ? "," : "", survey->ring[i].node, survey->ring[i].head,
               survey->ring[i].page_size);
    printf("],\"readers\":[");
    for (uint32_t i = 0; i < survey->reader_count; i++) {
        const struct tf_roster_entry *reader = &survey->readers[i];
        printf("%s{\"name\":", i ? "," : "");
        tf_json_string(stdout, reader->name);
        printf(",\"pid\":%" PRIu32 ",\"uid\":%" PRIu32 ",\"ring\":%" PRIu32
               ",\"wait\":\"%s\",\"next_seq\":%" PRIu64 ",\"lag\":%" PRIu64
               ",\"ticks\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"overrun_polling\":%" PRIu64
               ",\"overrun_reading\":%" PRIu64 ",\"alive\":%s}",
               reader->pid, reader->uid, reader->ring, tf_wait_name(reader->wait_mode),
               reader->cursor, lag_of(survey, reader), reader->ticks, reader->lost,
               reader->overrun_polling, reader->overrun_reading,
               reader->liveness == TF_PROCESS_GONE ? "false" : "true");
    }
    printf("]}");
}

/* Look again after a while; the rate is what came in between, negative when not measured. */
static void print_all(struct listing *list, bool json, bool with_rate)
{
    if (with_rate && list->count)
        tf_sleep_until(list->first_look_ns + rate_over_ns);
    if (json)
        putchar('[');
    else if (list->count)
        printf("%-16s %-8s %6s %15s %12s  %-5s %10s %7s  %s\n", "STREAM", "STATE", "EPOCH",
               "SEQ", "TICKS/S", "BACK", "MEMORY", "READERS", "PUBLISHER");
    for (size_t i = 0; i < list->count; i++) {
        struct tf_survey *survey = &list->surveys[i];
        double rate = -1;
        if (with_rate) {
            struct tf_survey again;
            double seconds = (double)(tf_monotonic_ns() - list->first_look_ns) / 1e9;
            if (tf_survey_look(survey->name, survey->path, &again) == 0 &&
                head_of(&again) >= list->heads[i]) {
                rate = (double)(head_of(&again) - list->heads[i]) / seconds;
                tf_survey_free(survey);
                *survey = again;
            }
        }
        if (json && i)
            fputs(",\n ", stdout);
        if (json)
            print_json(survey, rate);
        else
            print_stream(survey, rate);
        tf_survey_free(survey);
    }
    if (json)
        puts("]");
}

/* And where that was looked for. */
static void tell_nothing(const char *only)
{
    char dirs[TF_RUNDIR_CANDIDATES][TF_RUNDIR_MAX];
    int count = tf_rundir_candidates(dirs);
    fprintf(stderr, only ? "tickfan ls: no stream '%s' in" : "tickfan ls: no streams in", only);
    for (int i = 0; i < count; i++)
        fprintf(stderr, " %s", dirs[i]);
    fputs("; 'tickfan replay' starts one\n", stderr);
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, 0, 'j'}, {"no-rate", no_argument, 0, 'r'}, {0, 0, 0, 0}};
    bool json = false, with_rate = true;
    int option;
    while ((option = tf_command_getopt(&tf_cmd_ls, argc, argv, "", options)) != -1) {
        if (option == 'j')
            json = true;
        else if (option == 'r')
            with_rate = false;
        else
            return -TF_EUSAGE;
    }
    if (argc - optind > 1)
        return tf_command_usage(&tf_cmd_ls, "one stream, or none for all");
    struct listing list = {.only = argv[optind], .first_look_ns = tf_monotonic_ns()};
    int found_or_error = tf_survey_each(collect, &list);
    if (found_or_error < 0)
        return tf_command_fail(&tf_cmd_ls, found_or_error);
    bool found = list.count > 0;
    print_all(&list, json, with_rate);
    if (!found)
        tell_nothing(list.only);
    free(list.surveys);
    free(list.heads);
    return found ? 0 : -TF_ENOSTREAM;
}
