/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan_channel.h - where the stream of a Tickfan channel is, for others who want to attach to it. */
#ifndef TF_TICKFAN_CHANNEL_H
#define TF_TICKFAN_CHANNEL_H

#include "transport.h"

extern const struct tf_transport tf_transport_tickfan;

/* The stream's name in that directory. */
#define TF_TICKFAN_CHANNEL_STREAM "perf"

/* What TICKFAN_DIR has to be; valid as long as the channel, from create() on.  The stream is there once the writer is. */
const char *tf_tickfan_channel_directory(const struct tf_channel *channel);

#endif
