/* SPDX-License-Identifier: Apache-2.0 */
#include "prediction.h"

#include <math.h>
#include <stdio.h>

double tf_stall_share(struct tf_stall stall, double late_ns)
{
    double left = stall.stall_ns - fmax(late_ns, 0);
    return left > 0 ? left / stall.every_ns : 0;
}

double tf_stall_percentile(struct tf_stall stall, double percent)
{
    return fmax(stall.stall_ns - (1 - percent / 100) * stall.every_ns, 0);
}

/* The smallest value of a bin; the inverse of tf_histogram_bin(). */
static double bin_start(unsigned bin)
{
    if (bin < 2 * 64)
        return bin;
    return ldexp((double)(64 + bin % 64), (int)(bin / 64) - 1);
}

double tf_histogram_share_above(const struct tf_histogram *histogram, double value)
{
    double above = 0;
    if (histogram->count == 0)
        return 0;
    for (unsigned bin = 0; bin < TF_HISTOGRAM_BINS; bin++) {
        double start = bin_start(bin), end = bin_start(bin + 1);
        if (histogram->bins[bin] == 0 || end <= value)
            continue;
        double part = start > value ? 1 : (end - 1 - value) / (end - start);
        above += (double)histogram->bins[bin] * fmax(part, 0);
    }
    return above / (double)histogram->count;
}

static void compare(struct tf_stall_check *check, struct tf_stall stall, double rate,
                    const struct tf_histogram *from_due, const struct tf_histogram *from_sent,
                    bool sampled)
{
    *check = (struct tf_stall_check){.stall = stall, .late_ns = stall.stall_ns / 10};
    check->predicted = tf_stall_share(stall, check->late_ns);
    check->measured = tf_histogram_share_above(from_due, check->late_ns);
    double stalls = (double)from_due->count / rate * 1e9 / stall.every_ns;
    double each = stalls > 0 ? check->predicted / stalls : 0;
    double chance = sampled ? 1 + 2 * sqrt(stalls) : 1;
    double noise = 3 * tf_histogram_share_above(from_sent, check->late_ns);
    check->low = fmax((stalls - chance) * each * 0.9, each * 0.5);
    check->high = (stalls + chance) * each * 1.1 + noise;
    check->noisy = noise > check->predicted;
    check->agrees = stalls > 0 && !check->noisy && check->measured >= check->low &&
                    check->measured <= check->high;
}

void tf_stall_check(struct tf_stall_check *check, struct tf_stall stall, double rate,
                    const struct tf_histogram *from_due, const struct tf_histogram *from_sent)
{
    compare(check, stall, rate, from_due, from_sent, false);
}

void tf_stall_check_sampled(struct tf_stall_check *check, struct tf_stall stall, double rate,
                            const struct tf_histogram *from_due,
                            const struct tf_histogram *from_sent)
{
    compare(check, stall, rate, from_due, from_sent, true);
}

json_t *tf_stall_check_json(const struct tf_stall_check *check)
{
    char said[512];
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:b, s:b, s:f, s:s}", "stall_ns",
                     check->stall.stall_ns, "every_ns", check->stall.every_ns, "late_ns",
                     check->late_ns, "predicted", check->predicted, "measured", check->measured,
                     "low", check->low, "high", check->high, "noisy", check->noisy, "agrees",
                     check->agrees, "p99_9_predicted_ns",
                     tf_stall_percentile(check->stall, 99.9), "said",
                     tf_stall_check_text(check, said, sizeof said));
}

json_t *tf_stall_check_row(const struct tf_entry *entry, const struct tf_entry_result *result)
{
    const struct tf_workload *load = &entry->load;
    if (!result->ran || load->stall_ns == 0 || load->profile != TF_PROFILE_CONSTANT ||
        load->last_of_batch)
        return NULL;
    struct tf_stall stall = {(double)load->stall_ns, (double)load->stall_every_ns};
    struct tf_stall_check check;
    uint64_t quiet = result->from_due[TF_QUIET].count, all = result->from_due[TF_ALL].count;
    int which = quiet > 0 ? TF_QUIET : TF_ALL;
    compare(&check, stall, load->rate, &result->from_due[which], &result->from_sent[which],
            quiet > 0 && quiet < all);
    return tf_stall_check_json(&check);
}

char *tf_stall_check_text(const struct tf_stall_check *check, char *out, size_t size)
{
    snprintf(out, size,
             "Injected stalls of %.3g ms every %.3g ms: %.4f %% of messages must be more than "
             "%.3g ms "
             "late, %.4f to %.4f %% are accepted, %.4f %% are: %s.",
             check->stall.stall_ns / 1e6, check->stall.every_ns / 1e6, check->predicted * 100,
             check->late_ns / 1e6, check->low * 100, check->high * 100, check->measured * 100,
             check->agrees  ? "as predicted"
             : check->noisy ? "the machine adds more than that itself, so nothing can be told"
                            : "NOT as predicted");
    return out;
}
