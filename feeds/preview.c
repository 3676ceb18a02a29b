/* SPDX-License-Identifier: Apache-2.0 */
#include "preview.h"

#include "error.h"
#include "lookalike.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tf_preview {
    struct tf_packet packets[TF_PREVIEW_PACKETS];
    uint32_t count, next;
};

/* What a probe must reach on average, of 100. */
enum { SURE_ENOUGH = 50 };

static bool keep(struct tf_preview *preview, const struct tf_packet *packet)
{
    uint8_t *bytes = malloc(packet->length ? packet->length : 1);
    if (!bytes)
        return false;
    if (packet->length)
        memcpy(bytes, packet->bytes, packet->length);
    preview->packets[preview->count] = *packet;
    preview->packets[preview->count++].bytes = bytes;
    return true;
}

struct tf_preview *tf_preview_open(struct tf_capture *capture, int *error)
{
    struct tf_preview *preview = calloc(1, sizeof *preview);
    struct tf_packet packet;
    *error = 0;
    /* An error here is found again where the packets before it have been read. */
    while (preview && preview->count < TF_PREVIEW_PACKETS &&
           tf_capture_next(capture, &packet) > 0)
        if (!keep(preview, &packet)) {
            tf_preview_close(preview);
            preview = 0;
        }
    if (!preview)
        *error = tf_fail(TF_EOS, "no memory to look at a capture");
    return preview;
}

void tf_preview_close(struct tf_preview *preview)
{
    if (!preview)
        return;
    for (uint32_t i = 0; i < preview->count; i++)
        free((void *)(uintptr_t)preview->packets[i].bytes);
    free(preview);
}

const struct tf_format *tf_preview_format(const struct tf_preview *preview)
{
    enum { FORMATS_MAX = 64 };
    uint32_t scores[FORMATS_MAX] = {0}, claimed = 0, full = 0;
    for (uint32_t i = 0; i < preview->count; i++) {
        bool is_claimed = false;
        full += preview->packets[i].length > 0;
        for (uint32_t f = 0; tf_formats[f] && f < FORMATS_MAX; f++) {
            int score = tf_formats[f]->probe_packet
                            ? tf_formats[f]->probe_packet(&preview->packets[i])
                            : 0;
            scores[f] += (uint32_t)score;
            is_claimed |= score > 0;
        }
        claimed += is_claimed;
    }
    const struct tf_format *best = 0;
    uint32_t best_score = claimed * SURE_ENOUGH;
    for (uint32_t f = 0; tf_formats[f] && f < FORMATS_MAX; f++)
        if (scores[f] && scores[f] >= best_score) {
            best_score = scores[f] + 1;
            best = tf_formats[f];
        }
    return claimed * 4 >= full ? best : 0;
}

const char *tf_preview_lookalike(const struct tf_preview *preview, char *out, size_t size)
{
    if (preview->count == 0)
        snprintf(out, size, "a capture without any IPv4 UDP or TCP payload");
    bool known = false;
    for (uint32_t i = 0; i < preview->count && !known; i++)
        tf_lookalike_packet(&preview->packets[i], out, size, &known);
    if (!known && preview->count)
        tf_lookalike_packet(&preview->packets[0], out, size, &known);
    return out;
}

int tf_preview_next(struct tf_preview *preview, struct tf_packet *packet)
{
    if (preview->next == preview->count)
        return 0;
    *packet = preview->packets[preview->next++];
    return 1;
}

void tf_preview_drop(struct tf_preview *preview)
{
    preview->next = preview->count;
}
