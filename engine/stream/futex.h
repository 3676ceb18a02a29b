/* SPDX-License-Identifier: Apache-2.0 */
/* futex.h - sleep on a word in shared memory; waiting needs only a read-only mapping of it. */
#ifndef TF_FUTEX_H
#define TF_FUTEX_H

#include "clock.h"
#include "order.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Sleep while *word == value, at most `ns`; returns for any reason, the caller looks again. */
static inline void tf_futex_wait(const tf_word32 *word, uint32_t value, uint64_t ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(ns / TF_NS_PER_S),
                               .tv_nsec = (long)(ns % TF_NS_PER_S)};
    syscall(SYS_futex, word, FUTEX_WAIT, value, &timeout, 0, 0);
}

/* Wake all who sleep on it. */
static inline void tf_futex_wake(const tf_word32 *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, 0, 0, 0);
}

#endif
