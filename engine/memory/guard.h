/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.h - memory that others may take away, without dying of it.
 *
 * Whoever may write a file may also cut it short, and a process that then touches the lost part
 * of its mapping gets SIGBUS.  The roster of a file-backed stream is such a file: every reader
 * may write it.  A guarded range is replaced, at the first such fault, by private zero pages:
 * the roster then is an empty one, which everybody who looks at it has to cope with anyway.
 *
 * The first guard installs a SIGBUS handler; faults elsewhere go to the handler that was there
 * before.
 */
#ifndef TF_GUARD_H
#define TF_GUARD_H

#include "segment.h"

/* Guard a mapped file segment until it is detached; others, and more than 256 at a time, are
 * left alone. */
void tf_guard(const struct tf_segment *segment);

/* Before it is unmapped.  A segment that is not guarded is ignored. */
void tf_unguard(const struct tf_segment *segment);

#endif
