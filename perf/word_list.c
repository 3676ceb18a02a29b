/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf list: what can be measured and compared here, and what is missing. */
#include "error.h"
#include "job.h"
#include "perf_words.h"
#include "suite.h"
#include "transport.h"

#include <stdio.h>
#include <string.h>

static const struct {
    unsigned trait;
    const char *name;
} traits[] = {{TF_TRAIT_BROADCAST, "broadcast"},  {TF_TRAIT_LOSSY, "lossy"},
              {TF_TRAIT_SLEEPS, "sleeps"},        {TF_TRAIT_MAY_TEAR, "may tear"},
              {TF_TRAIT_LIMIT, "physical limit"}, {TF_TRAIT_ONE_LINE, "64 bytes only"}};

/* Two processes that spin take two CPUs; what needs none works on one. */
static const char *missing(const struct tf_measurement *one,
                           const struct tf_perf_options *options)
{
    static const struct tf_measurement *const alone[] = {&tf_measure_publish, &tf_measure_feed,
                                                         &tf_measure_replay, &tf_measure_memory,
                                                         &tf_measure_jitter};
    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++)
        if (one == alone[i])
            return NULL;
    return options->cpus >= 2 ? NULL : "needs 2 CPUs and one is allowed ('taskset -pc $$')";
}

static json_t *list_measurements(const struct tf_perf_options *options)
{
    json_t *list = json_array();
    for (int i = 0; tf_measurements[i]; i++) {
        const struct tf_measurement *one = tf_measurements[i];
        json_t *entry = json_pack("{s:s, s:s, s:f}", "name", one->name, "summary", one->summary,
                                  "seconds", one->seconds);
        const char *why = missing(one, options);
        if (why)
            json_object_set_new(entry, "missing", json_string(why));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *describe(const struct tf_transport *transport)
{
    char why[128] = "";
    json_t *entry = json_pack("{s:s, s:s, s:s, s:[]}", "name", transport->name, "what",
                              transport->what, "origin", transport->origin, "traits");
    for (size_t i = 0; i < sizeof traits / sizeof traits[0]; i++)
        if (transport->traits & traits[i].trait)
            json_array_append_new(json_object_get(entry, "traits"),
                                  json_string(traits[i].name));
    if (transport->available && !transport->available(why))
        json_object_set_new(entry, "missing", json_string(why));
    return entry;
}

static json_t *list_transports(void)
{
    json_t *list = json_array();
    for (int i = 0; tf_transports[i]; i++)
        json_array_append_new(list, describe(tf_transports[i]));
    for (int i = 0; tf_peer_names[i]; i++) {
        const struct tf_transport *peer = tf_transport_find(tf_peer_names[i]);
        json_array_append_new(
            list, peer ? describe(peer)
                       : json_pack("{s:s, s:s}", "name", tf_peer_names[i], "missing", tf_errmsg()));
    }
    return list;
}

static const char *text(const json_t *entry, const char *key)
{
    const char *value = json_string_value(json_object_get(entry, key));
    return value ? value : "";
}

static void print(const char *heading, const json_t *list, const char *what)
{
    printf("%s\n", heading);
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        const char *why = text(entry, "missing");
        printf("  %-14s %s%s", text(entry, "name"), *why ? "MISSING: " : "",
               *why ? why : text(entry, what));
        json_t *seconds = json_object_get(entry, "seconds");
        if (seconds && !*why)
            printf(" (%.0f s)", json_real_value(seconds));
        size_t j;
        json_t *trait;
        json_array_foreach(json_object_get(entry, "traits"), j, trait)
            printf("%s%s", j ? ", " : "; ", json_string_value(trait));
        putchar('\n');
    }
}

static int run_list(const struct tf_command *command, int argc, char **argv)
{
    struct tf_perf_job job;
    int status = tf_perf_begin(&job, command, argc, argv, 0);
    if (status)
        return status;
    job.options.cpus = tf_cpus_allowed(job.options.cpu, TF_PERF_CPUS_MAX);
    json_t *list =
        json_pack("{s:i, s:o, s:o}", "cpus_allowed", job.options.cpus, "measurements",
                  list_measurements(&job.options), "transports", list_transports());
    if (job.output.json) {
        json_dumpf(list, stdout, JSON_COMPACT | JSON_REAL_PRECISION(7));
        putchar('\n');
    } else {
        printf("CPUs allowed: %d\n\n", job.options.cpus);
        print("Measurements", json_object_get(list, "measurements"), "summary");
        print("\nTransports, for --only and 'perf compare'",
              json_object_get(list, "transports"), "what");
    }
    json_decref(list);
    return 0;
}

const struct tf_perf_word tf_word_list = {
    "list",
    "usage: tickfan perf list [--json]\n"
    "\n"
    "  tickfan perf list    what there is, what is missing here, and what to do about it\n",
    run_list};
