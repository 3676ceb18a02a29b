/* SPDX-License-Identifier: Apache-2.0 */
#include "pacer.h"

#include "clock.h"
#include "command.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t spin_below_ns = 100 * 1000;
static const uint64_t sleep_max_ns = 100 * TF_NS_PER_MS; /* how soon a signal is noticed */

bool tf_pacer_parse_speed(const char *text, double *speed)
{
    if (strcmp(text, "max") == 0) {
        *speed = 0;
        return true;
    }
    char *end;
    *speed = strtod(text, &end);
    return end != text && *end == 0 && *speed >= 0.001 && *speed <= 1e6;
}

void tf_pacer_init(struct tf_pacer *pacer, double speed)
{
    pacer->speed = speed;
    pacer->started = false;
    tf_histogram_reset(&pacer->error);
}

void tf_pacer_restart(struct tf_pacer *pacer)
{
    pacer->started = false;
}

uint64_t tf_pacer_due(struct tf_pacer *pacer, uint64_t ts_event)
{
    if (!pacer->started) {
        pacer->started = true;
        pacer->first_event_ns = ts_event;
        pacer->first_due_ns = tf_monotonic_ns();
    }
    if (ts_event <= pacer->first_event_ns)
        return pacer->first_due_ns;
    return pacer->first_due_ns +
           (uint64_t)((double)(ts_event - pacer->first_event_ns) / pacer->speed);
}

bool tf_pacer_wait(struct tf_pacer *pacer, uint64_t due_ns)
{
    uint64_t now = tf_monotonic_ns();
    while (now < due_ns) {
        uint64_t left = due_ns - now;
        if (left > spin_below_ns) {
            if (tf_stop_requested())
                return false;
            uint64_t nap = left - spin_below_ns;
            tf_sleep_until(now + (nap < sleep_max_ns ? nap : sleep_max_ns));
        } else {
            tf_pause();
        }
        now = tf_monotonic_ns();
    }
    tf_histogram_record(&pacer->error, now - due_ns);
    return true;
}
