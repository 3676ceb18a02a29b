/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include "clock.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const uint64_t draw_every_ns = 200 * TF_NS_PER_MS;
enum { BAR = 24 };

void tf_progress_start(struct tf_progress *progress, const char *label, bool quiet)
{
    *progress = (struct tf_progress){.label = label,
                                     .started_ns = tf_monotonic_ns(),
                                     .on_terminal = !quiet && isatty(STDERR_FILENO)};
}

void tf_progress_update(struct tf_progress *progress, double fraction, uint64_t count,
                        const char *unit)
{
    if (!progress->on_terminal)
        return;
    uint64_t now = tf_monotonic_ns();
    if (now - progress->drawn_ns < draw_every_ns)
        return;
    progress->drawn_ns = now;
    double seconds = (double)(now - progress->started_ns) / 1e9;
    char number[32], rate[32], bar[BAR + 1];
    tf_format_count(number, sizeof number, count);
    tf_format_count(rate, sizeof rate, (uint64_t)((double)count / (seconds + 1e-9)));
    if (fraction < 0) {
        fprintf(stderr, "\r%s  %s %s, %s/s\033[K", progress->label, number, unit, rate);
        return;
    }
    if (fraction > 1)
        fraction = 1;
    int full = (int)(fraction * BAR);
    memset(bar, '#', (size_t)full);
    memset(bar + full, '.', (size_t)(BAR - full));
    bar[BAR] = 0;
    fprintf(stderr, "\r%s [%s] %3.0f %%  %s %s, %s/s", progress->label, bar, fraction * 100,
            number, unit, rate);
    if (fraction > 0.01)
        fprintf(stderr, ", %.0f s left", seconds / fraction * (1 - fraction));
    fputs("\033[K", stderr);
}

void tf_progress_end(struct tf_progress *progress)
{
    if (progress->on_terminal && progress->drawn_ns)
        fputs("\r\033[K", stderr);
}
