/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include "error.h"
#include "judgement.h"
#include "rule.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PROFILES = sizeof tf_profiles_known / sizeof tf_profiles_known[0] };

/* ---- can it be shown? --------------------------------------------------------------------------- */

static bool refuse(struct tf_judgement *judgement, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct tf_judgement *judgement, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(judgement->why, sizeof judgement->why, format, args);
    va_end(args);
    return false;
}

static bool machine_can(struct tf_judgement *judgement)
{
    const json_t *result = judgement->result, *machine = json_object_get(result, "machine");
    const struct tf_goal *goal = judgement->goal;
    const char *inject = tf_row_text(result, "inject");
    if (*inject)
        return refuse(judgement, "a self-test: %s was injected", inject);
    if (json_is_true(json_object_get(result, "functional")))
        return refuse(judgement, "a functional run: its times mean nothing");
    if (goal->flags & TF_COUNTED)
        return true;
    json_int_t cpus = json_integer_value(json_object_get(machine, "cpus_allowed"));
    json_int_t sockets = json_integer_value(json_object_get(machine, "sockets"));
    int cpus_wanted = goal->profiles & TF_SMALL ? 2 : judgement->profile->cpus;
    int sockets_wanted = goal->profiles & TF_SMALL ? 1 : judgement->profile->sockets;
    if (json_object_get(machine, "cpus_allowed") && cpus < cpus_wanted)
        return refuse(judgement, "needs %d CPUs, %lld %s allowed", cpus_wanted, (long long)cpus,
                      cpus == 1 ? "is" : "are");
    if (json_object_get(machine, "sockets") && sockets < sockets_wanted)
        return refuse(judgement, "needs %d sockets, the machine has %lld", sockets_wanted,
                      (long long)sockets);
    const json_t *clock = json_object_get(result, "clock");
    if (json_is_false(json_object_get(clock, "usable")))
        return refuse(judgement, "the clock is not usable: %s", tf_row_text(clock, "why"));
    return true;
}

/* An absolute goal of the reference machine, on one that is slower. */
static bool machine_compares(struct tf_judgement *judgement)
{
    const struct tf_goal *goal = judgement->goal;
    struct tf_reading reference;
    if (!(goal->flags & TF_REFERENCE))
        return true;
    judgement->demanded = false;
    if (!tf_reading_find(judgement->result, &goal->beside, &reference)) {
        tf_reading_missing(judgement->result, &goal->beside, judgement->why);
        return false;
    }
    if (reference.middle < goal->reference)
        return refuse(
            judgement,
            "the limit is of a faster machine: seqlocks do %.0f M/s here and %.0f there",
            reference.middle / 1e6, goal->reference / 0.9 / 1e6);
    judgement->demanded = true;
    return true;
}

static bool run_can(struct tf_judgement *judgement)
{
    const struct tf_goal *goal = judgement->goal;
    json_int_t quiet, disturbed;
    if (goal->flags & TF_COUNTED)
        return true;
    if (goal->flags & TF_TAIL &&
        tf_row_is_disturbed(judgement->reading.row, &quiet, &disturbed)) {
        judgement->demanded = false;
        return refuse(judgement,
                      "%lld of %lld blocks were disturbed, and their tail is the host's: an "
                      "undisturbed machine is needed",
                      (long long)disturbed, (long long)(quiet + disturbed));
    }
    const char *reason = goal->flags & TF_ABSOLUTE ? tf_result_unfit(judgement->result) : NULL;
    if (reason && goal->flags & TF_REFERENCE)
        judgement->demanded = false;
    if (reason)
        return refuse(judgement, "the machine is unfit for absolute numbers: %s", reason);
    if (judgement->reading.rounds && judgement->reading.rounds < TF_ROUNDS_MIN) {
        judgement->demanded = judgement->demanded && !(goal->flags & TF_PLACED);
        return refuse(judgement, "only %u rounds; --rounds 5", judgement->reading.rounds);
    }
    return true;
}

/* ---- the verdict -------------------------------------------------------------------------------- */

static int decide(struct tf_judgement *judgement)
{
    double uncertainty = tf_uncertainty(&judgement->reading);
    switch (tf_standing_of(judgement->goal->better, judgement->limit, &judgement->reading)) {
    case TF_MEETS:
        return TF_PASS;
    case TF_MISSES:
        return TF_FAIL;
    case TF_TOO_WIDE:
        refuse(judgement, "the spread here, %.0f %%, is greater than what could be judged",
               100 * uncertainty / judgement->limit);
        return TF_INVALID;
    default:
        refuse(judgement,
               "too close to call: the median is nearer to the limit than it is certain, %.2g; "
               "more --rounds decide",
               uncertainty);
        return TF_INVALID;
    }
}

static void judge_one(struct tf_judgement *judgement)
{
    const struct tf_goal *goal = judgement->goal;
    judgement->verdict = TF_INVALID;
    judgement->demanded = !(goal->flags & TF_OTHER_CONTRACT);
    judgement->limit = goal->limit;
    judgement->unit = goal->unit;
    snprintf(judgement->text, sizeof judgement->text, "%s", goal->text);
    tf_goal_value(judgement);
    if (!machine_can(judgement)) {
        judgement->note[0] = '\0';
        return;
    }
    if (!judgement->have) {
        /* Which placements a run sees is not in its hands. */
        if (goal->flags & TF_PLACED && strncmp(judgement->note, "no round", 8) == 0)
            judgement->demanded = false;
        return;
    }
    if (machine_compares(judgement) && run_can(judgement))
        judgement->verdict = decide(judgement);
}

static void set_why(json_t *verdict, const struct tf_judgement *judgement)
{
    const char *note = judgement->note, *why = judgement->why;
    if (*note || *why)
        json_object_set_new(verdict, "why",
                            json_sprintf("%s%s%s", note, *note && *why ? "; " : "", why));
}

static json_t *verdict_json(const struct tf_judgement *judgement)
{
    static const char *const words[] = {"PASS", "FAIL", "INVALID"};
    const struct tf_goal *goal = judgement->goal;
    json_t *verdict =
        json_pack("{s:s, s:s, s:f, s:s, s:s, s:s, s:b}", "goal", goal->name, "text",
                  judgement->text, "limit", judgement->limit, "unit", judgement->unit, "better",
                  goal->better == TF_AT_LEAST ? "higher" : "lower", "verdict",
                  words[judgement->verdict], "demanded", judgement->demanded);
    if (judgement->have) {
        json_object_set_new(verdict, "value", json_real(judgement->reading.middle));
        if (judgement->reading.rounds) {
            json_object_set_new(verdict, "low", json_real(judgement->reading.low));
            json_object_set_new(verdict, "high", json_real(judgement->reading.high));
        }
    }
    set_why(verdict, judgement);
    return verdict;
}

/* ---- profiles ----------------------------------------------------------------------------------- */

static const struct tf_profile_needs *find_profile(const char *name)
{
    for (int i = 0; i < PROFILES; i++)
        if (strcmp(tf_profiles_known[i].name, name) == 0)
            return &tf_profiles_known[i];
    tf_fail(TF_EUSAGE, "--profile %s: there are %s and %s", name, tf_profiles_known[0].name,
            tf_profiles_known[1].name);
    return NULL;
}

const char *const *tf_judge_profiles(void)
{
    static const char *names[PROFILES + 1];
    for (int i = 0; i < PROFILES; i++)
        names[i] = tf_profiles_known[i].name;
    return names;
}

const char *const *tf_judge_needs(const char *profile)
{
    const struct tf_profile_needs *known = find_profile(profile);
    return known ? known->measurements : NULL;
}

int tf_judge(json_t *result, const char *profile)
{
    const struct tf_profile_needs *known = find_profile(profile);
    if (!known)
        return TF_EUSAGE;
    json_t *verdicts = json_array();
    int worst = TF_PASS;
    for (size_t i = 0; i < tf_goal_count; i++) {
        if (!(tf_goals[i].profiles & known->bit))
            continue;
        struct tf_judgement judgement = {
            .result = result, .profile = known, .goal = &tf_goals[i]};
        judge_one(&judgement);
        json_array_append_new(verdicts, verdict_json(&judgement));
        if (!judgement.demanded)
            continue;
        if (judgement.verdict == TF_FAIL)
            worst = TF_FAIL;
        else if (judgement.verdict == TF_INVALID && worst == TF_PASS)
            worst = TF_INVALID;
    }
    json_object_set_new(result, "profile", json_string(profile));
    json_object_set_new(result, "verdicts", verdicts);
    return worst;
}
