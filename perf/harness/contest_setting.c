/* SPDX-License-Identifier: Apache-2.0 */
#include "contest_setting.h"

#include "error.h"
#include "schedule.h"
#include "shared.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- arrays ------------------------------------------------------------------------------------ */

static size_t control_size(const struct tf_contest *contest)
{
    return sizeof(struct tf_control) + (1 + contest->readers) * sizeof(struct tf_worker);
}

static void measure_entries(struct tf_setting *setting, const struct tf_contest *contest)
{
    setting->longest = 1;
    setting->duty.message_size_max = sizeof(struct tf_message);
    for (uint32_t e = 0; e < contest->entry_count; e++) {
        const struct tf_entry *entry = &contest->entries[e];
        if (entry->load.profile != TF_PROFILE_FLOOD && entry->load.messages > setting->longest)
            setting->longest = entry->load.messages;
        if (entry->channel.message_size > setting->duty.message_size_max)
            setting->duty.message_size_max = entry->channel.message_size;
    }
}

static bool reserve_readers(struct tf_setting *setting, uint32_t readers)
{
    struct tf_duty *duty = &setting->duty;
    duty->seen = calloc(readers, sizeof *duty->seen);
    duty->marks = calloc(readers, sizeof *duty->marks);
    bool good = duty->seen && duty->marks;
    for (uint32_t r = 0; good && r < readers; r++) {
        duty->seen[r] = tf_shared_reserve(setting->longest * sizeof **duty->seen);
        duty->marks[r] = tf_shared_reserve(TF_MARKS_MAX * sizeof **duty->marks);
        good = duty->seen[r] && duty->marks[r];
    }
    return good;
}

int tf_setting_make(struct tf_setting *setting, const struct tf_contest *contest)
{
    struct tf_duty *duty = &setting->duty;
    *setting = (struct tf_setting){.duty = {.contest = contest}};
    measure_entries(setting, contest);
    duty->ticks_per_ns = tf_ticks_per_ns();
    duty->step = tf_counter_step();
    duty->control = tf_shared_alloc(control_size(contest));
    duty->channel = calloc(contest->entry_count, sizeof(struct tf_channel *));
    duty->offsets = tf_shared_reserve(setting->longest * sizeof *duty->offsets);
    duty->sent = tf_shared_reserve(setting->longest * sizeof *duty->sent);
    duty->spent = tf_shared_reserve(setting->longest * sizeof *duty->spent);
    setting->scratch = calloc(setting->longest * contest->readers, sizeof *setting->scratch);
    if (!duty->control || !duty->channel || !duty->offsets || !duty->sent || !duty->spent ||
        !setting->scratch || !reserve_readers(setting, contest->readers))
        return tf_fail(TF_EOS, "no memory for blocks of %llu messages and %u readers",
                       (unsigned long long)setting->longest, contest->readers);
    return 0;
}

void tf_setting_drop(struct tf_setting *setting)
{
    struct tf_duty *duty = &setting->duty;
    if (!duty->contest)
        return;
    for (uint32_t r = 0; r < duty->contest->readers; r++) {
        if (duty->seen)
            tf_shared_free(duty->seen[r], setting->longest * sizeof **duty->seen);
        if (duty->marks)
            tf_shared_free(duty->marks[r], TF_MARKS_MAX * sizeof **duty->marks);
    }
    free(duty->seen);
    free(duty->marks);
    free(duty->channel);
    free(setting->scratch);
    tf_shared_free(duty->control, control_size(duty->contest));
    tf_shared_free(duty->offsets, setting->longest * sizeof *duty->offsets);
    tf_shared_free(duty->sent, setting->longest * sizeof *duty->sent);
    tf_shared_free(duty->spent, setting->longest * sizeof *duty->spent);
    *setting = (struct tf_setting){0};
}

/* ---- channels ---------------------------------------------------------------------------------- */

/* Why this entry cannot run here at all; false: it can. */
static bool impossible(const struct tf_entry *entry, uint32_t readers, char why[256])
{
    char reason[128] = "";
    uint32_t size = entry->channel.message_size;
    if (entry->transport->available && !entry->transport->available(reason)) {
        snprintf(why, 256, "%s", reason[0] ? reason : "it is not available here");
        return true;
    }
    if (readers > entry->transport->readers_max) {
        snprintf(why, 256, "it takes at most %u readers, not %u", entry->transport->readers_max,
                 readers);
        return true;
    }
    if (size % 64 != 0 || ((entry->transport->traits & TF_TRAIT_ONE_LINE) && size > 64)) {
        snprintf(why, 256, "it cannot carry messages of %u bytes", size);
        return true;
    }
    return false;
}

static void open_channel(struct tf_setting *setting, uint32_t e, struct tf_entry_result *result)
{
    const struct tf_entry *entry = &setting->duty.contest->entries[e];
    struct tf_channel_options options = entry->channel;
    options.readers = setting->duty.contest->readers;
    if (options.message_size == 0)
        options.message_size = sizeof(struct tf_message);
    result->ran = !impossible(entry, options.readers, result->why);
    if (!result->ran)
        return;
    setting->duty.channel[e] = entry->transport->create(&options);
    if (!setting->duty.channel[e]) {
        result->ran = false;
        snprintf(result->why, sizeof result->why, "%s", tf_errmsg());
    }
}

int tf_setting_open(struct tf_setting *setting, struct tf_contest_result *result)
{
    cpu_set_t before, here;
    int cpu = setting->duty.contest->writer_cpu;
    if (sched_getaffinity(0, sizeof before, &before) != 0)
        return tf_fail_errno(TF_EOS, "cannot ask for the CPUs of this process");
    CPU_ZERO(&here);
    CPU_SET((size_t)cpu, &here);
    if (sched_setaffinity(0, sizeof here, &here) != 0)
        return tf_fail_errno(TF_EBUSY, "CPU %d cannot be had; choose others with --cpus", cpu);
    for (uint32_t e = 0; e < result->entry_count; e++)
        if (result->entry[e].ran)
            open_channel(setting, e, &result->entry[e]);
    sched_setaffinity(0, sizeof before, &before);
    return 0;
}

void tf_setting_close(struct tf_setting *setting, struct tf_contest_result *result)
{
    for (uint32_t e = 0; e < result->entry_count; e++) {
        if (setting->duty.channel[e])
            setting->duty.contest->entries[e].transport->destroy(setting->duty.channel[e]);
        setting->duty.channel[e] = 0;
    }
}
