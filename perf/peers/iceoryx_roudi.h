/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iceoryx_roudi.h - iceoryx's daemon, which owns its shared memory, as a child for as long as there are channels.
 */
#ifndef TF_ICEORYX_ROUDI_H
#define TF_ICEORYX_ROUDI_H

#include <stdbool.h>

/* The names that workers register by.  RouDi serves one machine, so they need not differ between contests. */
#define TF_ROUDI_WRITER      "tickfan_writer"
#define TF_ROUDI_READER      "tickfan_reader_%u"
#define TF_ROUDI_READERS_MAX 64u
#define TF_ROUDI_BYTES_MAX   4096u /* of a message */

enum { TF_ROUDI_WHY_BYTES = 256 };

/* For one channel more, within 10 s.  False, and why. */
bool tf_roudi_hold(char why[TF_ROUDI_WHY_BYTES]);
/* For one less: with the last one the daemon ends, within 5 s, and nothing of it is left. */
void tf_roudi_release(void);

#endif
