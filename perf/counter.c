/* SPDX-License-Identifier: Apache-2.0 */
#include "counter.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

int tf_counter_open(void)
{
    struct perf_event_attr attributes = {.type = PERF_TYPE_HARDWARE,
                                         .size = sizeof attributes,
                                         .config = PERF_COUNT_HW_INSTRUCTIONS,
                                         .exclude_kernel = 1,
                                         .exclude_hv = 1};
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}

uint64_t tf_counter_read(int counter)
{
    uint64_t value = 0;
    if (counter < 0 || read(counter, &value, sizeof value) != (ssize_t)sizeof value)
        return 0;
    return value;
}

void tf_counter_close(int counter)
{
    if (counter >= 0)
        close(counter);
}
