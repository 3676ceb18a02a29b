/* SPDX-License-Identifier: Apache-2.0 */
/* One measurement: a table for each kind of number that its rows carry. */
#include "text_parts.h"

#include <string.h>

/* What one row of a result gives a table: a line for each of these that it has. */
struct source {
    const char *name, *path; /* `path` from the row to the object that the fields start from */
    const char *unless; /* no line when this object counts as much: it says the same again */
};

struct kind {
    const char *caption;
    const char *which; /* head of the column that tells sources apart */
    struct source source[6];
    struct tf_field field[9];
};

#define HISTOGRAM_FIELDS                                                                       \
    {                                                                                          \
        {"p50", "p50", TF_FIELD_NS, 0}, {"p90", "p90", TF_FIELD_NS, 0},                        \
            {"p99", "p99", TF_FIELD_NS, 0}, {"p99.9", "p99_9", TF_FIELD_NS, 0},                \
            {"p99.99", "p99_99", TF_FIELD_NS, 0}, {"max", "max", TF_FIELD_NS, 0},              \
        {                                                                                      \
            "count", "count", TF_FIELD_COUNT, 0                                                \
        }                                                                                      \
    }

static const struct kind kinds[] = {
    {"Latency, ns",
     "from",
     {{"sent", "latency.from_sent", 0},
      {"due", "latency.from_due", 0},
      {"sent to last reader", "latency.last_reader", 0},
      {"due, all blocks", "latency.all.from_due", "latency.from_due"}},
     HISTOGRAM_FIELDS},
    {"Over the rounds, ns: median (quartiles)",
     "",
     {{"", "spread", 0}},
     {{"p50", "p50", TF_FIELD_NS, 0},
      {"p99", "p99", TF_FIELD_NS, 0},
      {"last reader p50", "last_p50", TF_FIELD_NS, 0},
      {"last reader p99", "last_p99", TF_FIELD_NS, 0}}},
    {"Ratio, x times: median (quartiles) of the rounds",
     "rounds",
     {{"all", "ratio", 0}, {"near", "ratio.near", 0}, {"far", "ratio.far", 0}},
     {{"to", "to", TF_FIELD_TEXT, 0},
      {"p50", "p50", TF_FIELD_NUMBER, 0},
      {"p99", "p99", TF_FIELD_NUMBER, 0},
      {"rate", "rate", TF_FIELD_NUMBER, 0},
      {"time in send()", "send_ns", TF_FIELD_NUMBER, 0}}},
    {"Rate, millions a second: median (quartiles) of the rounds",
     "",
     {{"", "rate", 0}},
     {{"M/s", "per_second", TF_FIELD_MILLIONS, 0},
      {"near M/s", "near", TF_FIELD_MILLIONS, 0},
      {"far M/s", "far", TF_FIELD_MILLIONS, 0},
      {"GB/s", "bytes_per_second", TF_FIELD_BILLIONS, 0},
      {"all readers M/s", "deliveries_per_second", TF_FIELD_MILLIONS, 0}}},
    {"Cost of a message",
     "",
     {{"", "", 0}},
     {{"ns", "cost.ns", TF_FIELD_NS, 0},
      {"ns in send()", "send_ns", TF_FIELD_NS, 0},
      {"instructions", "cost.instructions", TF_FIELD_NUMBER, 0},
      {"cycles", "cost.cycles", TF_FIELD_NUMBER, 0},
      {"counted by", "cost.source", TF_FIELD_TEXT, 0}}},
    {"Wake-up, ns",
     "",
     {{"", "wake", 0}},
     {{"p50", "latency.p50", TF_FIELD_NS, 0},
      {"p90", "latency.p90", TF_FIELD_NS, 0},
      {"p99", "latency.p99", TF_FIELD_NS, 0},
      {"p99.9", "latency.p99_9", TF_FIELD_NS, 0},
      {"max", "latency.max", TF_FIELD_NS, 0},
      {"count", "latency.count", TF_FIELD_COUNT, 0},
      {"idle CPU %", "cpu_share_idle", TF_FIELD_PERCENT, 0},
      {"helper %", "helper_cpu_share_idle", TF_FIELD_PERCENT, 0}}},
    {"Until the last reader has it, ns",
     "",
     {{"", "fanout", 0}},
     {{"p50", "last.p50", TF_FIELD_NS, 0},
      {"p99", "last.p99", TF_FIELD_NS, 0},
      {"p99.9", "last.p99_9", TF_FIELD_NS, 0},
      {"max", "last.max", TF_FIELD_NS, 0},
      {"count", "last.count", TF_FIELD_COUNT, 0},
      {"worst/median reader", "worst_to_median", TF_FIELD_NUMBER, 0},
      {"by p99", "worst_to_median_p99", TF_FIELD_NUMBER, 0}}},
    {"Decoding",
     "",
     {{"", "decode", 0}},
     {{"M messages/s", "messages_per_second", TF_FIELD_MILLIONS, 0},
      {"GB/s", "bytes_per_second", TF_FIELD_BILLIONS, 0},
      {"memcpy M/s", "memcpy_messages_per_second", TF_FIELD_MILLIONS, 0},
      {"% of memcpy", "messages_per_second", TF_FIELD_SHARE, "memcpy_messages_per_second"},
      {"instructions", "instructions", TF_FIELD_NUMBER, 0},
      {"counted by", "source", TF_FIELD_TEXT, 0}}},
    {"Published later than due, ns", "", {{"", "pacing", 0}}, HISTOGRAM_FIELDS},
    {"Memory",
     "",
     {{"", "memory", 0}},
     {{"page", "page_bytes", TF_FIELD_SIZE, 0},
      {"backing", "backing", TF_FIELD_TEXT, 0},
      {"node", "node", TF_FIELD_TEXT, 0},
      {"ns per line", "ns_per_line", TF_FIELD_NS, 0},
      {"TLB misses", "tlb_misses", TF_FIELD_NUMBER, 0}}},
    {"Time away from the program, gaps in ns",
     "",
     {{"", "noise", 0}},
     {{"CPU", "cpu", TF_FIELD_COUNT, 0},
      {"p50", "gap_ns_p50", TF_FIELD_NS, 0},
      {"p99", "gap_ns_p99", TF_FIELD_NS, 0},
      {"max", "gap_ns_max", TF_FIELD_NS, 0},
      {"over 20 us", "gaps", TF_FIELD_COUNT, 0},
      {"away %", "away_share", TF_FIELD_PERCENT, 0},
      {"stolen %", "steal_share", TF_FIELD_PERCENT, 0},
      {"preemptions", "preemptions", TF_FIELD_COUNT, 0}}},
    {"Counted, and blocks by what disturbed them",
     "",
     {{"", "", 0}},
     {{"sent", "counts.sent", TF_FIELD_COUNT, 0},
      {"received", "counts.received", TF_FIELD_COUNT, 0},
      {"lost", "counts.lost", TF_FIELD_COUNT, 0},
      {"torn", "counts.torn", TF_FIELD_COUNT, 0},
      {"quiet", "blocks.quiet", TF_FIELD_COUNT, 0},
      {"disturbed", "blocks.disturbed", TF_FIELD_COUNT, 0},
      {"near", "blocks.near", TF_FIELD_COUNT, 0},
      {"far", "blocks.far", TF_FIELD_COUNT, 0}}},
};

static int field_count(const struct kind *kind)
{
    int count = 0;
    while (count < 9 && kind->field[count].head)
        count++;
    return count;
}

static bool has_any(const json_t *object, const struct tf_field *fields, int count)
{
    for (int i = 0; i < count; i++)
        if (fields[i].kind != TF_FIELD_TEXT && tf_json_at(object, fields[i].path))
            return true;
    return false;
}

static void add_lines(struct tf_table *table, const struct kind *kind, const json_t *row)
{
    bool named = false;
    for (int i = 0; i < 6 && kind->source[i].path; i++) {
        const struct source *source = &kind->source[i];
        const json_t *object = tf_json_at(row, source->path);
        const json_t *same = source->unless ? tf_json_at(row, source->unless) : NULL;
        if (!object || !has_any(object, kind->field, field_count(kind)))
            continue;
        if (same &&
            json_equal(json_object_get(same, "count"), json_object_get(object, "count")))
            continue;
        struct tf_table_row *line = tf_table_add(table);
        if (!line)
            return;
        if (!named)
            tf_row_name(line->cell[0], sizeof line->cell[0], row);
        named = true;
        if (*kind->which)
            snprintf(line->cell[1], sizeof line->cell[1], "%s", source->name);
        tf_field_cells(line, *kind->which ? 2 : 1, object, kind->field, field_count(kind));
    }
}

/* Fourteen rows that count the same say it once. */
static void fold(struct tf_table *table)
{
    for (size_t r = 1; r < table->rows; r++)
        if (memcmp(table->row[0].cell[1], table->row[r].cell[1],
                   sizeof table->row[0].cell - TF_TABLE_CELL) != 0)
            return;
    if (table->rows > 2) {
        snprintf(table->row[0].cell[0], TF_TABLE_CELL, "each of the %zu", table->rows);
        table->rows = 1;
    }
}

static void print_kind(struct tf_text *text, const struct kind *kind, const json_t *rows)
{
    struct tf_table table = {0};
    tf_table_column(&table, "", true);
    if (*kind->which)
        tf_table_column(&table, kind->which, true);
    tf_field_columns(&table, kind->field, field_count(kind));
    size_t index;
    const json_t *row;
    json_array_foreach(rows, index, row) add_lines(&table, kind, row);
    fold(&table);
    if (table.rows) {
        tf_text_caption(text, kind->caption);
        tf_table_print(&table, text->out, text->colour);
    }
    tf_table_free(&table);
}

static void print_skipped(struct tf_text *text, const json_t *rows)
{
    bool captioned = false;
    size_t index;
    const json_t *row;
    json_array_foreach(rows, index, row)
    {
        const char *why = tf_json_word(row, "skipped");
        char name[TF_TABLE_CELL], first[TF_TABLE_CELL + 4];
        if (!*why)
            continue;
        if (!captioned)
            tf_text_caption(text, "Not measured");
        captioned = true;
        snprintf(first, sizeof first, "  %s: ", tf_row_name(name, 60, row));
        tf_text_wrap(text->out, first, 6, why);
    }
}

/* When the machine took longest: [[second, ns], ...] */
static void print_longest(struct tf_text *text, const json_t *row)
{
    const json_t *gaps = tf_json_at(row, "longest"), *gap;
    char line[1024] = "", first[TF_TABLE_CELL + 20], name[TF_TABLE_CELL];
    size_t index;
    json_array_foreach(gaps, index, gap)
    {
        char ns[TF_TABLE_CELL], second[TF_TABLE_CELL];
        size_t used = strlen(line);
        tf_field_format(second, sizeof second, json_array_get(gap, 0), TF_FIELD_NUMBER);
        tf_field_format(ns, sizeof ns, json_array_get(gap, 1), TF_FIELD_NS);
        snprintf(line + used, sizeof line - used, "%s%s%s at %s s", used ? ", " : "", ns,
                 strpbrk(ns, "ms") ? "" : " ns", second);
    }
    if (!*line)
        return;
    snprintf(first, sizeof first, "  longest, %s: ", tf_row_name(name, 40, row));
    tf_text_wrap(text->out, first, 6, line);
}

/* "0,1", or "62 of them": long lists are for the page and the file. */
static void put_list(char *out, size_t size, const json_t *list)
{
    size_t index, length = json_array_size(list);
    const json_t *entry;
    if (length > 8)
        snprintf(out, size, "%zu of them", length);
    else
        json_array_foreach(list, index, entry)
        {
            char value[TF_TABLE_CELL];
            size_t used = strlen(out);
            tf_field_format(value, sizeof value, entry, TF_FIELD_PLAIN);
            snprintf(out + used, size - used, "%s%s", index ? "," : "", value);
        }
}

/* "cpus 0,1; readers 1; rate 200,000": whatever a measurement says of its setup. */
static void print_setup(struct tf_text *text, const json_t *setup)
{
    char line[1024] = "";
    const char *key;
    json_t *entry;
    json_object_foreach(tf_json_walk(setup), key, entry)
    {
        char value[TF_TABLE_CELL] = "", name[64];
        size_t used = strlen(line);
        tf_text_clean(name, sizeof name, key);
        for (char *at = name; *at; at++)
            *at = *at == '_' ? ' ' : *at;
        if (json_is_array(entry))
            put_list(value, sizeof value, entry);
        else if (json_is_boolean(entry))
            snprintf(value, sizeof value, "%s", json_is_true(entry) ? "yes" : "no");
        else
            tf_field_format(value, sizeof value, entry, TF_FIELD_PLAIN);
        if (*value)
            snprintf(line + used, sizeof line - used, "%s%s %s", used ? "; " : "", name, value);
    }
    if (*line)
        tf_text_wrap(text->out, "", 0, line);
}

void tf_text_measurement(struct tf_text *text, const json_t *measurement)
{
    const json_t *rows = tf_json_at(measurement, "rows"), *row, *note;
    char title[TF_TABLE_CELL];
    size_t index;
    snprintf(title, sizeof title, "%s (%s)", tf_json_word(measurement, "title"),
             tf_json_word(measurement, "measurement"));
    tf_text_heading(text, title);
    if (*tf_json_word(measurement, "explains"))
        tf_text_wrap(text->out, "", 0, tf_json_word(measurement, "explains"));
    print_setup(text, tf_json_at(measurement, "setup"));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        print_kind(text, &kinds[i], rows);
    json_array_foreach(rows, index, row) tf_text_readers(text, row);
    json_array_foreach(rows, index, row) print_longest(text, row);
    if (tf_json_at(measurement, "model"))
        tf_text_model(text, tf_json_at(measurement, "model"));
    print_skipped(text, rows);
    json_array_foreach(tf_json_at(measurement, "notes"), index, note)
    {
        if (index == 0)
            putc('\n', text->out);
        if (json_is_string(note))
            tf_text_wrap(text->out, "  note: ", 8, json_string_value(note));
    }
}
