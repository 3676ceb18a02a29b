/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series.h - from a contest's result to the MEASUREMENT and its ROWs of perf/report/schema.md.
 *
 * Everything here returns new references or adds to the object that it is given.
 */
#ifndef TF_SERIES_H
#define TF_SERIES_H

#include "contest.h"
#include "measurement.h"

/* ---- a measurement ----------------------------------------------------------------------------- */

/* {"measurement","title","explains","setup":{},"rows":[],"notes":[]}. */
json_t *tf_series_new(const char *measurement, const char *title, const char *explains);
/* Into its setup: CPUs, distance and readers of the contest, profile, rate, batch, messages and message_bytes of one entry
 * that stands for all (NULL: they differ).  And how long it took. */
void tf_series_setup(json_t *series, const struct tf_contest *contest,
                     const struct tf_entry *entry, double seconds);
/* Takes the reference. */
void tf_series_add(json_t *series, json_t *row);
void tf_series_note(json_t *series, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- a row ------------------------------------------------------------------------------------- */

/*
 * One entry of a contest: label, transport, traits, and either "skipped" or latency, spread, ratio, rate, send_ns, over_time,
 * counts, blocks and rounds, as far as they apply: paced entries have latencies, floods have rates.  Ratios are to the entry
 * `reference` of the same contest, and none when that is the entry itself.
 */
json_t *tf_series_row(const struct tf_contest *contest, const struct tf_contest_result *result,
                      uint32_t entry, uint32_t reference);
/* What tells the row from others of the same label. */
void tf_series_case(json_t *row, const char *what);
/* What is swept. */
void tf_series_x(json_t *row, const char *name, double value);

/* ---- options ----------------------------------------------------------------------------------- */

/*
 * The raw line, then those of --only, or Tickfan without it; *count of them, at most `max`.  TF_EUSAGE names one that there is not.
 */
int tf_series_transports(const struct tf_perf_options *options,
                         const struct tf_transport **transport, uint32_t max, uint32_t *count);

/* What people call it: "raw line", "Tickfan", else its name. */
const char *tf_series_label(const struct tf_transport *transport);

/* Rounds of a contest for options->rounds: `per_round` blocks of each entry in each, times the scale. */
uint32_t tf_series_blocks(const struct tf_perf_options *options, uint32_t per_round);

/* Writer and one reader.  0, or TF_EBUSY when there are not two CPUs and the run is not functional. */
int tf_series_pair(const struct tf_perf_options *options, int *writer_cpu, int *reader_cpu);

/* An entry's histograms to the folder of --hgrm, when it is asked for: MEASUREMENT-CASE-LABEL-from-sent.hgrm and -from-due.  0, or
 * negative with tf_errmsg(). */
int tf_series_hgrm(const struct tf_perf_options *options, const char *measurement,
                   const char *what, const struct tf_contest *contest,
                   const struct tf_contest_result *result, uint32_t entry);

#endif
