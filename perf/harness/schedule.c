/* SPDX-License-Identifier: Apache-2.0 */
#include "schedule.h"

#include "clock.h"
#include "error.h"

double tf_ticks_per_ns(void)
{
    uint64_t first_ns = tf_monotonic_ns(), first = tf_ticks(), now_ns;
    do
        now_ns = tf_monotonic_ns();
    while (now_ns - first_ns < 10 * TF_NS_PER_MS);
    return (double)(tf_ticks() - first) / (double)(now_ns - first_ns);
}

double tf_counter_step(void)
{
    uint64_t least = UINT64_MAX, before = tf_ticks();
    for (int i = 0; i < 10000; i++) {
        uint64_t now = tf_ticks();
        if (now > before && now - before < least)
            least = now - before;
        before = now;
    }
    return (double)least;
}

/* ns between message i and the one after it, where every message stands alone. */
static double gap_after(const struct tf_workload *load, uint64_t i)
{
    double steady = 1e9 / load->rate;
    if (load->profile != TF_PROFILE_RAMP)
        return steady;
    double share = (double)i / (double)load->messages; /* the rate climbs with the messages */
    return steady / (0.1 + 0.9 * share);
}

/* How many are due at the same moment. */
static uint64_t together(const struct tf_workload *load)
{
    uint64_t burst = load->profile == TF_PROFILE_BURST ? load->burst : 1;
    return burst > load->batch ? burst : load->batch;
}

void tf_schedule_fill(uint64_t *offsets, const struct tf_workload *load, double ticks_per_ns)
{
    uint64_t group = together(load);
    double due_ns = 0, next_ns = 0;
    for (uint64_t i = 0; i < load->messages; i++) {
        if (load->profile == TF_PROFILE_RECORDED) {
            if (i % load->batch == 0)
                due_ns = (double)load->offsets_ns[i];
        } else {
            if (i % group == 0)
                due_ns = next_ns;
            next_ns += gap_after(load, i);
        }
        offsets[i] = (uint64_t)(due_ns * ticks_per_ns);
    }
}

static int check_pace(const struct tf_workload *load)
{
    if (load->messages > TF_CONTEST_MESSAGES_MAX)
        return tf_fail(TF_EUSAGE,
                       "%llu messages a block, at most %u can be measured one by one",
                       (unsigned long long)load->messages, TF_CONTEST_MESSAGES_MAX);
    if (load->profile == TF_PROFILE_RECORDED) {
        if (!load->offsets_ns)
            return tf_fail(TF_EUSAGE, "a recorded profile without its offsets");
    } else if (!(load->rate > 0)) {
        return tf_fail(TF_EUSAGE, "a rate of %g messages a second; it must be above 0",
                       load->rate);
    }
    if (load->profile == TF_PROFILE_BURST && load->burst == 0)
        return tf_fail(TF_EUSAGE, "bursts of no message");
    return 0;
}

int tf_workload_check(const struct tf_workload *load)
{
    if (load->batch < 1 || load->batch > 64)
        return tf_fail(TF_EUSAGE, "a batch of %u messages; 1 to 64 are possible", load->batch);
    if (load->messages == 0)
        return tf_fail(TF_EUSAGE, "a block of no messages");
    if (load->stall_ns && load->stall_every_ns <= load->stall_ns)
        return tf_fail(TF_EUSAGE, "a stall must be shorter than the time between two");
    return load->profile == TF_PROFILE_FLOOD ? 0 : check_pace(load);
}
