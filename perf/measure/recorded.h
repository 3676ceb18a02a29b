/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorded.h - when the ticks of a busy stretch of a trading day followed one another.
 *
 * A header of its own, without contest.h: feeds/ has a struct tf_message too.
 */
#ifndef TF_RECORDED_H
#define TF_RECORDED_H

#include <stdint.h>

struct tf_stretch {
    uint64_t *offsets_ns; /* from its begin, ascending; the caller's, to be freed */
    uint64_t ticks;
    double speed; /* 1; more when the recording is so quiet that it has to be played faster */
    double rate;  /* ticks a second as played */
};

/*
 * From `file`, or from a generated day of 400,000 messages that is as dense as a real one.  All stretches of 1000 ticks are
 * put in order by how long they took and the tenth in a hundred is taken: busy, and not the day's one worst moment.  0, or TF_EDATA
 * (too short), TF_ENOINPUT, TF_EIO, TF_EOS.
 */
int tf_stretch_of(const char *file, uint64_t seed, struct tf_stretch *stretch);

#endif
