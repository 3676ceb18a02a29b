/* SPDX-License-Identifier: Apache-2.0 */
/* The head of the report: what ran, on what, and how far its numbers can be believed. */
#include "text_parts.h"

#include "text.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { INDENT = 9 };

/* Sentences grow by parts that may be absent. */
struct line {
    char text[1024];
};

__attribute__((format(printf, 2, 3))) static void say(struct line *line, const char *format,
                                                      ...)
{
    size_t used = strlen(line->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line->text + used, sizeof line->text - used, format, arguments);
    va_end(arguments);
}

/* "BEFORE value AFTER", when the value is there. */
static void say_value(struct line *line, const char *before, const json_t *object,
                      const char *path, enum tf_field_kind kind, const char *after)
{
    char value[TF_TABLE_CELL];
    if (*tf_field_format(value, sizeof value, tf_json_at(object, path), kind))
        say(line, "%s%s%s", line->text[0] ? before : before + strspn(before, ",; "), value,
            after);
}

static void print(struct tf_text *text, const char *name, const struct line *line)
{
    if (line->text[0])
        tf_text_wrap(text->out, name, INDENT, line->text);
}

static void say_cache(struct line *line, const json_t *machine)
{
    size_t index;
    const json_t *cache;
    json_array_foreach(tf_json_at(machine, "caches"), index, cache)
    {
        if (tf_json_number(cache, "level") < 3)
            continue;
        say_value(line, ", L3 ", cache, "size_bytes", TF_FIELD_SIZE, "");
        say_value(line, " for ", cache, "shared_by", TF_FIELD_COUNT, " CPUs");
        return;
    }
}

static void machine_lines(struct tf_text *text, const json_t *machine)
{
    struct line line = {""};
    say_value(&line, "", machine, "cpu", TF_FIELD_TEXT, "");
    say_value(&line, "; sockets ", machine, "sockets", TF_FIELD_COUNT, "");
    say_value(&line, ", cores ", machine, "cores", TF_FIELD_COUNT, "");
    say_value(&line, ", CPUs ", machine, "cpus", TF_FIELD_COUNT, "");
    say_value(&line, " (", machine, "cpus_allowed", TF_FIELD_COUNT, " allowed)");
    size_t nodes = json_array_size(tf_json_at(machine, "nodes"));
    if (nodes > 1)
        say(&line, ", %zu nodes", nodes);
    say_cache(&line, machine);
    print(text, "machine", &line);
    line.text[0] = 0;
    say_value(&line, "Linux ", machine, "kernel", TF_FIELD_TEXT, "");
    say_value(&line, " under ", machine, "hypervisor", TF_FIELD_TEXT, "");
    say_value(&line, ", governor ", machine, "governor", TF_FIELD_TEXT, "");
    say_value(&line, ", isolated ", machine, "isolated", TF_FIELD_TEXT, "");
    say_value(&line, ", THP ", machine, "thp", TF_FIELD_TEXT, "");
    say_value(&line, ", memory ", machine, "memory_bytes", TF_FIELD_SIZE, "");
    say_value(&line, ", load ", machine, "load_1m", TF_FIELD_NUMBER, "");
    say_value(&line, "; id ", machine, "id", TF_FIELD_TEXT, "");
    print(text, "", &line);
}

static void clock_line(struct tf_text *text, const json_t *clock)
{
    struct line line = {""};
    double hz = tf_json_number(clock, "hz");
    say_value(&line, "", clock, "source", TF_FIELD_TEXT, "");
    if (isfinite(hz))
        say(&line, " at %.6g GHz", hz / 1e9);
    const json_t *invariant = tf_json_at(clock, "invariant");
    if (invariant)
        say(&line, "%s", json_is_true(invariant) ? ", invariant" : ", not invariant");
    say_value(&line, ", skew up to ", clock, "skew_ns_max", TF_FIELD_NS, " ns");
    say_value(&line, " (bound ", clock, "skew_bound_ns", TF_FIELD_NS, " ns)");
    const json_t *usable = tf_json_at(clock, "usable");
    if (usable)
        say(&line, "%s", json_is_true(usable) ? ": usable" : ": NOT USABLE");
    say_value(&line, ": ", clock, "why", TF_FIELD_TEXT, "");
    print(text, "clock", &line);
}

/* The worst CPU speaks for all: a contest is as quiet as its noisiest place. */
static void say_noise(struct line *line, const char *when, const json_t *noises)
{
    static const char *const keys[] = {"gap_ns_max", "away_share", "steal_share"};
    double worst[3] = {NAN, NAN, NAN};
    size_t index;
    const json_t *noise;
    json_array_foreach(noises, index, noise) for (int i = 0; i < 3; i++) worst[i] =
        fmax(worst[i], tf_json_number(noise, keys[i]));
    if (json_array_size(noises) == 0)
        return;
    say(line, "%s%s:", line->text[0] ? "; " : "", when);
    if (isfinite(worst[0]))
        say(line, " longest gap %.*f us", worst[0] < 1e4 ? 1 : 0, worst[0] / 1e3);
    if (isfinite(worst[1]))
        say(line, ", away %.2g %%", worst[1] * 100);
    if (isfinite(worst[2]))
        say(line, ", stolen %.2g %%", worst[2] * 100);
}

void tf_text_machine(struct tf_text *text, const json_t *result)
{
    struct line line = {""};
    say_value(&line, "", result, "version", TF_FIELD_TEXT, "");
    say_value(&line, ", ", result, "command", TF_FIELD_TEXT, "");
    say_value(&line, ", started ", result, "started", TF_FIELD_TEXT, "");
    say_value(&line, ", took ", result, "seconds", TF_FIELD_NUMBER, " s");
    say_value(&line, ", ", result, "rounds", TF_FIELD_COUNT, " rounds");
    say_value(&line, ", seed ", result, "seed", TF_FIELD_TEXT, "");
    say_value(&line, "; ", result, "compiler", TF_FIELD_TEXT, "");
    print(text, "Tickfan", &line);
    machine_lines(text, tf_json_at(result, "machine"));
    clock_line(text, tf_json_at(result, "clock"));
    line.text[0] = 0;
    say_noise(&line, "before", tf_json_at(result, "noise.before"));
    say_noise(&line, "after", tf_json_at(result, "noise.after"));
    print(text, "noise", &line);
    if (*tf_json_word(result, "inject"))
        tf_text_wrap(text->out, "INJECTED ", INDENT, tf_json_word(result, "inject"));
    size_t index;
    const json_t *why;
    json_array_foreach(tf_json_at(result, "unfit"), index, why)
    {
        const char *reason = json_string_value(why);
        if (!reason)
            continue;
        bool note = strncmp(reason, "note: ", 6) == 0;
        tf_text_wrap(text->out, note ? "note" : "UNFIT", INDENT, note ? reason + 6 : reason);
    }
}
