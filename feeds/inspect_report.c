/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect_report.h"

#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

bool tf_inspection_is_damaged(const struct tf_inspection *inspection)
{
    return inspection->status < 0 &&
           (tf_recording_capture(inspection->recording) ||
            tf_source_status(tf_recording_source(inspection->recording)) < 0);
}

uint64_t tf_inspection_errors(const struct tf_inspection *inspection)
{
    const struct tf_feed_counts *counts = tf_recording_counts(inspection->recording);
    uint64_t errors = 0;
    for (int i = 0; i < TF_ANOMALY_COUNT; i++)
        if (tf_anomaly_is_damage((enum tf_anomaly)i))
            errors += counts->anomalies[i];
    errors += tf_recording_trailing_bytes(inspection->recording) != 0;
    return errors + tf_inspection_is_damaged(inspection);
}

/* ---- the first table: one number a row ------------------------------------------------------- */

enum { LABEL = 24, NUMBER = 18 };

static void row(FILE *out, const char *label, const char *value)
{
    fprintf(out, "  %-*s %*s\n", LABEL, label, NUMBER, value);
}

static void count_row(FILE *out, const char *label, uint64_t count)
{
    char digits[32];
    row(out, label, tf_format_count(digits, sizeof digits, count));
}

/* What says nothing where it is 0. */
static void count_row_if(FILE *out, const char *label, uint64_t count)
{
    if (count)
        count_row(out, label, count);
}

/* 2019-12-30 04:00:00.000000001, without the date where the recording does not know it. */
static void time_row(FILE *out, const char *label, uint64_t time_ns)
{
    char text[64];
    if (time_ns == TF_UNDEF_TIMESTAMP)
        return row(out, label, "none");
    time_t seconds = (time_t)(time_ns / 1000000000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t used = strftime(text, sizeof text,
                           seconds < 2 * 86400 ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(text + used, sizeof text - used, ".%09" PRIu64 "%s", time_ns % 1000000000,
             seconds < 2 * 86400 ? "" : " UTC");
    fprintf(out, "  %-*s %*s\n", LABEL, label, NUMBER, text);
}

static void rows_by_type(FILE *out, const uint64_t counts[256],
                         void (*name_of)(unsigned type, char name[8]))
{
    for (unsigned type = 0; type < 256; type++) {
        char name[8], line[16];
        if (!counts[type])
            continue;
        name_of(type, name);
        snprintf(line, sizeof line, "  %s", name);
        count_row(out, line, counts[type]);
    }
}

static void text_head(const struct tf_inspection *inspection, FILE *out)
{
    const struct tf_source *source = tf_recording_source(inspection->recording);
    const struct tf_capture *capture = tf_recording_capture(inspection->recording);
    const char *compression = tf_source_compression(source);
    char size[32];
    fprintf(out, "%s: %s, %s", tf_source_path(source),
            tf_recording_format(inspection->recording)->description,
            tf_format_size(size, sizeof size, tf_source_offset(source)));
    if (capture) {
        struct tf_capture_report report;
        tf_capture_report(capture, &report);
        fprintf(out, " of %s", report.container);
    }
    fprintf(out, "%s%s\n", strcmp(compression, "none") ? " from " : "",
            strcmp(compression, "none") ? compression : "");
}

static void text_common(const struct tf_inspection *inspection, FILE *out)
{
    const struct tf_recording *recording = inspection->recording;
    const struct tf_feed_counts *counts = tf_recording_counts(recording);
    count_row(out, "messages", counts->messages);
    rows_by_type(out, counts->messages_by_type,
                 tf_recording_format(recording)->decoder->type_name);
    count_row(out, "ticks", inspection->ticks);
    rows_by_type(out, inspection->ticks_by_action, tf_type_letter);
    count_row(out, "symbols", counts->symbols);
    time_row(out, "first event", counts->first_ts_event);
    time_row(out, "last event", counts->last_ts_event);
    count_row(out, "trades", counts->trades);
    count_row_if(out, "  shares", counts->traded_volume);
    count_row_if(out, "printed shares", counts->printed_volume);
    count_row_if(out, "orders open at the end", counts->orders_open);
    if (!tf_recording_feed(recording))
        row(out, "end-of-session mark", tf_recording_ended(recording) ? "yes" : "no");
}

static void text_errors(const struct tf_inspection *inspection, FILE *out)
{
    const struct tf_feed_counts *counts = tf_recording_counts(inspection->recording);
    uint64_t harmless = 0;
    count_row(out, "errors", tf_inspection_errors(inspection));
    for (int i = 0; i < TF_ANOMALY_COUNT; i++) {
        char line[48];
        bool damage = tf_anomaly_is_damage((enum tf_anomaly)i);
        snprintf(line, sizeof line, "  %s%s", tf_anomaly_name((enum tf_anomaly)i),
                 damage ? "" : " *");
        count_row_if(out, line, counts->anomalies[i]);
        harmless += damage ? 0 : counts->anomalies[i];
    }
    if (harmless)
        fprintf(out, "  * no damage, and not among the errors\n");
    count_row_if(out, "trailing bytes", tf_recording_trailing_bytes(inspection->recording));
}

/* ---- captures: a table of channels and one of lines ------------------------------------------ */

enum { COLUMNS_MAX = 8, ROWS_MAX = 24, CELL = 64 };

/* Kept until all widths are known. */
struct table {
    unsigned columns, rows;
    char cells[ROWS_MAX + 1][COLUMNS_MAX][CELL];
};

static char *cell(struct table *table, unsigned column)
{
    return table->cells[table->rows][column];
}

static void count_cell(struct table *table, unsigned column, uint64_t count)
{
    tf_format_count(cell(table, column), CELL, count);
}

/* The first column to the left, the others to the right. */
static void print_table(FILE *out, const struct table *table)
{
    int widths[COLUMNS_MAX] = {0};
    for (unsigned r = 0; r < table->rows; r++)
        for (unsigned c = 0; c < table->columns; c++) {
            int length = (int)strlen(table->cells[r][c]);
            widths[c] = length > widths[c] ? length : widths[c];
        }
    for (unsigned r = 0; r < table->rows; r++) {
        fprintf(out, "  %-*s", widths[0], table->cells[r][0]);
        for (unsigned c = 1; c < table->columns; c++)
            fprintf(out, "  %*s", widths[c], table->cells[r][c]);
        fputc('\n', out);
    }
}

static void begin_table(struct table *table, const char *const *titles, unsigned columns)
{
    table->rows = 0;
    table->columns = columns;
    for (unsigned i = 0; i < columns; i++)
        snprintf(cell(table, i), CELL, "%s", titles[i]);
    table->rows = 1;
}

static void more_than_fit(FILE *out, uint32_t count, const char *what)
{
    if (count > ROWS_MAX)
        fprintf(out, "  and %" PRIu32 " more %s: --json has them all\n", count - ROWS_MAX,
                what);
}

static void text_channels(const struct tf_feed *feed, const char *unit, FILE *out)
{
    const char *const titles[] = {"channel",    "first",   "next", unit,
                                  "duplicates", "missing", "gaps", "state"};
    static struct table table;
    uint32_t count = tf_feed_channels(feed);
    begin_table(&table, titles, sizeof titles / sizeof titles[0]);
    for (uint32_t i = 0; i < count && i < ROWS_MAX; i++) {
        struct tf_channel_report channel;
        tf_feed_channel_report(feed, i, &channel);
        snprintf(cell(&table, 0), CELL, "%s", channel.name);
        count_cell(&table, 1, channel.first_sequence);
        count_cell(&table, 2, channel.next_sequence);
        count_cell(&table, 3, channel.units);
        count_cell(&table, 4, channel.duplicates);
        count_cell(&table, 5, channel.missing);
        count_cell(&table, 6, channel.gap_count);
        snprintf(cell(&table, 7), CELL, "%s%s", tf_channel_state_name(channel.state),
                 channel.ended ? ", ended" : "");
        table.rows++;
    }
    fputc('\n', out);
    print_table(out, &table);
    more_than_fit(out, count, "channels");
}

/* How much earlier the line was, where it was. */
static void lead_cell(struct table *table, unsigned column, const struct tf_line_report *line)
{
    if (line->leads)
        snprintf(cell(table, column), CELL, "%.1f us",
                 (double)line->lead_ns / (double)line->leads / 1e3);
    else
        snprintf(cell(table, column), CELL, "-");
}

/* Who was first where no channel has a second line is no question. */
static void text_lines(const struct tf_feed *feed, FILE *out)
{
    enum { ALONE = 6 };
    static const char *const titles[] = {"line", "packets", "messages",     "missing",
                                         "gaps", "back",    "first copies", "lead"};
    static struct table table;
    uint32_t count = tf_feed_lines(feed);
    bool paired = count > tf_feed_channels(feed);
    begin_table(&table, titles, sizeof titles / sizeof titles[0]);
    table.columns = paired ? table.columns : ALONE;
    for (uint32_t i = 0; i < count && i < ROWS_MAX; i++, table.rows++) {
        const struct tf_line_report *line = tf_feed_line_report(feed, i);
        tf_flow_text(&line->flow, cell(&table, 0), CELL);
        count_cell(&table, 1, line->packets);
        count_cell(&table, 2, line->messages);
        count_cell(&table, 3, line->missing);
        count_cell(&table, 4, line->gap_count);
        count_cell(&table, 5, line->backward);
        count_cell(&table, 6, line->wins);
        lead_cell(&table, 7, line);
    }
    fputc('\n', out);
    print_table(out, &table);
    more_than_fit(out, count, "lines");
}

/* --lines: a row for each type, a column for each of the first lines. */
static void text_line_types(const struct tf_inspection *inspection, FILE *out)
{
    const struct tf_feed *feed = tf_recording_feed(inspection->recording);
    const struct tf_format *format = tf_recording_format(inspection->recording);
    static struct table table;
    uint32_t lines = tf_feed_lines(feed);
    uint32_t shown = lines < COLUMNS_MAX - 1 ? lines : COLUMNS_MAX - 1;
    static const char *const titles[] = {"type"};
    begin_table(&table, titles, 1);
    table.columns = shown + 1;
    for (uint32_t i = 0; i < shown; i++)
        snprintf(table.cells[0][i + 1], CELL, "line %" PRIu32, i + 1);
    for (unsigned type = 0; type < 256 && table.rows <= ROWS_MAX; type++) {
        uint64_t total = 0;
        for (uint32_t i = 0; i < shown; i++)
            total += tf_feed_line_report(feed, i)->messages_by_type[type];
        if (!total)
            continue;
        format->decoder->type_name(type, cell(&table, 0));
        for (uint32_t i = 0; i < shown; i++)
            count_cell(&table, i + 1, tf_feed_line_report(feed, i)->messages_by_type[type]);
        table.rows++;
    }
    fputc('\n', out);
    print_table(out, &table);
    if (lines > shown)
        fprintf(out, "  and %" PRIu32 " more lines: --json --lines has them all\n",
                lines - shown);
}

/* missing 160-173 (noticed at packet 81) */
static void text_gaps(const struct tf_feed *feed, FILE *out)
{
    enum { SHOWN = 8 };
    unsigned shown = 0;
    uint64_t gaps = 0;
    for (uint32_t i = 0; i < tf_feed_channels(feed); i++) {
        struct tf_channel_report channel;
        tf_feed_channel_report(feed, i, &channel);
        gaps += channel.gap_count;
        for (uint64_t g = 0; g < channel.gap_count && g < TF_GAPS_KEPT && shown < SHOWN; g++) {
            const struct tf_gap_seen *gap = &channel.gaps[g];
            fprintf(out,
                    "%s  %s: %" PRIu64 " to %" PRIu64 " are lost, seen at packet %" PRIu64 "\n",
                    shown ? "" : "\n", channel.name, gap->first, gap->last, gap->packet);
            shown++;
        }
    }
    if (gaps > shown)
        fprintf(out, "  and %" PRIu64 " more gaps\n", gaps - shown);
}

static void text_packets(const struct tf_inspection *inspection, FILE *out)
{
    const struct tf_feed *feed = tf_recording_feed(inspection->recording);
    struct tf_capture_report report;
    uint64_t heartbeats = 0, ends = 0, restarts = 0;
    struct tf_channel_report channel;
    for (uint32_t i = 0; i < tf_feed_channels(feed); i++) {
        tf_feed_channel_report(feed, i, &channel);
        restarts += channel.epochs ? channel.epochs - 1 : 0;
    }
    tf_capture_report(tf_recording_capture(inspection->recording), &report);
    for (uint32_t i = 0; i < tf_feed_lines(feed); i++) {
        heartbeats += tf_feed_line_report(feed, i)->heartbeats;
        ends += tf_feed_line_report(feed, i)->ends;
    }
    count_row(out, "packets", report.packets);
    count_row_if(out, "  heartbeats", heartbeats);
    count_row_if(out, "  end of session", ends);
    count_row_if(out, "  not IPv4 UDP or TCP", report.other);
    count_row_if(out, "  cut short", report.cut);
    count_row_if(out, "restarts of a publisher", restarts);
    time_row(out, "first captured", report.first_ts);
    time_row(out, "last captured", report.last_ts);
}

void tf_inspection_text(const struct tf_inspection *inspection, FILE *out)
{
    const struct tf_feed *feed = tf_recording_feed(inspection->recording);
    text_head(inspection, out);
    text_common(inspection, out);
    if (feed)
        text_packets(inspection, out);
    text_errors(inspection, out);
    if (inspection->digest)
        fprintf(out, "  %-*s   %016" PRIx64 " (%" PRIu64 " ticks)\n", LABEL, "digest",
                tf_digest_value(inspection->digest), tf_digest_ticks(inspection->digest));
    if (!feed)
        return;
    const struct tf_session_ops *session = tf_recording_format(inspection->recording)->session;
    text_channels(feed, session->unit_is_packet ? "packets" : "messages", out);
    text_lines(feed, out);
    if (inspection->lines)
        text_line_types(inspection, out);
    text_gaps(feed, out);
}
