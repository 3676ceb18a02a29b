/* SPDX-License-Identifier: Apache-2.0 */
/* counter.h - instructions retired in user mode by this thread, where the kernel and CPU let us count. */
#ifndef TF_COUNTER_H
#define TF_COUNTER_H

#include <stdint.h>

/* A descriptor, or -1: not available here (then use 'valgrind --tool=callgrind', see perf/README.md). */
int tf_counter_open(void);
uint64_t tf_counter_read(int counter);
void tf_counter_close(int counter);

#endif
