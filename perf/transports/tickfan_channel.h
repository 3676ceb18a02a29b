/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan_channel.h - what others need of the Tickfan transport: its backing, and where its stream is. */
#ifndef TF_TICKFAN_CHANNEL_H
#define TF_TICKFAN_CHANNEL_H

#include "tickfan_publish.h"
#include "transport.h"

extern const struct tf_transport tf_transport_tickfan;

/* The stream's name in that directory. */
#define TF_TICKFAN_CHANNEL_STREAM "perf"

/* What --backing names; NULL: auto.  0, or TF_EUSAGE. */
int tf_tickfan_backing(const char *text, enum tf_backing *backing);

/* What TICKFAN_DIR has to be; valid as long as the channel, from create() on.  The stream is there once the writer is. */
const char *tf_tickfan_channel_directory(const struct tf_channel *channel);

#endif
