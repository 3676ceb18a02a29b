/* SPDX-License-Identifier: Apache-2.0 */
/* replay_report.h - what a replay did, for people or as one JSON object. */
#ifndef TF_REPLAY_REPORT_H
#define TF_REPLAY_REPORT_H

#include "replay.h"
#include "replay_files.h"

/* To standard output. */
void tf_replay_report_text(const struct tf_replay *replay, const struct tf_replay_files *files);
void tf_replay_report_json(const struct tf_replay *replay, const struct tf_replay_files *files);

/* Symbols that were asked for and never appeared: a warning that names some. */
void tf_replay_warn_unseen(const struct tf_replay *replay);

#endif
